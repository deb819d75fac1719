// SPDX-License-Identifier: MIT
// What is being looked at: a run over the visitors with its history, begun anew by every restart.
import type { Files } from './files.js';
import { History } from './history.js';
import { Run, type Visit } from './run.js';

const HISTORY_EVERY = 50; // visitors

export class Session {
  run!: Run;
  history!: History;
  /** The visit decided last. */
  latest: Visit | undefined;

  constructor(public files: Files) {
    this.restart();
  }

  /** Goes on with another region's bundle and visitors, from the beginning. */
  open(files: Files): void {
    this.files = files;
    this.restart();
  }

  restart(): void {
    const { learned, uniform, visitors } = this.files;
    this.run = new Run(learned, uniform, visitors);
    this.history = new History(this.run);
    this.latest = undefined;
  }

  /** Decides about that many more visitors, as far as there are. Returns whether there are more. */
  advance(visitors: number): boolean {
    for (let i = 0; i < visitors && !this.run.finished; i++) {
      this.latest = this.run.step();
      this.history.take(HISTORY_EVERY);
    }
    return !this.run.finished;
  }
}
