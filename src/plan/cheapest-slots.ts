/** The cleanest times for work that may be interrupted at no cost: the cheapest steps until the work is done. */
import { HOUR_MS, type Interval } from '../units/time.js';
import { LEVELS, reached, stepAt, type IntensitySteps } from './intensity-steps.js';
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
  if (span === undefined || !(workMs > 0)) return undefined;
  const { edges, values } = steps;
  const past = span.end >= edges[values.length]! ? values.length : stepAt(steps, span.end - ROUNDING_MS) + 1;
  const cut = { first: stepAt(steps, span.start), past, start: span.start, end: span.end };
  const { level, leftMs } = levelReached(steps, cut, workMs);
  return level === LEVELS ? undefined : taken(steps, cut, level, thresholdAt(steps, cut, level, leftMs));
};

/** Times that differ by less differ by rounding. */
const ROUNDING_MS = 1e-3;

/** The steps of a room; the first and the last one are cut to it. */
interface Cut {
  readonly first: number;
  readonly past: number;
  readonly start: number;
  readonly end: number;
}

/** Scratch, kept between plans so that a plan allocates nothing but its answer. */
const levelMs = new Float64Array(LEVELS + 1);
let items: Items = { values: new Float64Array(512), lengths: new Float64Array(512) };

/** The level at which the steps from the cheapest up add up to the work, LEVELS when all of them do not; and what is left for it. */
const levelReached = (
  { edges, levels }: IntensitySteps,
  { first, past, start, end }: Cut,
  workMs: number,
): { level: number; leftMs: number } => {
  levelMs.fill(0);
  for (let index = first; index < past; index += 1) levelMs[levels[index]!]! += edges[index + 1]! - edges[index]!;
  levelMs[levels[first]!]! -= start - edges[first]!;
  levelMs[levels[past - 1]!]! -= edges[past]! - end;
  let level = 0;
  let leftMs = workMs;
  while (level < LEVELS && levelMs[level]! < leftMs - ROUNDING_MS) leftMs -= levelMs[level++]!;
  return { level, leftMs };
};

/** What is taken of the steps of one level. */
const thresholdAt = ({ edges, levels, values }: IntensitySteps, { first, past, start, end }: Cut, level: number, ms: number): Threshold => {
  if (past - first > items.values.length) items = { values: new Float64Array(2 * past), lengths: new Float64Array(2 * past) };
  let count = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = first; index < past; index += 1) {
    if (levels[index] !== level) continue;
    const value = values[index]!;
    items.values[count] = value;
    items.lengths[count] = Math.min(end, edges[index + 1]!) - Math.max(start, edges[index]!);
    count += 1;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return thresholdOf(items, count, least, most, ms);
};

/** Every step below the threshold, and of those at it the earliest. */
const taken = ({ edges, levels, values }: IntensitySteps, { first, past, start, end }: Cut, level: number, threshold: Threshold): Slots => {
  const bounds: number[] = [];
  let until = Number.NaN;
  let sum = 0;
  let leftMs = threshold.length;
  for (let index = first; index < past; index += 1) {
    if (levels[index]! > level) continue;
    const value = values[index]!;
    if (value > threshold.value) continue;
    const from = Math.max(start, edges[index]!);
    let to = Math.min(end, edges[index + 1]!);
    if (value === threshold.value) {
      if (leftMs <= 0) continue;
      to = Math.min(to, from + leftMs);
      leftMs -= to - from;
    }
    sum += value * (to - from);
    if (from !== until) {
      if (until === until) bounds.push(until);
      bounds.push(from);
    }
    until = to;
  }
  bounds.push(until);
  return { bounds, intensityHours: sum / HOUR_MS };
};
