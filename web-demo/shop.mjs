// SPDX-License-Identifier: MIT
// shop.mjs: prints the world of the playground and the map, for `samplit simulate --world` (docs/simulation.md). Its
// visitors browse as sessions of a web shop do, in the columns that models/web-session reads, so that its encoder and
// clusters have something to see: who looks around and who is about to buy. Chances and looks are made up; the
// encoder has learned from real sessions.
import { stdout } from 'node:process';

const LOOKS = 500; // sessions of each way to browse
const MONTHS = ['Feb', 'Mar', 'May', 'June', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// mulberry32: the world is the same wherever it is made.
let state = 20_260_105;
function draw() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const between = (low, high) => low + (high - low) * draw();
const rounded = (value, digits) => Number(value.toFixed(digits));
const oneOf = (list) => list[Math.floor(draw() * list.length)];
// Sizes of sessions are spread evenly over their logarithm.
const spread = (low, high) => Math.round(Math.exp(between(Math.log(low), Math.log(high))));

/** One session; `value` is the mean worth of the pages seen, 0 far from a purchase. */
function session(products, value, bounce, returning) {
  const pages = spread(...products);
  const exit = rounded(Math.min(0.2, between(...bounce) + 0.01), 4);
  return {
    ProductRelated: pages,
    ProductRelated_Duration: Math.round(pages * between(15, 60)),
    Administrative: Math.floor(between(0, 1 + Math.log2(pages))),
    Informational: Math.floor(between(0, 1.5)),
    BounceRates: rounded(exit * draw() * 0.6, 4),
    ExitRates: exit,
    PageValues: value,
    SpecialDay: 0,
    Month: oneOf(MONTHS),
    VisitorType: draw() < returning ? 'Returning_Visitor' : 'New_Visitor',
    Weekend: draw() < 0.25,
  };
}

const looking = () => session([1, 60], 0, [0.01, 0.16], 0.85);
const buying = () => session([12, 200], spread(4, 90), [0.002, 0.03], 0.65);
const sessions = (make) => Array.from({ length: LOOKS }, make);

const AGENTS = {
  mobile: [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  ],
  desktop: [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0',
  ],
};

// Visits a week and rates of control, social-proof and urgency, by country, way to browse and device.
const devices = (mobile, desktop) => [
  { value: 'mobile', visits: mobile[0], rates: mobile[1] },
  { value: 'desktop', visits: desktop[0], rates: desktop[1] },
];
const country = (value, lookingDevices, buyingDevices) => ({
  value,
  segments: [
    { value: 'looking', segments: lookingDevices },
    { value: 'buying', segments: buyingDevices },
  ],
});

const world = {
  format: 1,
  name: 'shop',
  experiment: 'hero',
  outcome: 'purchase',
  variants: ['control', 'social-proof', 'urgency'],
  start: '2026-01-05',
  levels: ['country', 'browsing', 'device'],
  segments: [
    country('US', devices([24000, [0.018, 0.032, 0.014]], [16000, [0.026, 0.028, 0.02]]), devices([9000, [0.11, 0.12, 0.17]], [9000, [0.14, 0.13, 0.17]])),
    country('GB', devices([9000, [0.02, 0.018, 0.024]], [7000, [0.026, 0.022, 0.026]]), devices([4000, [0.12, 0.1, 0.15]], [4000, [0.13, 0.14, 0.1]])),
    country('DE', devices([12000, [0.022, 0.02, 0.012]], [10000, [0.03, 0.022, 0.016]]), devices([6000, [0.14, 0.11, 0.1]], [7000, [0.12, 0.16, 0.1]])),
    country('BR', devices([14000, [0.012, 0.016, 0.022]], [4000, [0.014, 0.018, 0.022]]), devices([5000, [0.08, 0.12, 0.09]], [3000, [0.09, 0.12, 0.1]])),
    country('IN', devices([11000, [0.01, 0.015, 0.009]], [3000, [0.014, 0.012, 0.013]]), devices([3000, [0.09, 0.07, 0.13]], [2000, [0.1, 0.09, 0.13]])),
  ],
  raw: {
    country: {
      US: [{ country: 'US', language: 'en-US', utc_offset_minutes: -300 }],
      GB: [{ country: 'GB', language: 'en-GB', utc_offset_minutes: 0 }],
      DE: [{ country: 'DE', language: 'de-DE', utc_offset_minutes: 60 }],
      BR: [{ country: 'BR', language: 'pt-BR', utc_offset_minutes: -180 }],
      IN: [{ country: 'IN', language: 'en-IN', utc_offset_minutes: 330 }],
    },
    browsing: { looking: sessions(looking), buying: sessions(buying) },
    device: {
      mobile: AGENTS.mobile.map((user_agent) => ({ user_agent })),
      desktop: AGENTS.desktop.map((user_agent) => ({ user_agent })),
    },
  },
};

stdout.write(`${JSON.stringify(world)}\n`);
