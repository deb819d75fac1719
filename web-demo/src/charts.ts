// SPDX-License-Identifier: MIT
// uPlot in this page's clothes: width by its container, colours by the theme, no legend of its own.
import uPlot from 'uplot';
import { colour, faded, onTheme } from './theme.js';
import { setAttribute, setText } from './dom.js';

export interface ChartOptions {
  readonly at: HTMLElement;
  /** Where the figures under the pointer are written, and otherwise the latest ones. */
  readonly readout: HTMLElement;
  readonly series: readonly uPlot.Series[];
  readonly bands?: readonly uPlot.Band[];
  readonly range: (data: uPlot.AlignedData) => [number, number];
  readonly format: (value: number) => string;
  /** The figures at an index of the data, in words. */
  readonly describe: (index: number) => string;
}

export interface Chart {
  setData(data: uPlot.AlignedData): void;
}

const X_MIN = 500; // visitors that the axis shows at least

const FONT = '11.5px "Inter Variable", system-ui, sans-serif';

function axis(): uPlot.Axis {
  return {
    stroke: () => colour('--muted'),
    font: FONT,
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
}

function options(chart: ChartOptions, describe: (index: number | null) => void): uPlot.Options {
  const { at, series, bands, range, format } = chart;
  return {
    width: Math.max(1, at.clientWidth),
    height: at.clientHeight,
    series: [{}, ...series],
    bands: [...(bands ?? [])],
    scales: {
      x: { time: false, range: (_, __, high) => [0, Math.max(high ?? 0, X_MIN)] },
      y: { range: (u) => range(u.data) },
    },
    axes: [
      { ...axis(), size: 26, label: 'visitors decided', labelSize: 18, labelFont: FONT, labelGap: 0, grid: { show: false }, space: 70, values: (_, ticks) => ticks.map((n) => n.toLocaleString('en')) },
      { ...axis(), size: 46, space: 34, values: (_, ticks) => ticks.map(format) },
    ],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    hooks: { setCursor: [(u) => describe(u.cursor.idx ?? null)] },
    padding: [8, 22, 0, 0],
  };
}

export function makeChart(chart: ChartOptions): Chart {
  const { at, readout } = chart;
  let last = -1;
  const describe = (index: number | null) => setText(readout, last < 0 ? '' : chart.describe(Math.min(index ?? last, last)));
  const plot = new uPlot(options(chart, describe), [[], ...chart.series.map(() => [])], at);
  at.setAttribute('role', 'img');
  new ResizeObserver(() => plot.setSize({ width: Math.max(1, at.clientWidth), height: at.clientHeight })).observe(at);
  onTheme(() => plot.redraw());
  return {
    setData(data) {
      last = data[0]!.length - 1;
      plot.setData(data);
      describe(plot.cursor.idx ?? null);
      setAttribute(at, 'aria-label', last < 0 ? 'nothing to draw yet' : `Chart. Latest: ${chart.describe(last)}`);
    },
  };
}

/** A line of one of the theme's colours. */
export function line(name: string, width: number, dash?: number[]): uPlot.Series {
  return { stroke: () => colour(name), width, points: { show: false }, ...(dash && { dash }) };
}

/** The unseen edge of a band. */
export function edge(): uPlot.Series {
  return { points: { show: false }, width: 0 };
}

/** Fills between two series, upper one first. */
export function band(upper: number, lower: number, name: string): uPlot.Band {
  return { series: [upper, lower], fill: () => faded(name, 0.14) } as uPlot.Band;
}

/** The lowest and highest numbers of columns from an index on; null if there are none. */
export function extent(columns: readonly uPlot.AlignedData[number][], from: number): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const column of columns) {
    for (let i = from; i < column.length; i++) {
      const value = column[i];
      if (value === null || value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : null;
}
