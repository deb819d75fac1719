// SPDX-License-Identifier: MIT
// What createClient and createWorkerClient take and give. Types only.
import type { Decision } from './decision.js';
import type { SamplitError } from './errors.js';
import type { ExposureEvent, OutcomeEvent } from './events.js';
import type { BundleSource, ModuleSource } from './load.js';
import type { Context, Experiment, Unit } from './types.js';
import type { countVisits } from './visit.js';

/** Where small texts are kept: the visitor's id, sticky variants, the queue. Any of the three may throw. */
export interface KeyStore {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Where the last good bundle is kept: a `Cache`, or what has these three of its methods. */
export interface BundleCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<unknown>;
  delete(url: string): Promise<unknown>;
}

/** Takes events, one JSON object per line. What it resolves with is dropped; where it rejects, they are sent again. */
export type Collector = (lines: string, signal: AbortSignal) => Promise<unknown>;

/** May it be stored and sent? `undefined` is not known yet: what is logged meanwhile waits in memory. */
export type Consent = boolean | undefined;

/** What is asked for: who, and what is known of the visit. */
export interface Ask {
  /** Who is decided for; the client's own visitor id where it is not given. */
  readonly unit?: Unit | undefined;
  /** Who that was before, say the visitor's id where `unit` is an account: its sticky variants go over to `unit`. */
  readonly fallback?: Unit | undefined;
  /** Is laid over the client's own context. */
  readonly context?: Context | undefined;
  /** The variant, by name or index, that would be served without Samplit; for experiments in apprentice mode. */
  readonly incumbent?: string | number | undefined;
}

/** A decision, the unit that it was made for, and what the site attached to the variant. */
export interface ClientDecision extends Decision {
  readonly unit: string;
  readonly payload?: unknown;
}

/** One variant of a ranked list. */
export interface Ranked {
  readonly variant: string;
  readonly index: number;
  /** The chance with which it comes first. */
  readonly propensity: number;
  readonly payload?: unknown;
}

export interface TrackOptions {
  /** What it was worth; 1 where it is not given. */
  readonly value?: number;
  /** Whose outcome it is; the client's own visitor where it is not given. */
  readonly unit?: Unit;
  /** Counts for this experiment only; else for all that the unit was exposed to. */
  readonly experiment?: string;
}

/** `default`: no bundle is there, the control is served. `stale`: the last refresh failed, an older bundle serves. */
export type ClientStatus = 'ready' | 'stale' | 'default';

/** What a client tells its subscribers. */
export type ClientSignal =
  | { readonly type: 'status'; readonly status: ClientStatus; readonly error: SamplitError | undefined }
  | { readonly type: 'bundle'; readonly bundle: string }
  | { readonly type: 'consent'; readonly granted: Consent }
  | { readonly type: 'force'; readonly forced: Readonly<Record<string, string | number>> }
  | { readonly type: 'event'; readonly event: ExposureEvent | OutcomeEvent };

/** Bounds of the queue of events. */
export interface QueueOptions {
  /** Events are sent together after this time; default 1,000 ms. */
  readonly delay_ms?: number;
  /** The first wait after a failure, doubled after each until `retryMax_ms`; default 1,000 ms and 5 minutes. */
  readonly retry_ms?: number;
  readonly retryMax_ms?: number;
  /** Above this many, the oldest are dropped; default 500. */
  readonly max?: number;
  /** Older ones are dropped; default 3 days. */
  readonly maxAge_ms?: number;
}

/** Options of every client. */
export interface SharedOptions {
  /** Ed25519 public keys in minisign's format: what is fetched must be signed by one of them. */
  readonly publicKey?: string | readonly string[];
  /** May it be stored and sent? A function is asked whenever something is to be. Where the option is not given, yes. */
  readonly consent?: Consent | (() => Consent);
  /** What is attached to variants, by experiment and variant; else what the bundle's manifest attaches. */
  readonly payloads?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Raw context travels with exposures; default false. */
  readonly sendContext?: boolean;
  /** Stated in exposures. */
  readonly region?: string;
  readonly queue?: QueueOptions;
  /** Hears what went wrong; what it throws is dropped. */
  readonly onError?: (error: SamplitError) => void;
}

