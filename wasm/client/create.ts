// SPDX-License-Identifier: MIT
// createClient: a page or process with a bundle that is fetched, kept and refreshed behind its back, events on their way, and
// consent over all of it. The parts do the work; here they are put together.
import { currentContext } from './browser.js';
import { makeConsent, type Consents } from './consent.js';
import { Host, parseForced, type Forced } from './decides.js';
import { Engine } from './engine.js';
import { unitText } from './entries.js';
import type { SamplitError } from './errors.js';
import { drawnId } from './hex.js';
import { makeHolder, type Holder } from './holder.js';
import { makeLateLog, type LateLog } from './late_log.js';
import { asError, bodyOf, bytesOf, compile, type ModuleSource } from './load.js';
import type { Log } from './log.js';
import type { BundleCache, Client, ClientOptions, ClientSignal, Consent, KeyStore, SyncOptions } from './options.js';
import { makeSource, type Source } from './source.js';
import { makeSticky } from './sticky.js';
import { cookieStore, isId, localStore, pageStore, quietStore, type PageStore } from './stores.js';
import type { VisitParts } from './visit.js';

const isPage = typeof document !== 'undefined';

type Own = Omit<ClientOptions, 'bundle' | 'module'>;

/** What the bundle comes from: one of the three. */
interface Origin {
  readonly code: Promise<WebAssembly.Module>;
  readonly url?: string | URL | undefined;
  readonly first?: Promise<Uint8Array<ArrayBuffer> | null>;
  readonly engine?: Engine;
}

function storeOf(kind: 'local' | 'cookie' | 'memory' | KeyStore): KeyStore | undefined {
  if (kind === 'local') return localStore;
  if (kind === 'cookie') return cookieStore;
  return kind === 'memory' ? undefined : kind;
}

function isBarred({ respectDnt, respectGpc }: Own): boolean {
  const says = (globalThis.navigator ?? {}) as { doNotTrack?: unknown; globalPrivacyControl?: unknown };
  return (!!respectDnt && says.doNotTrack === '1') || (!!respectGpc && says.globalPrivacyControl === true);
}

// To open a cache is to make one, so without consent only one that is there is opened.
function cacheOf({ offline, name = 'samplit' }: Own, mayMake: () => boolean): () => Promise<BundleCache | undefined> {
  return async () => {
    if (offline !== undefined) return offline || undefined;
    if (typeof caches === 'undefined' || !(mayMake() || (await caches.has(name)))) return undefined;
    return caches.open(name) as Promise<BundleCache>;
  };
}

function contextOf({ context }: Own): () => ReturnType<typeof currentContext> | undefined {
  if (typeof context === 'function') return context;
  return context === undefined && isPage ? currentContext : () => context;
}

function queryForced({ forceParameter = 'samplit_force' }: Own): Forced {
  return forceParameter && isPage ? parseForced(new URLSearchParams(location.search).get(forceParameter)) : {};
}

const keysOf = ({ publicKey = [] }: Own) => (typeof publicKey === 'string' ? [publicKey] : publicKey);

const ownKey = ({ name = 'samplit' }: Own, what: string) => `${name}.${what}`;

type Listener = (signal: ClientSignal) => void;

