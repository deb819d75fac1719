// SPDX-License-Identifier: MIT
// The entry `samplit/openfeature-server`: a provider for @openfeature/server-sdk. One client serves many units, so each evaluation
// says by its targetingKey who it is for.
import { OpenFeatureEventEmitter } from '@openfeature/server-sdk';
import type { EvaluationContext, JsonValue, Provider, ProviderEvents, ResolutionDetails } from '@openfeature/server-sdk';
import { SamplitProvider, type Emit } from './openfeature.js';

export class SamplitServerProvider extends SamplitProvider implements Provider {
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  protected readonly hasVisitor = false;
  protected readonly emit: Emit = (name, details) => this.events.emit(name as ProviderEvents, details);

  async resolveBooleanEvaluation(key: string, value: boolean, given: EvaluationContext): Promise<ResolutionDetails<boolean>> {
    return this.resolve(key, 'boolean', value, given) as ResolutionDetails<boolean>;
  }

  async resolveStringEvaluation(key: string, value: string, given: EvaluationContext): Promise<ResolutionDetails<string>> {
    return this.resolve(key, 'string', value, given) as ResolutionDetails<string>;
  }

  async resolveNumberEvaluation(key: string, value: number, given: EvaluationContext): Promise<ResolutionDetails<number>> {
    return this.resolve(key, 'number', value, given) as ResolutionDetails<number>;
  }

  async resolveObjectEvaluation<T extends JsonValue>(key: string, value: T, given: EvaluationContext): Promise<ResolutionDetails<T>> {
    return this.resolve(key, 'object', value, given) as ResolutionDetails<T>;
  }
}
