// SPDX-License-Identifier: MIT
// What the entries of pages and processes have in common.
export { createClientSync } from './create.js';
export { browserContext } from './browser.js';
export { cookieStore, localStore } from './stores.js';
export { SamplitError } from './errors.js';
export type { ClientStatusName } from './errors.js';
export type { Decision } from './decision.js';
export type { ExposureEvent, Mode, OutcomeEvent } from './events.js';
export type { Reason, StatusName } from './abi.js';
export type { BundleSource, ModuleSource } from './load.js';
export type * from './options.js';
export type { Context, Experiment, Unit, Value } from './types.js';
