/** The cleanest times for work that may be interrupted at no cost: the cheapest steps until the work is done. */
import { HOUR_MS, type Interval } from '../units/time.js';
import { reached, stepAt, type IntensitySteps } from './intensity-steps.js';

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
  return open.ms < workMs || open.count === 0 ? undefined : taken(steps, span, first, past, dearest(open, workMs));
};

/** Scratch of the selection, so that a plan allocates nothing but its answer. */
let scratchValues = new Float64Array(512);
let scratchLengths = new Float64Array(512);
const BUCKETS = 256;
const bucketMs = new Float64Array(BUCKETS);
/** Fewer steps than this are sorted. */
const FEW = 16;

const reserve = (count: number): void => {
  if (count <= scratchValues.length) return;
  scratchValues = new Float64Array(2 * count);
  scratchLengths = new Float64Array(2 * count);
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
  const [toValues, toLengths] = [scratchValues, scratchLengths];
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

interface Threshold {
  /** The value of the dearest step taken. */
  readonly value: number;
  /** What is to be taken of the steps of that value. */
  readonly ms: number;
}

/** The value at which the cheapest gathered steps add up to `workMs`: bucket by bucket without a comparison of two steps. */
const dearest = (open: Gathered, workMs: number): Threshold => {
  const [values, lengths] = [scratchValues, scratchLengths];
  let { count, least, most } = open;
  let needed = workMs;
  while (count > FEW && most > least) {
    const perBucket = (BUCKETS - 1) / (most - least);
    bucketMs.fill(0);
    for (let index = 0; index < count; index += 1) bucketMs[((values[index]! - least) * perBucket) | 0]! += lengths[index]!;
    let bucket = 0;
    while (bucket < BUCKETS - 1 && bucketMs[bucket]! < needed) needed -= bucketMs[bucket++]!;
    const from = least;
    const before = count;
    count = 0;
    least = Number.POSITIVE_INFINITY;
    most = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < before; index += 1) {
      const value = values[index]!;
      if ((((value - from) * perBucket) | 0) !== bucket) continue;
      values[count] = value;
      lengths[count] = lengths[index]!;
      count += 1;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return most > least ? dearestOfFew(count, needed) : { value: least, ms: needed };
};

const dearestOfFew = (count: number, workMs: number): Threshold => {
  for (let index = 1; index < count; index += 1) {
    const value = scratchValues[index]!;
    const length = scratchLengths[index]!;
    let at = index - 1;
    for (; at >= 0 && scratchValues[at]! > value; at -= 1) {
      scratchValues[at + 1] = scratchValues[at]!;
      scratchLengths[at + 1] = scratchLengths[at]!;
    }
    scratchValues[at + 1] = value;
    scratchLengths[at + 1] = length;
  }
  let needed = workMs;
  for (let index = 0; ;) {
    const value = scratchValues[index]!;
    let ms = 0;
    for (; index < count && scratchValues[index] === value; index += 1) ms += scratchLengths[index]!;
    if (needed <= ms || index === count) return { value, ms: needed };
    needed -= ms;
  }
};

/** Every step below the threshold, and of those at it the earliest. */
const taken = ({ edges, values }: IntensitySteps, span: Interval, first: number, past: number, threshold: Threshold): Slots => {
  const bounds: number[] = [];
  let end = Number.NaN;
  let sum = 0;
  let left = threshold.ms;
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
