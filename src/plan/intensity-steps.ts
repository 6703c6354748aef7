/** A piecewise constant intensity laid out for planning: typed arrays, integrals by prefix sums, gaps marked. */
import type { IntensitySeries } from '../grid/reading.js';
import { HOUR_MS, instant, type Instant, type Interval } from '../units/time.js';

/** Step i is [edges[i], edges[i + 1]). Steps may differ in length; outside the first and last edge nothing is known. */
export interface IntensitySteps {
  /** Epoch ms, rising; one more than there are values. */
  readonly edges: Float64Array;
  /** gCO2eq/kWh; NaN where it is unknown, or where nothing may run. Neither is planned in. */
  readonly values: Float64Array;
  /** Integral from the first edge to each edge, gCO2eq/kWh × h; closed steps count nothing. */
  readonly area: Float64Array;
  /** Milliseconds of NaN before each edge. */
  readonly closedMs: Float64Array;
  /** Length of every step; 0 where they differ. */
  readonly stepMs: number;
  /** Which of LEVELS equal parts of their range each value lies in, from the lowest, 0; LEVELS where it is NaN. */
  readonly levels: Uint8Array;
}

export const LEVELS = 255;

/** @param edges epoch ms, rising, one more than values */
const stepsBetween = (edges: Float64Array, values: Float64Array): IntensitySteps => {
  const area = new Float64Array(edges.length);
  const closedMs = new Float64Array(edges.length);
  let stepMs = edges[1]! - edges[0]!;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    const lengthMs = edges[index + 1]! - edges[index]!;
    const known = value === value; // Not NaN; Number.isNaN is slower here, and every replayed hour passes through.
    area[index + 1] = area[index]! + (known ? (value * lengthMs) / HOUR_MS : 0);
    closedMs[index + 1] = closedMs[index]! + (known ? 0 : lengthMs);
    if (lengthMs !== stepMs) stepMs = 0;
  }
  return { edges, values, area, closedMs, stepMs: stepMs > 0 ? stepMs : 0, levels: levelsOf(values) };
};

const levelsOf = (values: Float64Array): Uint8Array => {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const perLevel = Math.min((LEVELS - 1) / (most - least), Number.MAX_VALUE);
  const levels = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    levels[index] = value === value ? (value - least) * perLevel : LEVELS;
  }
  return levels;
};

/** Steps of one length. */
export const equalSteps = (start: Instant, stepMs: number, values: Float64Array): IntensitySteps => {
  const edges = new Float64Array(values.length + 1);
  for (let index = 0; index < edges.length; index += 1) edges[index] = start + index * stepMs;
  return stepsBetween(edges, values);
};

/** The readings of a series; what no reading covers becomes steps of NaN, as long as the first reading where that fits. */
export const stepsOf = ({ readings }: IntensitySeries): IntensitySteps => {
  const [first] = readings;
  const edges: number[] = [first?.interval.start ?? 0];
  const values: number[] = [];
  const usualMs = first === undefined ? 0 : first.interval.end - first.interval.start;
  for (const { interval, intensity } of readings) {
    const gapMs = interval.start - edges.at(-1)!;
    for (let gap = gapMs % usualMs === 0 ? gapMs / usualMs : 1; gapMs > 0 && gap > 0; gap -= 1) {
      values.push(Number.NaN);
      edges.push(gap === 1 ? interval.start : edges.at(-1)! + usualMs);
    }
    values.push(intensity);
    edges.push(interval.end);
  }
  return stepsBetween(Float64Array.from(edges), Float64Array.from(values));
};

/** May something run in a step, at the intensity expected of it? */
export type Permission = (start: Instant, end: Instant, intensity: number) => boolean;

/** The same steps, closed where nothing may run. */
export const permittedSteps = ({ edges, values }: IntensitySteps, permits: Permission): IntensitySteps =>
  stepsBetween(
    edges,
    values.map((value, index) => (permits(instant(edges[index]!), instant(edges[index + 1]!), value) ? value : Number.NaN)),
  );

/** The same steps, closed outside the given intervals (in time order, apart from each other) and cut at their ends. */
export const stepsWithin = (steps: IntensitySteps, permitted: readonly Interval[]): IntensitySteps => {
  const edges: number[] = [];
  const values: number[] = [];
  let next = 0;
  steps.values.forEach((value, index) => {
    const end = steps.edges[index + 1]!;
    for (let from = steps.edges[index]!; from < end;) {
      while (next < permitted.length && permitted[next]!.end <= from) next += 1;
      const open = permitted[next];
      const inside = open !== undefined && open.start <= from;
      const to = Math.min(end, open === undefined ? end : inside ? open.end : open.start);
      edges.push(from);
      values.push(inside ? value : Number.NaN);
      from = to;
    }
  });
  edges.push(steps.edges[steps.edges.length - 1]!);
  return stepsBetween(Float64Array.from(edges), Float64Array.from(values));
};

