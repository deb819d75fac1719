// SPDX-License-Identifier: MIT
export { Samplit } from './client.js';
export { Engine } from './engine.js';
export type { Decider, DecideRequest } from './engine.js';
export { load, loadOrDefault, loadSync, moduleName } from './load.js';
export type { BundleSource, ModuleSource } from './load.js';
export type { Decision } from './decision.js';
export { SamplitError } from './errors.js';
export { browserContext } from './browser.js';
export { requestContext } from './request.js';
export { exposure, hashUnit, outcome } from './events.js';
export type { ExposureEvent, ExposureOptions, Mode, OutcomeEvent } from './events.js';
export { REASONS, STATUS_NAMES } from './abi.js';
export type { Reason, StatusName } from './abi.js';
export type { Context, Experiment, Explanation, Segment, Unit, Value } from './types.js';
