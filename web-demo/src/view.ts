// SPDX-License-Identifier: MIT

/** A part of the page that shows a session. */
export interface View {
  /** Brings it up to date. */
  draw(): void;
}