export interface ClientOptions extends SharedOptions {
  /** An address, which is fetched, kept and refreshed; or bytes, or a Response. */
  readonly bundle: string | URL | BundleSource;
  /** The WebAssembly module: where it is, or what it is. By default it lies beside the client. */
  readonly module?: string | URL | ModuleSource;
  /** The signature, or its address; by default the bundle's address and `.minisig`. */
  readonly signature?: string | URL;
  /** Where events go; without it none are made. */
  readonly collect?: string | URL | Collector;
  /** Where events wait, and what was exposed; `local` (localStorage) in pages, `memory` elsewhere. */
  readonly storage?: 'local' | 'memory' | KeyStore;
  /**
   * Where the visitor's id and sticky variants are; by default as `storage`. Where it is given, the variants of all
   * experiments are sticky, else those of experiments with a bucket version in the bundle.
   */
  readonly sticky?: 'local' | 'cookie' | 'memory' | KeyStore;
  /** Where the last good bundle is kept; by default the Cache API where there is one. */
  readonly offline?: false | BundleCache;
  /** What is known of every visit; in pages by default `browserContext`. */
  readonly context?: Context | (() => Context);
  /**
   * Pages count themselves and visits, for visitors who consent: `visits`, `pageviews` and `session_seconds` are in the context.
   * Default false. The code for it is loaded; createClientSync has it at once where it gets `countVisits` of `samplit/visit`.
   */
  readonly visits?: boolean | typeof countVisits;
  /** Who is decided for; by default an id that is made up and kept. */
  readonly unit?: Unit;
  /** createClient goes on without the bundle after this time; default 2,000 ms. */
  readonly timeout_ms?: number;
  /** The bundle is asked for again after this time; 0, the default, is never. */
  readonly refresh_ms?: number;
  /** Larger bundles are refused; default 16 MiB. */
  readonly maxBytes?: number;
  /** Name of the parameter of the page's address that forces variants, `hero:1,cta:bold`; false is none. */
  readonly forceParameter?: string | false;
  /** Decisions that the server made for this page, by experiment: for their unit they stand. */
  readonly hydrate?: Readonly<Record<string, ClientDecision>>;
  /** Do Not Track, Global Privacy Control: where it is on and the browser says so, there is no consent. */
  readonly respectDnt?: boolean;
  readonly respectGpc?: boolean;
  /** Keys in stores begin with it; clients that should not share anything have different ones. Default `samplit`. */
  readonly name?: string;
}

/** Options of createClientSync: all is there. What is fetched later is checked against `publicKey`, these bytes are not. */
export interface SyncOptions extends Omit<ClientOptions, 'module' | 'bundle'> {
  readonly module: WebAssembly.Module | BufferSource;
  readonly bundle: BufferSource | null;
  /** Where newer ones are. */
  readonly url?: string | URL;
}

/** What decides for a page, a visit or a process. None of its methods throws. */
export interface Decides {
  /** The visitor's id. */
  readonly unit: string;
  /** Id of the bundle, 32 hex digits; empty without one. */
  readonly bundle: string;
  readonly experiments: readonly Experiment[];
  /** Decides, and logs the exposure. To be called where the variant is shown. */
  decide(experiment: string, ask?: Ask): ClientDecision;
  /** Decides, and logs nothing. */
  peek(experiment: string, ask?: Ask): ClientDecision;
  /** Peeks at all experiments of the bundle. */
  decideAll(ask?: Ask): Record<string, ClientDecision>;
  /** The variants, best first; logs nothing. */
  rank(experiment: string, ask?: Ask): readonly Ranked[];
  /** Logs the exposure of a decision that was peeked at, now that it is shown. */
  expose(decision: ClientDecision, context?: Context): void;
  /** Logs an outcome for everything that the unit was exposed to; nothing where that is nothing. */
  track(name: string, options?: TrackOptions): void;
}

