// SPDX-License-Identifier: MIT
// One visit to a worker. One is made for every request, so it is made of little. Its methods are on prototypes: V8 drops the machine
// code of closures when a collection finds none of them alive, and would compile those of visits again and again.
import type { Batch } from './batch.js';
import { Host, parseForced, type Forced } from './decides.js';
import type { Engine } from './engine.js';
import type { SamplitError } from './errors.js';
import { drawnId } from './hex.js';
import { Jar } from './jar.js';
import { asError } from './load.js';
import type { Consent, Visit, Waiting, WorkerOptions } from './options.js';
import { requestContext } from './request.js';
import { makeSticky, type Sticky } from './sticky.js';
import { isId } from './stores.js';
import type { Context, Experiment, Value } from './types.js';
import { VisitLog } from './visit_log.js';

/** What all visits to a worker have in common. */
export interface Shared<Env> {
  readonly options: WorkerOptions<Env>;
  /** Names of the cookies. */
  readonly keys: { readonly unit: string; readonly sticky: string; readonly shown: string };
  readonly batch: Batch<Env>;
  readonly report: (error: SamplitError) => void;
}

function consentOf(option: WorkerOptions<unknown>['consent'], request: Request): Consent {
  try {
    const said = typeof option === 'function' ? option(request) : (option ?? true);
    return said === undefined ? undefined : said === true;
  } catch {
    return false;
  }
}

function ownContext<Env>({ options, report }: Shared<Env>, request: Request): Context {
  try {
    return options.context?.(request) ?? {};
  } catch (error) {
    report(asError('the context cannot be read', error));
    return {};
  }
}

// Few addresses force anything, and to take one to parts costs as much as a decision.
function forcedBy(url: string, parameter: string | false = 'samplit_force'): Forced {
  const isIn = parameter && url.includes(encodeURIComponent(parameter));
  return isIn ? parseForced(new URL(url).searchParams.get(parameter)) : {};
}

export class WorkerVisit<Env> extends Host implements Visit {
  declare readonly unit: string;
  declare readonly context: Context;
  declare readonly forced: Forced;
  declare readonly consent: Consent;
  declare readonly bundle: string;
  declare readonly experiments: readonly Experiment[];
  declare readonly hydrate: undefined;
  readonly #shared: Shared<Env>;
  readonly #engine: Engine | undefined; // whatever comes meanwhile
  readonly #env: Env;
  readonly #ctx: Waiting | undefined;
  readonly #isSecure: boolean;
  readonly #jar: Jar;
  #log: VisitLog | undefined;
  #sticky: Sticky | undefined;

  constructor(shared: Shared<Env>, engine: Engine | undefined, request: Request, env: Env, ctx: Waiting | undefined) {
    super();
    this.#engine = engine;
    this.bundle = engine?.bundle ?? '';
    this.experiments = engine?.experiments ?? [];
    this.#shared = shared;
    this.#env = env;
    this.#ctx = ctx;
    const { options, keys } = shared;
    const context = requestContext(request) as { [name: string]: Value };
    const url = context.url as string; // each reading of the request's own is another string
    this.#isSecure = url.startsWith('https:');
    this.consent = consentOf(options.consent, request);
    this.#jar = new Jar(request.headers.get('cookie') ?? '', this.consent === true);
    const kept = this.#jar.get(keys.unit);
    const isKnown = isId(kept);
    this.unit = isKnown ? kept : drawnId();
    if (this.consent === false) for (const key of Object.values(keys)) this.#jar.remove(key);
    else if (!isKnown) this.#jar.set(keys.unit, this.unit);
    context.is_returning = isKnown;
    if (options.context) Object.assign(context, ownContext(shared, request));
    this.context = context;
    this.forced = forcedBy(url, options.forceParameter);
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  get payloads(): WorkerOptions<Env>['payloads'] {
    return this.#shared.options.payloads;
  }

  get isSticky(): boolean {
    return this.#shared.options.sticky === true;
  }

  // Most visits need none.
  get sticky(): Sticky {
    return (this.#sticky ??= makeSticky(this.#jar, this.#shared.keys.sticky));
  }

  get tracker(): VisitLog | undefined {
    if (!this.#shared.options.collect || this.consent !== true) return undefined;
    return (this.#log ??= new VisitLog(this.#shared, this.engine, this.#jar));
  }

  cookies(): string[] {
    const { domain, maxAge_s } = this.#shared.options.cookie ?? {};
    return this.#jar.texts(maxAge_s, (domain ? `; Domain=${domain}` : '') + (this.#isSecure ? '; Secure' : ''));
  }

  flush(): Promise<void> {
    return this.#shared.batch.flush(this.#log?.take() ?? [], this.#env);
  }

  finish(response: Response): Response {
    const sent = this.#log && this.#shared.batch.add(this.#log.take(), this.#env, this.#ctx);
    if (sent) this.#ctx?.waitUntil(sent);
    const answer = new Response(response.body, response);
    for (const text of this.cookies()) answer.headers.append('set-cookie', text);
    return answer;
  }
}
