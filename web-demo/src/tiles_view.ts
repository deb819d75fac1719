// SPDX-License-Identifier: MIT
// The four figures on top.
import { byId, setText } from './dom.js';
import { rateOf } from './estimate.js';
import { count, NONE, percent, range, signedPercent, signedRange } from './format.js';
import type { Run } from './run.js';
import type { Session } from './session.js';
import type { View } from './view.js';

function showRate(tile: string, conversions: number, visits: number): void {
  const rate = rateOf(conversions, visits);
  setText(byId(`tile-${tile}`), rate ? percent(rate.value, 2) : NONE);
  setText(byId(`tile-${tile}-note`), rate ? `${count(conversions)} visitors; ${range(rate)}` : 'no visitor yet');
}

function showLift({ lift }: Run): void {
  const figure = byId('tile-lift');
  setText(figure, lift ? signedPercent(lift.value) : NONE);
  figure.classList.toggle('up', lift !== null && lift.low > 0);
  setText(byId('tile-lift-note'), lift ? `95% interval ${signedRange(lift)}` : 'needs 20 conversions on each side');
}

export function tilesView(session: Session): View {
  return {
    draw() {
      const { run } = session;
      const { visits, conversions, uniform } = run.tallies[0]!;
      setText(byId('tile-visitors'), count(run.decided));
      setText(byId('tile-visitors-note'), `of ${count(run.visitors.count)}, each decided twice`);
      showRate('samplit', conversions, visits);
      showRate('uniform', uniform, visits);
      showLift(run);
    },
  };
}
