/** The cleanest times for work that may be interrupted at no cost: the cheapest steps until the work is done. */
import { HOUR_MS, type Interval } from '../units/time.js';
import { reached, stepAt, type IntensitySteps } from './intensity-steps.js';
import { thresholdOf, type Items, type Threshold } from './threshold.js';

export interface Slots {
  /** Start and end of each piece in turn, epoch ms, in time order, apart from each other: plain doubles, since a plan may have many. */
  readonly bounds: readonly number[];
  /** Integral of the intensity over them, in gCO2eq/kWh × h. */
  readonly intensityHours: number;
}

/**
 * The least integral of exactly `workMs` within `room`: whole steps from the cheapest up, the last one in part, from its
 * start. Of equal steps the earliest. Undefined when the known steps of the room are shorter than the work.
 */
export const cheapestSlots = (steps: IntensitySteps, room: Interval, workMs: number): Slots | undefined => {
  const span = reached(steps, room);
  if (span === undefined) return undefined;
  const first = stepAt(steps, span.start);
  const past = span.end >= steps.edges[steps.values.length]! ? steps.values.length : stepAt(steps, span.end - 1) + 1;
  reserve(past - first);
  const open = gather(steps, span, first, past);
  if (open.ms < workMs || open.count === 0) return undefined;
  return taken(steps, span, first, past, thresholdOf(scratch, open.count, open.least, open.most, workMs));
};

/** Kept between plans, so that a plan allocates nothing but its answer. */
let scratch: Items = { values: new Float64Array(512), lengths: new Float64Array(512) };

const reserve = (count: number): void => {
  if (count > scratch.values.length) scratch = { values: new Float64Array(2 * count), lengths: new Float64Array(2 * count) };
};

/** Steps laid out in the scratch. */
interface Gathered {
  readonly count: number;
  readonly ms: number;
  readonly least: number;
  readonly most: number;
}

/** The known steps of a span, its first and last cut to it. */
const gather = ({ edges, values }: IntensitySteps, span: Interval, first: number, past: number): Gathered => {
  const { values: toValues, lengths: toLengths } = scratch;
  const { start, end } = span;
  let count = 0;
  let ms = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = first; index < past; index += 1) {
    const value = values[index]!;
    if (value !== value) continue; // NaN
    const lengthMs = Math.min(edges[index + 1]!, end) - Math.max(edges[index]!, start);
    toValues[count] = value;
    toLengths[count] = lengthMs;
    count += 1;
    ms += lengthMs;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { count, ms, least, most };
};

/** Every step below the threshold, and of those at it the earliest. */
const taken = ({ edges, values }: IntensitySteps, span: Interval, first: number, past: number, threshold: Threshold): Slots => {
  const bounds: number[] = [];
  let end = Number.NaN;
  let sum = 0;
  let left = threshold.length;
  for (let index = first; index < past; index += 1) {
    const value = values[index]!;
    if (!(value <= threshold.value)) continue;
    const from = Math.max(edges[index]!, span.start);
    let to = Math.min(edges[index + 1]!, span.end);
    if (value === threshold.value) {
      if (left <= 0) continue;
      to = Math.min(to, from + left);
      left -= to - from;
    }
    sum += value * (to - from);
    if (from !== end) {
      if (end === end) bounds.push(end);
      bounds.push(from);
    }
    end = to;
  }
  bounds.push(end);
  return { bounds, intensityHours: sum / HOUR_MS };
};
