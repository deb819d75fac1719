// SPDX-License-Identifier: MIT
import { STATUS_NAMES, STATUS_TEXTS, type StatusName } from './abi.js';

/** Why a bundle or module was refused. Deciding never throws; loading does. */
export class SamplitError extends Error {
  override readonly name = 'SamplitError';

  constructor(
    /** The core's status; `INVALID_ARGUMENT` for a module that is not Samplit's. */
    readonly status: StatusName,
    message: string,
    /** The tensor or header field at fault, or empty. */
    readonly tensor = '',
    /** What should have stood there, or empty. */
    readonly expected = '',
    /** Element index in the tensor; byte offset for the header. */
    readonly at = 0,
  ) {
    super(message);
  }
}

/** The error for a status of the core and what it knows about the place. */
export function statusError(status: number, tensor: string, expected: string, at: number): SamplitError {
  const place = tensor ? `${tensor}[${at}]: ` : '';
  const wanted = expected ? `; expected ${expected}` : '';
  const text = STATUS_TEXTS[status] ?? 'an unknown status';
  return new SamplitError(STATUS_NAMES[status] ?? 'INVALID_ARGUMENT', `${place}${text}${wanted}`, tensor, expected, at);
}
