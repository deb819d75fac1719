// SPDX-License-Identifier: MIT
// The entry `samplit/openfeature-web`: a provider for @openfeature/web-sdk. Without a targetingKey the visitor is decided for; with
// one, the account, which takes over what is sticky for the visitor.
import { OpenFeatureEventEmitter } from '@openfeature/web-sdk';
import type { EvaluationContext, JsonValue, Provider, ProviderEvents, ResolutionDetails } from '@openfeature/web-sdk';
import { SamplitProvider, type Emit } from './openfeature.js';

export class SamplitWebProvider extends SamplitProvider implements Provider {
  readonly runsOn = 'client';
  readonly events = new OpenFeatureEventEmitter();
  protected readonly hasVisitor = true;
  protected readonly emit: Emit = (name, details) => this.events.emit(name as ProviderEvents.Ready, details);

  resolveBooleanEvaluation(key: string, value: boolean, given: EvaluationContext): ResolutionDetails<boolean> {
    return this.resolve(key, 'boolean', value, given) as ResolutionDetails<boolean>;
  }

  resolveStringEvaluation(key: string, value: string, given: EvaluationContext): ResolutionDetails<string> {
    return this.resolve(key, 'string', value, given) as ResolutionDetails<string>;
  }

  resolveNumberEvaluation(key: string, value: number, given: EvaluationContext): ResolutionDetails<number> {
    return this.resolve(key, 'number', value, given) as ResolutionDetails<number>;
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, value: T, given: EvaluationContext): ResolutionDetails<T> {
    return this.resolve(key, 'object', value, given) as ResolutionDetails<T>;
  }

  /** Nothing has to be fetched: the next evaluation decides from the new context. */
  onContextChange(): void {
    this.checkStatus();
  }
}
