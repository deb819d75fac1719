// SPDX-License-Identifier: MIT
// Points on a canvas. Groups differ by colour and, past six of them, by shape too.
import type { Projection } from './embedding.js';
import { variantColour } from './dom.js';
import { colour, onTheme } from './theme.js';

const COLOURS = 6;
const SHAPES = ['circle', 'square', 'triangle'] as const;
const SIZE = 3.6; // px
const MARGIN = 16;
const REACH = 24; // px from the pointer

export interface Marks {
  readonly places: readonly number[]; // of the points that are shown, in the projection
  readonly group: readonly number[]; // by point
  readonly selected: number;
  readonly near: readonly number[];
}

type Shape = (typeof SHAPES)[number];

/** The shape of a group's mark; its colour is that of a variant of the same number. */
export const shapeOf = (group: number): Shape => SHAPES[Math.floor(group / COLOURS) % SHAPES.length]!;

function trace(at: CanvasRenderingContext2D, shape: Shape, x: number, y: number, size: number): void {
  at.beginPath();
  if (shape === 'circle') at.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape === 'square') at.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    at.moveTo(x, y - 1.3 * size);
    at.lineTo(x + 1.3 * size, y + size);
    at.lineTo(x - 1.3 * size, y + size);
    at.closePath();
  }
}

function scale(values: Float64Array, low: number, high: number): (value: number) => number {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return (value) => low + ((value - min) / (max - min || 1)) * (high - low);
}

export class Scatter {
  #marks: Marks = { places: [], group: [], selected: 0, near: [] };
  #places: { x: number; y: number }[] = [];

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly points: Projection,
    choose: (point: number) => void,
  ) {
    new ResizeObserver(() => this.#resize()).observe(canvas);
    onTheme(() => this.#draw());
    const pick = ({ offsetX, offsetY }: MouseEvent) => {
      const point = this.#at(offsetX, offsetY);
      if (point >= 0 && point !== this.#marks.selected) choose(point);
    };
    canvas.addEventListener('pointermove', pick);
    canvas.addEventListener('click', pick);
  }

  mark(marks: Marks): void {
    this.#marks = marks;
    this.#draw();
  }

  #resize(): void {
    const { canvas, points } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const [x, y] = [scale(points.x, MARGIN, width - MARGIN), scale(points.y, height - MARGIN, MARGIN)];
    this.#places = Array.from(points.x, (value, i) => ({ x: x(value), y: y(points.y[i]!) }));
    this.#draw();
  }

  #at(x: number, y: number): number {
    let [best, found] = [REACH * REACH, -1];
    this.#marks.places.forEach((at, i) => {
      const place = this.#places[at]!;
      const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
      if (distance < best) [best, found] = [distance, i];
    });
    return found;
  }

  #draw(): void {
    const at = this.canvas.getContext('2d');
    if (!at || !this.#places.length) return; // not laid out yet
    const { places, group, selected, near } = this.#marks;
    at.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    at.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    at.globalAlpha = 0.72;
    places.forEach((place, i) => {
      const { x, y } = this.#places[place]!;
      at.fillStyle = colour(variantColour((group[i] ?? 0) % COLOURS));
      trace(at, shapeOf(group[i] ?? 0), x, y, SIZE);
      at.fill();
    });
    at.globalAlpha = 1;
    at.strokeStyle = colour('--ink');
    for (const i of near) this.#ring(at, i, SIZE + 3, 1.25);
    this.#ring(at, selected, SIZE + 5, 2.5);
  }

  #ring(at: CanvasRenderingContext2D, point: number, size: number, width: number): void {
    const place = this.#places[this.#marks.places[point] ?? -1];
    if (!place) return;
    at.lineWidth = width;
    trace(at, 'circle', place.x, place.y, size);
    at.stroke();
  }
}
