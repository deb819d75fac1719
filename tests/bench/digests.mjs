// SPDX-License-Identifier: MIT
// What parity.mjs has Node, Deno and Bun do: prints the digests and traces of every module as JSON.
//
//   node tests/bench/digests.mjs 0.1     of a tenth of the decisions
import { argv } from 'node:process';
import { runDigests, runVisits } from '../wasm/runner.mjs';
import { bundleBytes, client, generators, goldens, moduleOf, shipped } from '../wasm/support.mjs';
import { visits } from './conditions.mjs';

const share = Number(argv[2] ?? 1);
const rows = generators.map((generator, i) => ({
  module: shipped[i],
  digests: goldens.map(({ file, digests }) => runDigests(moduleOf(generator), bundleBytes(file), 0, Math.ceil(share * digests.length))),
  traces: runVisits(client, moduleOf(shipped[i]), bundleBytes(), visits()),
}));
console.log(JSON.stringify(rows));