/** The part of a span the steps reach over, gaps included; undefined when it is empty. */
export const reached = ({ edges }: IntensitySteps, span: Interval): Interval | undefined => {
  const start = Math.max(span.start, edges[0]!);
  const end = Math.min(span.end, edges[edges.length - 1]!);
  return start < end ? { start: instant(start), end: instant(end) } : undefined;
};

/** Index of the step an instant lies in; the last one for the last edge. The instant lies between the first and last edge. */
export const stepAt = ({ edges }: IntensitySteps, at: number): number => {
  const last = edges.length - 2;
  const guess = Math.min(last, Math.floor(((at - edges[0]!) / (edges[last + 1]! - edges[0]!)) * (last + 1))); // Right where steps are equal.
  if (edges[guess]! <= at && at < edges[guess + 1]!) return guess;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (edges[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The intensity in force at an instant; NaN where none is known. */
export const intensityAt = (steps: IntensitySteps, at: number): number =>
  at >= steps.edges[0]! && at < steps.edges[steps.edges.length - 1]! ? steps.values[stepAt(steps, at)]! : Number.NaN;

/** The integral over a span, in gCO2eq/kWh × h; undefined where a part of it is unknown. */
export const intensityHours = (steps: IntensitySteps, { start, end }: Interval): number | undefined => {
  const { edges } = steps;
  if (start < edges[0]! || end > edges[edges.length - 1]!) return undefined;
  const from = new StepCursor(steps, start);
  const to = new StepCursor(steps, end);
  return to.closedMs > from.closedMs ? undefined : to.area - from.area;
};

/** The first part of a span that is not known; undefined when all of it is. */
export const gapIn = (steps: IntensitySteps, span: Interval): Interval | undefined => {
  const { edges, values } = steps;
  const [first, last] = [edges[0]!, edges[edges.length - 1]!];
  if (span.start < first) return { start: span.start, end: instant(Math.min(first, span.end)) };
  for (let index = stepAt(steps, Math.min(span.start, last)); index < values.length && edges[index]! < span.end; index += 1)
    if (Number.isNaN(values[index]!) && edges[index + 1]! > span.start)
      return { start: instant(Math.max(edges[index]!, span.start)), end: instant(Math.min(edges[index + 1]!, span.end)) };
  return span.end > last ? { start: instant(Math.max(last, span.start)), end: span.end } : undefined;
};

/** The earliest span of a length, from an instant on, of which all is known. */
export const earliestOpen = (steps: IntensitySteps, from: Instant, lengthMs: number): Interval | undefined => {
  const open = openStretches(steps, from).find(({ start, end }) => end - start >= lengthMs);
  return open && { start: open.start, end: instant(open.start + lengthMs) };
};

/** The longest part of a span of which all is known, in ms. */
export const longestOpenMs = (steps: IntensitySteps, span: Interval): number =>
  openStretches(steps, span.start).reduce((most, { start, end }) => Math.max(most, Math.min(end, span.end) - start), 0);

const openStretches = ({ edges, values }: IntensitySteps, from: Instant): readonly Interval[] => {
  const stretches: Interval[] = [];
  values.forEach((value, index) => {
    const [start, end] = [Math.max(edges[index]!, from), edges[index + 1]!];
    if (Number.isNaN(value) || start >= end) return;
    const last = stretches.at(-1);
    if (last?.end === start) stretches[stretches.length - 1] = { start: last.start, end: instant(end) };
    else stretches.push({ start: instant(start), end: instant(end) });
  });
  return stretches;
};

/** A place in steps that only moves forward. */
export class StepCursor {
  private index: number;
  /** Integral from the first edge to here. */
  area = 0;
  /** Milliseconds of NaN before here. */
  closedMs = 0;
  /** Milliseconds to the next edge; 0 at the last. */
  toEdgeMs = 0;

  /** @param at between the first and the last edge */
  constructor(
    private readonly steps: IntensitySteps,
    at: number,
  ) {
    this.index = stepAt(steps, at);
    this.advanceTo(at);
  }

  /** The value of the step that begins or goes on here. */
  get value(): number {
    return this.steps.values[this.index]!;
  }

  advanceTo(at: number): void {
    const { edges, values, area, closedMs } = this.steps;
    let index = this.index;
    while (index < edges.length - 2 && edges[index + 1]! <= at) index += 1;
    this.index = index;
    const value = values[index]!;
    const known = value === value;
    const sinceMs = at - edges[index]!;
    this.area = area[index]! + (known ? (value * sinceMs) / HOUR_MS : 0);
    this.closedMs = closedMs[index]! + (known ? 0 : sinceMs);
    this.toEdgeMs = edges[index + 1]! - at;
  }
}
