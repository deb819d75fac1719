// SPDX-License-Identifier: MIT
// The smallest ONNX writer that holds a dense encoder: (Gemm, Relu)*, Gemm, LpNormalization. A message of
// protocol buffers is a list of (field, wire type) keys and values; field numbers are onnx.proto's.

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest % 128) + 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}

const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
const text = (field, value) => bytes(field, Buffer.from(value));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

const FLOAT = 1; // TensorProto.DataType
const INT = 2; // AttributeProto.AttributeType

function tensor(name, dims, values) {
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return message(5, ...dims.map((dim) => number(1, dim)), number(2, FLOAT), text(8, name), bytes(9, data));
}

function node(op, inputs, output, ...attributes) {
  return message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, op), ...attributes);
}

function value(field, name, width) {
  const shape = message(2, message(1, number(1, 1)), message(1, number(1, width)));
  return message(field, text(1, name), message(2, message(1, number(1, FLOAT), shape)));
}

/** layers: [{ inputs, outputs, weight: Float32Array (inputs, outputs), bias }]. Input `x`, output `y`. */
export function denseModel(layers) {
  const parts = layers.flatMap(({ inputs, outputs, weight, bias }, i) => {
    const last = i === layers.length - 1;
    return [
      node('Gemm', [i ? `a${i - 1}` : 'x', `w${i}`, `b${i}`], `z${i}`),
      last ? node('LpNormalization', [`z${i}`], 'y', message(5, text(1, 'p'), number(3, 2), number(20, INT)))
        : node('Relu', [`z${i}`], `a${i}`),
      tensor(`w${i}`, [inputs, outputs], weight),
      tensor(`b${i}`, [outputs], bias),
    ];
  });
  const graph = message(7, ...parts, text(2, 'encoder'), value(11, 'x', layers[0].inputs), value(12, 'y', layers.at(-1).outputs));
  return Buffer.concat([number(1, 8), message(8, number(2, 17)), graph]);
}
