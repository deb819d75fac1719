// SPDX-License-Identifier: MIT
// Lift over time with its interval, beside the lift that the world's true rates give.
import { band, edge, extent, line, makeChart } from './charts.js';
import { byId } from './dom.js';
import { count, signedPercent, signedRange } from './format.js';
import type { Session } from './session.js';
import type { View } from './view.js';

// The first intervals are as wide as the sky; the scale is set by the later ones.
const SETTLED = 0.15;

export function liftView(session: Session): View {
  const describe = (i: number) => {
    const { decided, lift, trueLift } = session.history;
    const [value, low, high] = [lift.value[i] ?? null, lift.low[i] ?? null, lift.high[i] ?? null];
    if (value === null || low === null || high === null) return 'too few conversions yet';
    return `${signedPercent(value)} (${signedRange({ value, low, high })}), true ${signedPercent(trueLift[i] ?? null)}, at ${count(decided[i]!)} visitors`;
  };
  const chart = makeChart({
    at: byId('lift-chart'),
    readout: byId('lift-readout'),
    series: [edge(), edge(), line('--muted', 1.5, [5, 5]), line('--accent', 2)],
    bands: [band(1, 2, '--accent')],
    range: (data) => {
      const [low, high] = extent(data.slice(1), Math.floor(data[0]!.length * SETTLED)) ?? [0, 0.3];
      return [Math.min(-0.05, low - 0.02), Math.max(0.1, high + 0.02)];
    },
    format: (value) => signedPercent(value, 0),
    describe,
  });
  return {
    draw() {
      const { decided, lift, trueLift } = session.history;
      chart.setData([decided, lift.high, lift.low, trueLift, lift.value]);
    },
  };
}
