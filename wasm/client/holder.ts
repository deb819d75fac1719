// SPDX-License-Identifier: MIT
// Holds the engine that decides, and puts another in its place when a newer bundle has come: in one step, after everything that
// can fail has not. Decisions go on with the old one meanwhile.
import { Engine } from './engine.js';
import { SamplitError } from './errors.js';
import { asError } from './load.js';
import type { ClientSignal, ClientStatus } from './options.js';
import type { Got, Source } from './source.js';

export interface Holder {
  readonly engine: Engine | undefined;
  readonly status: ClientStatus;
  readonly error: SamplitError | undefined;
  /** Resolves when the first bundle decides, or none can be had. Never rejects. */
  begin(): Promise<void>;
  /** Never rejects. */
  refresh(): Promise<boolean>;
  /** Keeps the last good bundle, or forgets it. */
  keep(): void;
  forget(): void;
  close(): void;
}

interface HolderParts {
  readonly code: Promise<WebAssembly.Module>;
  /** A bundle that is there, or on its way; null is none. */
  readonly first?: Promise<Uint8Array<ArrayBuffer> | null> | undefined;
  readonly source?: Source | undefined;
  readonly engine?: Engine | undefined;
  readonly refresh_ms: number;
  readonly mayKeep: () => boolean;
  readonly emit: (signal: ClientSignal) => void;
  readonly onError: (error: SamplitError) => void;
}

export function makeHolder(parts: HolderParts): Holder {
  const { code, first, source, refresh_ms, mayKeep, emit, onError } = parts;
  let { engine } = parts;
  let status: ClientStatus = engine?.bundle ? 'ready' : 'default';
  let error: SamplitError | undefined;
  let last: Got | undefined;
  let running: Promise<boolean> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function report(next: ClientStatus, why: SamplitError | undefined): void {
    const isNews = next !== status || (why && why.message !== error?.message);
    status = next;
    error = why;
    if (why) onError(why);
    if (isNews) emit({ type: 'status', status, error });
  }

  async function adopt(file: Uint8Array | null): Promise<boolean> {
    const module = await code; // says so where there is no WebAssembly
    const next = new Engine(await WebAssembly.instantiate(module, {}), file);
    if (isClosed || next.bundle === engine?.bundle) return false;
    engine = next;
    emit({ type: 'bundle', bundle: next.bundle });
    return true;
  }

  // Runs what may fail, and says how it ended.
  async function attempt(act: () => Promise<boolean>): Promise<boolean> {
    try {
      const isNew = await act();
      report(engine?.bundle ? 'ready' : 'default', undefined);
      return isNew;
    } catch (cause) {
      report(engine?.bundle ? 'stale' : 'default', asError('the module cannot be started', cause));
      return false;
    }
  }

  async function fetchNewer(from: Source): Promise<boolean> {
    const got = await from.newer(last?.etag ?? '');
    if (!got) return false;
    const isNew = await adopt(got.file);
    last = got;
    if (mayKeep()) from.keep(got);
    return isNew;
  }

  function schedule(): void {
    clearTimeout(timer);
    if (!refresh_ms || isClosed) return;
    timer = setTimeout(refresh, refresh_ms);
    (timer as { unref?: () => void }).unref?.(); // a process may end
  }

  function refresh(): Promise<boolean> {
    if (!source || isClosed) return Promise.resolve(false);
    running ??= attempt(() => fetchNewer(source)).finally(() => {
      running = undefined;
      schedule();
    });
    return running;
  }

  async function adoptKept(got: Got): Promise<boolean> {
    const isNew = await adopt(got.file);
    last = got;
    return isNew;
  }

  return {
    get engine() {
      return engine;
    },
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    async begin() {
      if (first && (await attempt(async () => adopt(await first)))) return schedule();
      const kept = !engine && mayKeep() ? await source?.kept() : undefined;
      if (kept && (await attempt(() => adoptKept(kept)))) return void refresh();
      if (engine) return schedule();
      await refresh();
    },
    refresh,
    keep() {
      if (last) source?.keep(last);
    },
    forget() {
      source?.forget();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
