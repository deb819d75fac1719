// SPDX-License-Identifier: MIT
// The entry `samplit/worker`: one isolate serves many visitors, each request is a visit with its own cookies, and nothing of a
// page is shipped. Promises of one request must not be awaited by another (workerd forbids it), so every request that
// finds no bundle fetches one; later, one request at a time asks for a newer one, after its response. A visit is made for every
// request, so its parts are handed over by name and added to, not spread: a spread costs V8 as much as a decision.
import { makeBatch } from './batch.js';
import { makeDecides, parseForced, type Forced } from './decides.js';
import { Engine } from './engine.js';
import { SamplitError } from './errors.js';
import { drawnId } from './hex.js';
import { asError, bodyOf, type BundleSource } from './load.js';
import type { Consent, CookieOptions, KeyStore, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';
import { check } from './post.js';
import { requestContext } from './request.js';
import { verify } from './signature.js';
import { makeSticky } from './sticky.js';
import { cookieText, cookieValue, isId } from './stores.js';
import type { Context, Value } from './types.js';
import { makeVisitLog, type VisitLog } from './visit_log.js';

export { requestContext } from './request.js';
export { SamplitError } from './errors.js';
export type { Decision } from './decision.js';
export type { Ask, ClientDecision, CookieOptions, Ranked, TrackOptions, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';

const POST_MS = 10_000; // a collector has to answer within

interface Jar extends KeyStore {
  /** The values of the Set-Cookie headers that the answer needs. */
  texts(): string[];
}

/** The request's cookies, and what the visit changes of them. Unless it is open none is read or set: what is kept lasts as long as the visit. */
function makeJar({ headers, url }: Request, isOpen: boolean, { domain, maxAge_s }: CookieOptions): Jar {
  const before = headers.get('cookie') ?? '';
  const changes = new Map<string, string | null>();
  const had = (key: string) => (before ? cookieValue(before, key) : null);
  return {
    get: (key) => (changes.has(key) ? changes.get(key)! : isOpen ? had(key) : null),
    set: (key, value) => changes.set(key, value),
    remove: (key) => changes.set(key, null),
    texts() {
      const changed = [...changes].filter(([key, value]) => (isOpen || value === null) && value !== had(key));
      const more = (domain ? `; Domain=${domain}` : '') + (url.startsWith('https:') ? '; Secure' : '');
      return changed.map(([key, value]) => (value === null ? cookieText(key, '', 0, more) : cookieText(key, value, maxAge_s, more)));
    },
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
  const [unitKey, stickyKey, shownKey] = ['unit', 'sticky', 'shown'].map((key) => `${cookie.name ?? 'samplit'}.${key}`) as [string, string, string];
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

  function ownContext(request: Request): Context {
    try {
      return options.context?.(request) ?? {};
    } catch (error) {
      report(asError('the context cannot be read', error));
      return {};
    }
  }

  // Few addresses force anything, and to take one to parts costs as much as a decision.
  function forcedBy(url: string): Forced {
    const isIn = forceParameter && url.includes(encodeURIComponent(forceParameter));
    return isIn ? parseForced(new URL(url).searchParams.get(forceParameter)) : {};
  }

  const batch = makeBatch<Env>({
    ...options.queue,
    async send(lines, env) {
      const post = () => fetch(String(collect), { method: 'POST', body: lines, signal: AbortSignal.timeout(POST_MS) });
      const answer = await (typeof collect === 'function' ? collect(lines, env) : post());
      if (answer instanceof Response) check(answer);
    },
    onError: report,
  });

  function begin(request: Request, env: Env, ctx: Waiting | undefined): Visit {
    const serving = engine;
    const consent = consentOf(options.consent, request);
    const jar = makeJar(request, consent === true, cookie);
    const kept = jar.get(unitKey);
    const isKnown = isId(kept);
    const unit = isKnown ? kept : drawnId();
    if (consent === false) for (const key of [unitKey, stickyKey, shownKey]) jar.remove(key);
    else if (!isKnown) jar.set(unitKey, unit);

    const context = requestContext(request) as { [name: string]: Value };
    context.is_returning = isKnown;
    if (options.context) Object.assign(context, ownContext(request));
    const forced = forcedBy(request.url);

    let log: VisitLog | undefined;
    const openLog = () =>
      makeVisitLog({
        jar,
        key: shownKey,
        modeOf: (experiment) => serving?.experiment(experiment)?.mode,
        sendContext: options.sendContext,
        region: options.region,
        onError: report,
      });

    const deciding = makeDecides({
      payloads: options.payloads,
      engine: () => serving,
      unit: () => unit,
      context: () => context,
      forced: () => forced,
      sticky: makeSticky(jar, stickyKey),
      isSticky: options.sticky === true,
      tracker: () => (collect && consent === true ? (log ??= openLog()) : undefined),
    });
    return Object.assign(deciding, {
      unit,
      bundle: serving?.bundle ?? '',
      experiments: serving?.experiments ?? [],
      context,
      forced,
      consent,
      cookies: jar.texts,
      flush: () => batch.flush(log?.take() ?? [], env),
      finish(response: Response) {
        const sent = log && batch.add(log.take(), env, ctx);
        if (sent) ctx?.waitUntil(sent);
        const answer = new Response(response.body, response);
        for (const text of jar.texts()) answer.headers.append('set-cookie', text);
        return answer;
      },
    });
  }

  return {
    async visit(request, env, ctx) {
      const loading = fresh(env, ctx);
      if (loading) await loading;
      return begin(request, env, ctx);
    },
  };
}