// Tells everybody, whatever they throw.
function makeSignals() {
  const listeners = new Set<Listener>();
  return {
    tell(signal: ClientSignal) {
      for (const listener of listeners) Promise.resolve(signal).then(listener).catch(() => {});
    },
    add(listener: Listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// What a page does when it is left, seen again, or online again. Returns what ends it.
function watchPage(leave: () => void, back: () => void): () => void {
  if (!isPage) return () => {};
  const turn = () => (document.visibilityState === 'hidden' ? leave() : back());
  document.addEventListener('visibilitychange', turn);
  addEventListener('pagehide', leave);
  addEventListener('online', back);
  return () => {
    document.removeEventListener('visibilitychange', turn);
    removeEventListener('pagehide', leave);
    removeEventListener('online', back);
  };
}

/** Who is decided for where nobody says: an id that is made up, and kept where it may be. */
interface Visitor {
  id(): string;
  forget(): void;
}

function makeVisitor(given: ClientOptions['unit'], store: PageStore, key: string): Visitor {
  let own: string | undefined;
  function make(): string {
    const kept = store.get(key);
    if (isId(kept)) return kept;
    const made = drawnId();
    store.set(key, made);
    return made;
  }
  return {
    id: () => (given === undefined ? (own ??= make()) : unitText(given)),
    forget() {
      own = undefined;
    },
  };
}

/** What consent decides over. */
interface Stores {
  /** What waits and what was shown; not there as long as it is closed. */
  readonly log: KeyStore;
  /** So much of what was shown is kept there. */
  readonly keptMax: number;
  /** The visitor's id and sticky variants; in memory as long as it is closed. */
  readonly own: PageStore;
}

function storesOf({ storage = isPage ? 'local' : 'memory', sticky = storage }: Own, isOpen: () => boolean): Stores {
  const keptMax = storage === 'memory' ? 0 : 100;
  return { log: quietStore(storeOf(storage), isOpen), keptMax, own: pageStore(quietStore(storeOf(sticky), isOpen)) };
}

function sourceOf(options: Own, { url }: Origin, isOpen: () => boolean): Source | undefined {
  if (url === undefined) return undefined;
  const { signature = '', maxBytes = 16 << 20 } = options;
  return makeSource({ url: String(url), signature: String(signature), keys: keysOf(options), cache: cacheOf(options, isOpen), maxBytes });
}

/** The parts of a client, as they know each other. */
interface Parts extends VisitParts {
  readonly options: Own;
  readonly consent: Consents;
  readonly stores: Stores;
  readonly holder: Holder;
  readonly late: LateLog;
  readonly visitor: Visitor;
  readonly signals: ReturnType<typeof makeSignals>;
}

// Names of what the log stores: clients with other collectors have their own.
function logKeysOf(options: Own) {
  const { collect } = options;
  const place = typeof collect === 'function' ? '' : String(collect ?? '');
  return { queueKey: ownKey(options, `queue.${place}`), shownKey: ownKey(options, `shown.${place}`) };
}

async function loadLog(parts: Parts, onError: (error: SamplitError) => void): Promise<Log> {
  const { options, consent, stores, holder, signals } = parts;
  const { collect = '' } = options;
  const { makeLog } = await import('./log.js');
  const log = makeLog({
    ...options,
    ...options.queue,
    ...logKeysOf(options),
    collect: typeof collect === 'function' ? collect : String(collect),
    store: stores.log,
    keptMax: stores.keptMax,
    maySend: () => consent.check() === true,
    modeOf: (experiment) => holder.engine?.experiment(experiment)?.mode,
    onError: (error) => onError(asError('events', error)),
    emit: (event) => signals.tell({ type: 'event', event }),
  });
  if (consent.isOpen()) log.open();
  return log;
}

function onConsent({ options, stores, holder, late, visitor, signals }: Parts, granted: Consent, wasOpen: boolean): void {
  if (wasOpen || granted === false) {
    late.clear();
    holder.forget();
    visitor.forget();
    for (const key of ['unit', 'sticky', 'visit']) stores.own.remove(ownKey(options, key));
    for (const key of Object.values(logKeysOf(options))) stores.log.remove(key);
  }
  if (granted) {
    stores.own.keep();
    late.log?.open();
    holder.keep();
  }
  signals.tell({ type: 'consent', granted });
}

function clientOf(parts: Parts): Client {
  const { options, consent, stores, holder, late, visitor, signals } = parts;
  let forced = queryForced(options);
  const host = new (class extends Host {
    payloads = options.payloads;
    hydrate = options.hydrate;
    sticky = makeSticky(stores.own, ownKey(options, 'sticky'));
    isSticky = options.sticky !== undefined;
    get engine() {
      return holder.engine;
    }
    get unit() {
      return visitor.id();
    }
    get context() {
      return parts.context();
    }
    get forced() {
      return forced;
    }
    get tracker() {
      return consent.check() !== false && options.collect ? late : undefined;
    }
  })();
  return {
    decide: (experiment, ask) => host.decide(experiment, ask),
    peek: (experiment, ask) => host.peek(experiment, ask),
    decideAll: (ask) => host.decideAll(ask),
    rank: (experiment, ask) => host.rank(experiment, ask),
    expose: (decision, context) => host.expose(decision, context),
    track: (name, how) => host.track(name, how),
    get unit() {
      return visitor.id();
    },
    get context() {
      return parts.context();
    },
    get bundle() {
      return holder.engine?.bundle ?? '';
    },
    get experiments() {
      return holder.engine?.experiments ?? [];
    },
    get status() {
      return holder.status;
    },
    get error() {
      return holder.error;
    },
    get forced() {
      return forced;
    },
    get queued() {
      return late.length;
    },
    force(experiment, variant) {
      const { [experiment]: _, ...others } = forced;
      forced = variant === null ? others : { ...others, [experiment]: variant };
      signals.tell({ type: 'force', forced });
    },
    consent(granted) {
      if (granted !== undefined) consent.set(granted);
      return consent.check();
    },
    refresh: holder.refresh,
    async flush() {
      if (options.collect) await (await late.begin())?.flush();
    },
    subscribe: signals.add,
    close() {
      parts.close();
      late.log?.close();
      holder.close();
    },
  };
}

function make(options: Own, origin: Origin): { client: Client; begin: () => Promise<void> } {
  const { collect, refresh_ms = 0, visits } = options;
  const signals = makeSignals();
  const onError = (error: SamplitError) => void Promise.resolve(error).then(options.onError).catch(() => {});
  const asked = 'consent' in options ? options.consent : true;
  const consent = makeConsent(asked, () => isBarred(options), (granted, wasOpen) => onConsent(parts, granted, wasOpen));
  const stores = storesOf(options, consent.isOpen);
  const source = sourceOf(options, origin, consent.isOpen);
  const mayKeep = () => consent.check() === true;
  const holder = makeHolder({ ...origin, source, refresh_ms, mayKeep, emit: signals.tell, onError });
  const late: LateLog = makeLateLog(() => loadLog(parts, onError), onError);
  const visitor = makeVisitor(options.unit, stores.own, ownKey(options, 'unit'));
  const close = watchPage(() => late.log?.hide(), back);
  const parts: Parts = { options, consent, stores, holder, late, visitor, signals, context: contextOf(options), close };
  consent.check();

  function back(): void {
    consent.check();
    void late.log?.flush();
    if (holder.status !== 'ready') void holder.refresh();
  }
  const failed = (cause: unknown) => onError(asError('visits', cause));
  const counts = visits && (visits === true ? import('./visit.js').then((late) => late.countVisits(parts)).catch(failed) : visits(parts));
  async function begin(): Promise<void> {
    await holder.begin();
    await counts;
    if (collect) void late.begin();
  }
  return { client: clientOf(parts), begin };
}

// Bytes that the site hands in are as good as the site, unless it hands in a signature too. An answer is checked.
async function given(bundle: BufferSource | Response | null, options: Own): Promise<Uint8Array<ArrayBuffer> | null> {
  const keys = keysOf(options);
  const file = bundle && (await bodyOf(bundle));
  const isAnswer = typeof Response !== 'undefined' && bundle instanceof Response;
  if (file && keys.length && (isAnswer || options.signature)) {
    const { verify } = await import('./signature.js');
    await verify(file, String(options.signature), keys);
  }
  return file;
}

const isAddress = (what: unknown): what is string | URL => typeof what === 'string' || what instanceof URL;

/**
 * Makes a client. Resolves when a bundle decides, or none could be had, or `timeout_ms` is over: then what is
 * still to come takes its place when it comes. Never rejects; until there is a bundle, the control is served.
 */
export async function createClientWith(options: ClientOptions, ownModule: () => Promise<ModuleSource>): Promise<Client> {
  const { bundle, module, timeout_ms = 2000 } = options;
  const source = (async () => (isAddress(module) ? fetch(module) : (module ?? ownModule())))();
  source.catch(() => {}); // where there is no WebAssembly, nobody waits for it
  const code = compile(source);
  code.catch(() => {}); // the holder hears of it when it needs the module
  const { client, begin } = make(options, isAddress(bundle) ? { code, url: bundle } : { code, first: given(bundle, options) });
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([begin(), new Promise((done) => (timer = setTimeout(done, timeout_ms)))]);
  clearTimeout(timer);
  return client;
}

/** The same at once, from a module and bytes that are there. Never throws; what is wrong with them is in `error`. */
export function createClientSync({ module, bundle, url, ...options }: SyncOptions): Client {
  let origin: Origin;
  try {
    const code = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(bytesOf(module));
    const engine = new Engine(new WebAssembly.Instance(code, {}), bundle === null ? null : bytesOf(bundle));
    origin = { code: Promise.resolve(code), engine, url };
  } catch (error) {
    const first = Promise.reject(asError('the module cannot be started', error));
    origin = { code: Promise.reject(error), first };
    origin.code.catch(() => {});
  }
  const { client, begin } = make(options, origin);
  void begin();
  return client;
}
