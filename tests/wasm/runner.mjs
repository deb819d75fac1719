// SPDX-License-Identifier: MIT
// What every runtime does: plain functions of modules and bytes, loaded by Node, the page and the worker.

/**
 * Decides every line of tests/vectors/decisions.ndjson through the client; returns what differs. Of more entries than
 * an event holds the client takes the first, so that what it decides can be logged; the core takes them all.
 */
export function runVectors({ loadSync }, module, bundle, lines) {
  const samplit = loadSync(module, bundle);
  const differences = [];
  for (const line of lines) {
    const { name, experiment, unit, context, expect } = JSON.parse(line);
    if (Object.keys(context).length > 256) continue;
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

/** Traces of all experiments' decisions for visits, told raw, through the client. */
export function runVisits({ loadSync }, module, bundle, visits) {
  const samplit = loadSync(module, bundle);
  const decideAll = (visit, i) => samplit.experiments.map(({ key }) => samplit.decide(key, `visitor-${i}`, visit).trace);
  return visits.flatMap(decideAll);
}

const TEXTS = [0, -0, 1, 12345, 1.5, -7, 1e21, 5e-324, 12345678901234567890n, 'a'.repeat(1024), 'ü'.repeat(512), '😀'.repeat(256), '\ud800'];
const NONE = [
  undefined, null, '', NaN, Infinity, -Infinity, true, false, {}, [], ['u1'], new Date(0), Symbol('u1'), () => 'u1',
  'a'.repeat(1025), 'ü'.repeat(513), '€'.repeat(342), '\ud800'.repeat(342), `${'a'.repeat(1021)}😀`, '😀'.repeat(257), 10n ** 2000n,
];

/** Decides for units of all types; returns those that do not get what docs/client.md says. */
export function runUnits({ loadSync }, module, bundle) {
  const samplit = loadSync(module, bundle);
  const ask = (unit) => samplit.decide('hero', unit, { country: 'US' });
  const served = (unit) => ask(unit).reason === 'policy' && JSON.stringify(ask(unit)) === JSON.stringify(ask(String(unit)));
  const refused = (unit) => {
    const { variant, index, propensity, probabilities, reason, segment } = ask(unit);
    const made = JSON.stringify([variant, index, propensity, probabilities, reason, segment]);
    return made === JSON.stringify(['control', 0, 1, [1], 'default', 'global']);
  };
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  const wrong = [...TEXTS, ...numbers].filter((unit) => !served(unit)).concat(NONE.filter((unit) => !refused(unit)));
  const traces = new Set(numbers.map((unit) => ask(unit).trace));
  const variants = new Set(numbers.map((unit) => ask(unit).variant));
  if (traces.size !== numbers.length || variants.size !== 3) wrong.push(`${traces.size} traces, ${variants.size} variants`);
  return wrong.map(String);
}
