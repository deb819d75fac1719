// SPDX-License-Identifier: MIT
// The entry `samplit/worker`: one isolate serves many visitors, each request is a visit with its own cookies, and nothing of a
// page is shipped. Promises of one request must not be awaited by another (workerd forbids it), so every request that
// finds no bundle fetches one; later, one request at a time asks for a newer one, after its response.
import { makeBatch } from './batch.js';
import { Engine } from './engine.js';
import { SamplitError } from './errors.js';
import { asError, bodyOf, type BundleSource } from './load.js';
import type { Waiting, WorkerClient, WorkerOptions } from './options.js';
import { check } from './post.js';
import { verify } from './signature.js';
import { WorkerVisit } from './worker_visit.js';

export { requestContext } from './request.js';
export { SamplitError } from './errors.js';
export type { Decision } from './decision.js';
export type { Ask, ClientDecision, CookieOptions, Ranked, TrackOptions, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';

const POST_MS = 10_000; // a collector has to answer within

export function createWorkerClient<Env = unknown>(options: WorkerOptions<Env>): WorkerClient<Env> {
  const taken = { ...options }; // what the site changes of its own later changes nothing here
  const { module, bundle, maxAge_ms = 60_000, publicKey = [], signature, collect, cookie } = taken;
  const keys = typeof publicKey === 'string' ? [publicKey] : publicKey;
  let engine: Engine | undefined;
  let askedAt = -Infinity;

  const report = (error: SamplitError) => void Promise.resolve(error).then(taken.onError).catch(() => {});

  async function load(env: Env): Promise<void> {
    try {
      const source: BundleSource = typeof bundle === 'function' ? await bundle(env) : bundle;
      if (source === null && bundle !== null) throw new SamplitError('NOT_FOUND', 'there is no bundle'); // KV says so
      const file = source && (await bodyOf(source));
      if (file && keys.length) await verify(file, String((typeof signature === 'function' ? await signature(env) : signature) ?? ''), keys);
      engine = new Engine(new WebAssembly.Instance(module, {}), file);
    } catch (error) {
      report(asError('the bundle cannot be loaded', error));
    }
  }

  // What a visit has to wait for: nothing, once there is a bundle. What cannot change is not asked for again.
  function fresh(env: Env, ctx: Waiting | undefined): Promise<void> | undefined {
    const now = Date.now();
    const isDue = typeof bundle === 'function' && !(Math.abs(now - askedAt) < maxAge_ms);
    if (engine && !isDue) return undefined;
    askedAt = now;
    const loading = load(env);
    if (!engine) return loading;
    ctx?.waitUntil(loading);
    return undefined;
  }

  const batch = makeBatch<Env>({
    ...taken.queue,
    async send(lines, env) {
      const post = () => fetch(String(collect), { method: 'POST', body: lines, signal: AbortSignal.timeout(POST_MS) });
      const answer = await (typeof collect === 'function' ? collect(lines, env) : post());
      if (answer instanceof Response) check(answer);
    },
    onError: report,
  });

  const named = (key: string) => `${cookie?.name ?? 'samplit'}.${key}`;
  const shared = { options: taken, keys: { unit: named('unit'), sticky: named('sticky'), shown: named('shown') }, batch, report };

  return {
    async visit(request, env, ctx) {
      const loading = fresh(env, ctx);
      if (loading) await loading;
      return new WorkerVisit(shared, engine, request, env, ctx);
    },
  };
}
