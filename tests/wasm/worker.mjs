// SPDX-License-Identifier: MIT
// The worker of workerd.test.mjs: workers forbid compiling, so the modules come compiled.
import { runDigests, runUnits, runVectors, runVisits } from './runner.mjs';
import * as client from './core.js';
import bundle from './bundle.safetensors';
import learned from './learned.safetensors';
import settings from './settings.safetensors';
import text from './decisions.ndjson';
import scalar from './samplit.wasm';
import simd from './samplit.simd.wasm';
import scalarGenerator from './conformance.wasm';
import simdGenerator from './conformance.simd.wasm';

const modules = {
  'samplit.wasm': scalar,
  'samplit.simd.wasm': simd,
  'conformance.wasm': scalarGenerator,
  'conformance.simd.wasm': simdGenerator,
};

const bundles = { 'bundle.safetensors': bundle, 'learned.safetensors': learned, 'settings.safetensors': settings };

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const module = modules[searchParams.get('module')];
    const bytes = new Uint8Array(bundle);
    if (pathname === '/vectors') return Response.json(runVectors(client, module, bytes, text.trimEnd().split('\n')));
    if (pathname === '/units') return Response.json(runUnits(client, module, bytes));
    if (pathname === '/visits') return Response.json(runVisits(client, module, bytes, await request.json()));
    const drawn = bundles[searchParams.get('bundle')];
    return Response.json(runDigests(module, new Uint8Array(drawn), Number(searchParams.get('first')), Number(searchParams.get('count'))));
  },
};
