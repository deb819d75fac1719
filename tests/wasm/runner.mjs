// SPDX-License-Identifier: MIT
// What every runtime does: plain functions of modules and bytes, loaded by Node, the page and the worker.

/** Decides every line of tests/vectors/decisions.ndjson through the client; returns what differs. */
export function runVectors({ loadSync }, module, bundle, lines) {
  const samplit = loadSync(module, bundle);
  const differences = [];
  for (const line of lines) {
    const { name, experiment, unit, context, expect } = JSON.parse(line);
    const d = samplit.decide(experiment, unit, context);
    const { index, propensity, probabilities, reason, segment, level, trace } = d;
    const made = { index, propensity, probabilities, reason, segment, level, matched_level: d.matchedLevel, trace };
    if (JSON.stringify(made) !== JSON.stringify(expect)) differences.push({ name, made, expect });
  }
  return differences;
}

/** Digests of generated decisions, 10,000 each, made inside a conformance module. */
export function runDigests(module, bundle, first, count) {
  const { exports } = new WebAssembly.Instance(module, {});
  const at = exports.spl_wasm_reserve(bundle.byteLength);
  new Uint8Array(exports.memory.buffer).set(bundle, at);
  const status = exports.spl_wasm_open(bundle.byteLength);
  if (status !== 0) throw new Error(`the bundle does not open: status ${status}`);
  const digests = [];
  for (let block = first; block < first + count; block++) {
    digests.push(BigInt.asUintN(64, exports.spl_conformance_digest_of(block)).toString(16).padStart(16, '0'));
  }
  return digests;
}
