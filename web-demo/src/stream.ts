// SPDX-License-Identifier: MIT
// The stream of visitors in time: so many a second, while it plays.

export interface StreamEvents {
  /** So many visitors are due. Returns false when there are no more. */
  due(visitors: number): boolean;
  /** Called on every frame while playing, and once when it stops. */
  frame(now: number): void;
  changed(playing: boolean): void;
}

const STEP_MAX_MS = 100; // a page that was away does not catch up all at once

export class Stream {
  perSecond = 100;
  #playing = false;
  #last = 0;
  #carry = 0; // fraction of a visitor

  constructor(readonly events: StreamEvents) {}

  get playing(): boolean {
    return this.#playing;
  }

  play(): void {
    if (this.#playing) return;
    this.#playing = true;
    this.#last = performance.now();
    this.events.changed(true);
    requestAnimationFrame(this.#frame);
  }

  pause(): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.events.changed(false);
  }

  #frame = (now: number): void => {
    if (!this.#playing) return;
    this.#carry += (Math.min(Math.max(0, now - this.#last), STEP_MAX_MS) * this.perSecond) / 1000;
    this.#last = now;
    const visitors = Math.floor(this.#carry);
    this.#carry -= visitors;
    const more = this.events.due(visitors);
    this.events.frame(now);
    if (more) requestAnimationFrame(this.#frame);
    else this.pause();
  };
}
