// SPDX-License-Identifier: MIT
// The entry `samplit/worker`: one isolate serves many visitors, each request is a visit with its own cookies, and nothing of a
// page is shipped. Promises of one request must not be awaited by another (workerd forbids it), so every request that
// finds no bundle fetches one; later, one request at a time asks for a newer one, after its response. A visit is made for every
// request, so its parts are handed over by name and added to, not spread: a spread costs V8 as much as a decision.
import { makeDecides, parseForced } from './decides.js';
import { Engine } from './engine.js';
import { SamplitError } from './errors.js';
import type { ExposureEvent, OutcomeEvent } from './events.js';
import { hexOf, randomBytes } from './hex.js';
import { asError, bodyOf, type BundleSource } from './load.js';
import type { Consent, CookieOptions, KeyStore, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';
import { post } from './post.js';
import { requestContext } from './request.js';
import { verify } from './signature.js';
import { makeSticky } from './sticky.js';
import { cookieText, cookieValue, isId, pageStore, quietStore } from './stores.js';
import { makeTracker } from './tracker.js';
import type { Context } from './types.js';

export { requestContext } from './request.js';
export { SamplitError } from './errors.js';
export type { Decision } from './decision.js';
export type { Ask, ClientDecision, CookieOptions, Ranked, TrackOptions, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';

const SHOWN_MAX = 8; // exposures in a cookie, about 160 bytes each

interface Jar extends KeyStore {
  texts(): string[];
}

/** The request's cookies, and the changes that the answer makes to them. */
function makeJar(request: Request, { domain, maxAge_s }: CookieOptions): Jar {
  const before = request.headers.get('cookie') ?? '';
  const changes = new Map<string, string | null>();
  const read = new Map<string, string | null>();
  const had = (key: string): string | null => {
    const known = read.get(key);
    if (known !== undefined) return known;
    const value = cookieValue(before, key);
    read.set(key, value);
    return value;
  };
  const change = (key: string, value: string | null) => (had(key) === value ? changes.delete(key) : changes.set(key, value));
  const more = (domain ? `; Domain=${domain}` : '') + (request.url.startsWith('https:') ? '; Secure' : '');
  return {
    get: (key) => (changes.has(key) ? changes.get(key)! : had(key)),
    set: (key, value) => change(key, value),
    remove: (key) => change(key, null),
    texts: () => [...changes].map(([key, value]) => (value === null ? cookieText(key, '', 0, more) : cookieText(key, value, maxAge_s, more))),
  };
}

function consentOf(option: WorkerOptions<unknown>['consent'], request: Request): Consent {
  try {
    const said = typeof option === 'function' ? option(request) : (option ?? true);
    return said === undefined ? undefined : said === true;
  } catch {
    return false;
  }
}

export function createWorkerClient<Env = unknown>(options: WorkerOptions<Env>): WorkerClient<Env> {
  const { module, bundle, maxAge_ms = 60_000, publicKey = [], signature, collect, cookie = {}, forceParameter = 'samplit_force' } = options;
  const keys = typeof publicKey === 'string' ? [publicKey] : publicKey;
  const name = cookie.name ?? 'samplit';
  let engine: Engine | undefined;
  let askedAt = -Infinity;

  const report = (error: SamplitError) => void Promise.resolve(error).then(options.onError).catch(() => {});

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

  // What cannot change is not asked for again.
  async function fresh(env: Env, ctx: Waiting | undefined): Promise<void> {
    const now = Date.now();
    const isDue = typeof bundle === 'function' && !(Math.abs(now - askedAt) < maxAge_ms);
    if (engine && !isDue) return;
    askedAt = now;
    const loading = load(env);
    if (!engine) await loading;
    else ctx?.waitUntil(loading);
  }

  function ownContext(request: Request): Context {
    try {
      return options.context?.(request) ?? {};
    } catch (error) {
      report(asError('the context cannot be read', error));
      return {};
    }
  }

  async function send(lines: string, env: Env): Promise<void> {
    try {
      if (typeof collect === 'function') await collect(lines, env);
      else await post(String(collect), lines);
    } catch (cause) {
      report(cause instanceof SamplitError ? cause : new SamplitError('NOT_FOUND', 'the collector cannot be reached', { cause }));
    }
  }

  function begin(request: Request, env: Env, ctx: Waiting | undefined): Visit {
    const serving = engine;
    const consent = consentOf(options.consent, request);
    const jar = makeJar(request, cookie);
    const store = pageStore(quietStore(jar, () => consent === true));
    const kept = store.get(`${name}.unit`);
    const isKnown = isId(kept);
    const unit = isKnown ? kept : hexOf(randomBytes(16));
    if (consent === false) for (const key of ['unit', 'sticky', 'shown']) store.remove(`${name}.${key}`);
    else if (!isKnown) store.set(`${name}.unit`, unit);

    let events: (ExposureEvent | OutcomeEvent)[] = [];
    const tracker = makeTracker({
      sendContext: options.sendContext,
      region: options.region,
      store,
      key: `${name}.shown`,
      keptMax: SHOWN_MAX,
      modeOf: (experiment) => serving?.experiment(experiment)?.mode,
      emit: (event) => events.push(event),
      onError: report,
    });
    tracker.open();
    const forced = forceParameter ? parseForced(new URL(request.url).searchParams.get(forceParameter)) : {};
    const context: Context = Object.assign(requestContext(request), { is_returning: isKnown }, ownContext(request));

    async function flush(): Promise<void> {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      events = [];
      if (lines) await send(lines, env);
    }

    const deciding = makeDecides({
      payloads: options.payloads,
      engine: () => serving,
      unit: () => unit,
      context: () => context,
      forced: () => forced,
      sticky: makeSticky(store, `${name}.sticky`),
      isSticky: options.sticky === true,
      tracker: () => (collect && consent === true ? tracker : undefined),
    });
    return Object.assign(deciding, {
      unit,
      bundle: serving?.bundle ?? '',
      experiments: serving?.experiments ?? [],
      context,
      forced,
      consent,
      cookies: () => jar.texts(),
      flush,
      finish(response: Response) {
        const sent = flush();
        ctx?.waitUntil(sent);
        const texts = jar.texts();
        if (!texts.length) return response;
        const answer = new Response(response.body, response);
        for (const text of texts) answer.headers.append('set-cookie', text);
        return answer;
      },
    });
  }

  return {
    async visit(request, env, ctx) {
      await fresh(env, ctx);
      return begin(request, env, ctx);
    },
  };
}
