// SPDX-License-Identifier: MIT
// The entry `samplit/worker`: one isolate serves many visitors, each request is a visit with its own cookies, and nothing of a
// page is shipped. Promises of one request must not be awaited by another (workerd forbids it), so every request that
// finds no bundle fetches one; later, one request at a time asks for a newer one, after its response. A visit is made for every
// request, so its parts are handed over by name and added to, not spread: a spread costs V8 as much as a decision.
import { makeDecides, parseForced, type Forced } from './decides.js';
import { Engine } from './engine.js';
import { SamplitError } from './errors.js';
import type { ExposureEvent, OutcomeEvent } from './events.js';
import { hexOf, randomBytes } from './hex.js';
import { asError, bodyOf, type BundleSource } from './load.js';
import type { ClientDecision, Consent, CookieOptions, KeyStore, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';
import { post } from './post.js';
import { requestContext } from './request.js';
import { verify } from './signature.js';
import { makeSticky } from './sticky.js';
import { cookieText, cookieValue, isId } from './stores.js';
import { makeTracker, type Logs, type Tracker } from './tracker.js';
import type { Context, Unit, Value } from './types.js';

export { requestContext } from './request.js';
export { SamplitError } from './errors.js';
export type { Decision } from './decision.js';
export type { Ask, ClientDecision, CookieOptions, Ranked, TrackOptions, Visit, Waiting, WorkerClient, WorkerOptions } from './options.js';

const SHOWN_MAX = 8; // exposures in a cookie, about 160 bytes each

interface Jar extends KeyStore {
  /** The values of the Set-Cookie headers that the answer needs. */
  texts(): string[];
}

/** The request's cookies, and what the visit changes of them. Unless it is open none is read or set: what is kept lasts as long as the visit. */
function makeJar(request: Request, isOpen: boolean, { domain, maxAge_s }: CookieOptions): Jar {
  const before = request.headers.get('cookie') ?? '';
  const changes = new Map<string, string | null>();
  const had = (key: string) => cookieValue(before, key);
  return {
    get: (key) => (changes.has(key) ? changes.get(key)! : isOpen ? had(key) : null),
    set: (key, value) => changes.set(key, value),
    remove: (key) => changes.set(key, null),
    texts() {
      const changed = [...changes].filter(([key, value]) => (isOpen || value === null) && value !== had(key));
      const more = (domain ? `; Domain=${domain}` : '') + (request.url.startsWith('https:') ? '; Secure' : '');
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

  // What has to be waited for until these lines are sent, if that is anything.
  function send(lines: string, env: Env): Promise<unknown> | undefined {
    const failed = (cause: unknown) =>
      report(cause instanceof SamplitError ? cause : new SamplitError('NOT_FOUND', 'the collector cannot be reached', { cause }));
    try {
      const sent = typeof collect === 'function' ? collect(lines, env) : post(String(collect), lines);
      return sent && Promise.resolve(sent).catch(failed);
    } catch (cause) {
      failed(cause);
      return undefined;
    }
  }

  function begin(request: Request, env: Env, ctx: Waiting | undefined): Visit {
    const serving = engine;
    const consent = consentOf(options.consent, request);
    const jar = makeJar(request, consent === true, cookie);
    const kept = jar.get(unitKey);
    const isKnown = isId(kept);
    const unit = isKnown ? kept : hexOf(randomBytes(16));
    if (consent === false) for (const key of [unitKey, stickyKey, shownKey]) jar.remove(key);
    else if (!isKnown) jar.set(unitKey, unit);

    const context = requestContext(request) as { [name: string]: Value };
    context.is_returning = isKnown;
    if (options.context) Object.assign(context, ownContext(request));
    const forced = forcedBy(request.url);

    let events: (ExposureEvent | OutcomeEvent)[] = [];
    let tracker: Tracker | undefined;
    function openTracker(): Tracker {
      tracker = makeTracker({
        sendContext: options.sendContext,
        region: options.region,
        store: jar,
        key: shownKey,
        keptMax: SHOWN_MAX,
        modeOf: (experiment) => serving?.experiment(experiment)?.mode,
        emit: (event) => events.push(event),
        onError: report,
      });
      tracker.open();
      return tracker;
    }

    // Most who come back see what they saw last: then the list of it need not be read.
    function wasLast({ experiment, variant, bundle }: ClientDecision, who: Unit): boolean {
      const text = jar.get(shownKey) ?? '';
      const last = text.lastIndexOf(JSON.stringify([experiment, who]).slice(0, -1));
      return last >= 0 && text.startsWith(JSON.stringify([experiment, who, variant, bundle]).slice(0, -1), last);
    }

    const logs: Logs = {
      expose(decision, who, all) {
        if (tracker || !wasLast(decision, who)) (tracker ?? openTracker()).expose(decision, who, all);
      },
      track: (...outcome) => (tracker ?? openTracker()).track(...outcome),
    };

    function sendEvents(): Promise<unknown> | undefined {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      events = [];
      return lines ? send(lines, env) : undefined;
    }

    const deciding = makeDecides({
      payloads: options.payloads,
      engine: () => serving,
      unit: () => unit,
      context: () => context,
      forced: () => forced,
      sticky: makeSticky(jar, stickyKey),
      isSticky: options.sticky === true,
      tracker: () => (collect && consent === true ? logs : undefined),
    });
    return Object.assign(deciding, {
      unit,
      bundle: serving?.bundle ?? '',
      experiments: serving?.experiments ?? [],
      context,
      forced,
      consent,
      cookies: jar.texts,
      flush: async () => void (await sendEvents()),
      finish(response: Response) {
        const sent = sendEvents();
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
