// SPDX-License-Identifier: MIT
export { Samplit, load, loadSync, moduleName } from './client.js';
export type { BundleSource, Context, ModuleSource } from './client.js';
export { Decision } from './decision.js';
export { SamplitError } from './errors.js';
export { browserContext } from './browser.js';
export { exposure, hashUnit, outcome } from './events.js';
export type { ExposureEvent, ExposureOptions, OutcomeEvent } from './events.js';
export { REASONS, STATUS_NAMES } from './abi.js';
export type { Reason, StatusName } from './abi.js';
export type { Experiment, Explanation, Segment, Value } from './types.js';
