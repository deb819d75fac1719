// SPDX-License-Identifier: MIT
import { STATUS_NAMES, type StatusName } from './abi.js';

/** What no bundle's bytes can say: the signature is not one of the keys', the answer took too long, the runtime lacks it. */
export type ClientStatusName = 'BAD_SIGNATURE' | 'TIMED_OUT' | 'UNSUPPORTED';

interface Details {
  readonly tensor?: string;
  readonly at?: number;
  readonly cause?: unknown;
}

/** Why a bundle or module was refused. Deciding never throws; loading does. */
export class SamplitError extends Error {
  override readonly name = 'SamplitError';
  /** The tensor or header field at fault, or empty. */
  declare readonly tensor: string;
  /** Element index in the tensor; byte offset for the header. */
  declare readonly at: number;

  constructor(
    /** The core's status; `INVALID_ARGUMENT` for what is no module or bundle at all, `NOT_FOUND` for a failed answer. */
    readonly status: StatusName | ClientStatusName,
    message: string,
    details: Details = {},
  ) {
    super(message, details); // which takes the cause
    ({ tensor: this.tensor = '', at: this.at = 0 } = details);
  }
}

/** The error for a status of the core and what it knows about the place. */
export function statusError(status: number, tensor: string, at: number): SamplitError {
  const name = STATUS_NAMES[status] ?? 'INVALID_ARGUMENT';
  const place = tensor && ` in ${tensor}[${at}]`;
  return new SamplitError(name, `${name}${place}`, { tensor, at });
}
