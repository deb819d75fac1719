// SPDX-License-Identifier: MIT
// Points on a canvas. Groups differ by colour and, past six of them, by shape too.
import type { Projection } from './embedding.js';
import { variantColour } from './dom.js';
import { colour, onTheme } from './theme.js';

const COLOURS = 6;
const SIZE = 3.6; // px
const MARGIN = 16;
const REACH = 24; // px from the pointer

export interface Marks {
  readonly group: readonly number[]; // by point
  readonly selected: number;
  readonly near: readonly number[];
}

function trace(at: CanvasRenderingContext2D, shape: number, x: number, y: number, size: number): void {
  at.beginPath();
  if (shape === 0) at.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape === 1) at.rect(x - size, y - size, 2 * size, 2 * size);
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
  #marks: Marks = { group: [], selected: 0, near: [] };
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
    this.#places.forEach((place, i) => {
      const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
      if (distance < best) [best, found] = [distance, i];
    });
    return found;
  }

  #draw(): void {
    const at = this.canvas.getContext('2d');
    if (!at) return;
    const { group, selected, near } = this.#marks;
    at.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    at.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    at.globalAlpha = 0.72;
    this.#places.forEach(({ x, y }, i) => {
      at.fillStyle = colour(variantColour((group[i] ?? 0) % COLOURS));
      trace(at, Math.floor((group[i] ?? 0) / COLOURS), x, y, SIZE);
      at.fill();
    });
    at.globalAlpha = 1;
    at.strokeStyle = colour('--ink');
    for (const i of near) this.#ring(at, i, SIZE + 3, 1.25);
    this.#ring(at, selected, SIZE + 5, 2.5);
  }

  #ring(at: CanvasRenderingContext2D, point: number, size: number, width: number): void {
    const place = this.#places[point];
    if (!place) return;
    at.lineWidth = width;
    trace(at, 0, place.x, place.y, size);
    at.stroke();
  }
}
