// SPDX-License-Identifier: MIT
// createClient: a page or process with a bundle that is fetched, kept and refreshed behind its back, events on their way, and
// consent over all of it. The parts do the work; here they are put together.
import { currentContext } from './browser.js';
import { makeConsent } from './consent.js';
import { makeDecides, parseForced, type Forced } from './decides.js';
import { Engine } from './engine.js';
import { unitText } from './entries.js';
import { SamplitError } from './errors.js';
import { hexOf, randomBytes } from './hex.js';
import { makeHolder } from './holder.js';
import { makeLateLog } from './late_log.js';
import { asError, bodyOf, bytesOf, compile, type ModuleSource } from './load.js';
import type { BundleCache, Client, ClientOptions, ClientSignal, Collector, Consent, KeyStore, SyncOptions } from './options.js';
import { makeSource } from './source.js';
import { makeSticky } from './sticky.js';
import { cookieStore, isId, localStore, pageStore, quietStore } from './stores.js';

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
  const says = (typeof navigator === 'undefined' ? {} : navigator) as { doNotTrack?: unknown; globalPrivacyControl?: unknown };
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

// Tells everybody, whatever they throw.
function makeTeller<T>(): { tell: (what: T) => void; add: (listener: (what: T) => void) => () => void } {
  const listeners = new Set<(what: T) => void>();
  return {
    tell(what) {
      for (const listener of listeners) Promise.resolve(what).then(listener).catch(() => {});
    },
    add(listener) {
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

function make(options: Own, origin: Origin): { client: Client; begin: () => Promise<void> } {
  const { name = 'samplit', storage = isPage ? 'local' : 'memory', collect } = options;
  const collectUrl = typeof collect === 'object' ? collect.href : collect;
  const place = typeof collectUrl === 'string' ? collectUrl : '';
  const signals = makeTeller<ClientSignal>();
  const errors = makeTeller<SamplitError>();
  if (options.onError) errors.add(options.onError);

  let own: string | undefined;
  let forced = queryForced(options);
  const consent = makeConsent('consent' in options ? options.consent : true, () => isBarred(options), onConsent);
  const mayStore = () => consent.check() === true;
  const store = quietStore(storeOf(storage), consent.isOpen);
  const personal = pageStore(quietStore(storeOf(options.sticky ?? storage), consent.isOpen));

  const logKeys = { queueKey: `${name}.queue.${place}`, shownKey: `${name}.shown.${place}` };
  const late = makeLateLog(async () => {
    const { makeLog } = await import('./log.js');
    const log = makeLog({
      ...options,
      ...options.queue,
      ...logKeys,
      collect: (collectUrl ?? '') as string | Collector,
      store,
      keptMax: 100,
      maySend: mayStore,
      modeOf: (experiment) => holder.engine?.experiment(experiment)?.mode,
      onError: (error) => errors.tell(asError('events', error)),
      emit: (event) => signals.tell({ type: 'event', event }),
    });
    if (consent.isOpen()) log.open();
    return log;
  }, errors.tell);
  const source =
    origin.url === undefined
      ? undefined
      : makeSource({
          url: String(origin.url),
          signature: String(options.signature ?? ''),
          keys: keysOf(options),
          cache: cacheOf(options, consent.isOpen),
          maxBytes: options.maxBytes ?? 16 << 20,
        });
  const holder = makeHolder({
    ...origin,
    source,
    refresh_ms: options.refresh_ms ?? 0,
    mayKeep: mayStore,
    emit: signals.tell,
    onError: errors.tell,
  });

  function unit(): string {
    if (options.unit !== undefined) return unitText(options.unit);
    if (own === undefined) {
      const kept = personal.get(`${name}.unit`);
      own = isId(kept) ? kept : hexOf(randomBytes(16));
      if (own !== kept) personal.set(`${name}.unit`, own);
    }
    return own;
  }

  function onConsent(granted: Consent, wasOpen: boolean): void {
    if (wasOpen || granted === false) {
      late.clear();
      holder.forget();
      for (const key of Object.values(logKeys)) store.remove(key);
      for (const key of ['unit', 'sticky']) personal.remove(`${name}.${key}`);
      own = undefined;
    }
    if (granted) {
      personal.keep();
      late.log?.open();
      holder.keep();
    }
    signals.tell({ type: 'consent', granted });
  }

  consent.check();
  const unwatch = watchPage(
    () => late.log?.hide(),
    () => {
      consent.check();
      late.log?.flush();
      if (holder.status !== 'ready') holder.refresh();
    },
  );
  const client: Client = {
    ...makeDecides({
      ...options,
      engine: () => holder.engine,
      unit,
      context: contextOf(options),
      forced: () => forced,
      sticky: makeSticky(personal, `${name}.sticky`),
      isSticky: options.sticky !== undefined,
      tracker: () => (collect && consent.check() !== false ? late : undefined),
    }),
    get unit() {
      return unit();
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
      if (collect) await (await late.begin())?.flush();
    },
    subscribe: signals.add,
    close() {
      unwatch();
      late.log?.close();
      holder.close();
    },
  };
  async function begin(): Promise<void> {
    await holder.begin();
    if (collect) void late.begin();
  }
  return { client, begin };
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
  const code = compile(isAddress(module) ? fetch(module) : (module ?? ownModule()));
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
