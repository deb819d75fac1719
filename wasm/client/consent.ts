// SPDX-License-Identifier: MIT
// What the visitor allows. Sites say it in their own time and may change their mind between two calls, so the state moves at
// one place only, `check`, and everything that is stored asks what was found there last.
import type { Consent } from './options.js';

export interface Consents {
  /** Asks the site. A change is told before this returns. */
  check(): Consent;
  set(granted: boolean): void;
  /** Whether consent was given when it was last asked for. */
  isOpen(): boolean;
}

function ask(source: Consent | (() => Consent)): Consent {
  try {
    const said: unknown = typeof source === 'function' ? source() : source;
    return said === undefined || said === null ? undefined : said === true;
  } catch {
    return false;
  }
}

/** `onChange` hears the first state too. Where `isBarred`, the answer is no. */
export function makeConsent(
  source: Consent | (() => Consent),
  isBarred: () => boolean,
  onChange: (state: Consent, wasOpen: boolean) => void,
): Consents {
  let state: Consent | null = null;
  function check(): Consent {
    const next = isBarred() ? false : ask(source);
    const last = state;
    if (next !== last) {
      state = next;
      onChange(next, last === true);
    }
    return next;
  }
  return {
    check,
    set(granted) {
      source = granted;
    },
    isOpen: () => state === true,
  };
}