export interface Client extends Decides {
  /** What is known of the visit: what a decision reads now. */
  readonly context: Context | undefined;
  readonly status: ClientStatus;
  /** The last thing that went wrong with module or bundle. */
  readonly error: SamplitError | undefined;
  /** What is forced, by experiment. */
  readonly forced: Readonly<Record<string, string | number>>;
  /** Events that wait. */
  readonly queued: number;
  /** Serves a variant, by name or index, whatever the policy says; null ends that. Nothing forced is logged. */
  force(experiment: string, variant: string | number | null): void;
  /** Sets consent, or asks for it again. Where it is not given, all that is stored or waits is dropped. Returns it. */
  consent(granted?: boolean): Consent;
  /** Asks for a newer bundle. Resolves with whether there was one; never rejects. */
  refresh(): Promise<boolean>;
  /** Sends what waits. Resolves when that was tried; never rejects. */
  flush(): Promise<void>;
  /** Returns what ends it. */
  subscribe(listener: (signal: ClientSignal) => void): () => void;
  /** Ends timers and listeners; what waits stays stored. */
  close(): void;
}

/** How the cookie of a worker is set. */
export interface CookieOptions {
  /** The cookies' names begin with it; default `samplit`, as a page's with `sticky: 'cookie'` do. */
  readonly name?: string;
  readonly domain?: string;
  /** Default 180 days. */
  readonly maxAge_s?: number;
}

export interface WorkerOptions<Env> extends Omit<SharedOptions, 'consent' | 'queue'> {
  /** Compiled, as workers import it: `import module from 'samplit/wasm'`. */
  readonly module: WebAssembly.Module;
  /** Bytes or a Response, or where they come from, say KV: asked at the first request, and again after `maxAge_ms`. */
  readonly bundle: BundleSource | ((env: Env) => BundleSource | Promise<BundleSource>);
  /** Default 60,000; meanwhile and while it is asked for again, the last bundle serves. */
  readonly maxAge_ms?: number;
  /** The text of the bundle's `.minisig`; needed where there is a publicKey. */
  readonly signature?: string | ((env: Env) => string | Promise<string>);
  /**
   * Where events go, after the response: an address, or what takes lines. What did not arrive (it throws, rejects, or resolves with a
   * Response like 503) goes with the next ones, after a second or more; what the collector refused (400) is dropped and reported.
   */
  readonly collect?: string | URL | ((lines: string, env: Env) => unknown);
  /** By default `delay_ms` is 0: each visit sends its own events. Above, those of all visits meanwhile go together, in memory until then. */
  readonly queue?: Pick<QueueOptions, 'delay_ms'>;
  readonly consent?: boolean | ((request: Request) => Consent);
  readonly cookie?: CookieOptions;
  /** All experiments are sticky, not only those with a bucket version in the bundle. */
  readonly sticky?: boolean;
  /** Is laid over `requestContext`. */
  readonly context?: (request: Request) => Context;
  readonly forceParameter?: string | false;
}

/** One request for a page. Its methods must be called on it, as `visit.decide('hero')`: not `const { decide } = visit`. */
export interface Visit extends Decides {
  /** The request's context as it is decided from. */
  readonly context: Context;
  readonly forced: Readonly<Record<string, string | number>>;
  readonly consent: Consent;
  /** The values of the Set-Cookie headers that the answer needs. */
  cookies(): readonly string[];
  /** Sends what was logged, by all visits, unless that failed less than a second ago. Never rejects. */
  flush(): Promise<void>;
  /** The response with these cookies, as a copy whose headers may be changed; what was logged is sent meanwhile. */
  finish(response: Response): Response;
}

/** What is at hand in a worker's `fetch` handler. */
export interface Waiting {
  waitUntil(promise: Promise<unknown>): void;
}

export interface WorkerClient<Env> {
  /** Begins a visit. Never rejects: without a bundle the control is served. */
  visit(request: Request, env: Env, ctx?: Waiting): Promise<Visit>;
}
