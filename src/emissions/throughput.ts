/** Training speed along a run's log, with the energy it took and the grid it was drawn from. */
import type { LedgerEntry } from './ledger-entry.js';
import { weightedMean } from '../grid/weighted-mean.js';
import { joules, type CarbonIntensity, type Joules } from '../units/quantities.js';
import { type Instant, type Interval } from '../units/time.js';

/** What a trainer reported: the steps done, and how fast it trained since it last reported. */
export interface ProgressMark {
  /** Real time. */
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly step: number;
  /** While it trained: evaluations and checkpoints in between are left out. */
  readonly imagesPerSecond: number;
}

/** Where a segment began to train. */
export interface SegmentStart {
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly firstStep: number;
}

/** Energy of a span of real time: a ledger entry, or several summed. */
export interface DrawnEnergy extends Pick<LedgerEntry, 'purpose' | 'real' | 'energy'> {
  /** Weighted by energy; undefined where that of any of it is unknown. */
  readonly intensity: CarbonIntensity | undefined;
}

/** A stretch of training without a pause in it. */
export interface ThroughputSpan {
  readonly real: Interval;
  readonly grid: Interval;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Of the host while training and evaluating; undefined where nothing was metered. */
  readonly energy: Joules | undefined;
  /** Weighted by energy; undefined where a part of it is unknown. */
  readonly intensity: CarbonIntensity | undefined;
}

interface Trained extends Omit<ThroughputSpan, 'energy' | 'intensity' | 'imagesPerSecond'> {
  readonly trainingMs: number;
}

/**
 * Marks and segments in time order.
 * @param imagesPerStep mean over an epoch, whose last step may hold fewer
 * @param atMost about so many spans; neighbours within a segment are put together
 */
export const throughputOf = (
  marks: readonly ProgressMark[],
  starts: readonly SegmentStart[],
  ledger: readonly DrawnEnergy[],
  imagesPerStep: number,
  atMost: number,
): readonly ThroughputSpan[] => {
  const together = Math.max(1, Math.ceil(marks.length / atMost));
  const active = ledger.filter(({ purpose }) => purpose === 'active');
  return starts.flatMap((start, index) => {
    const next = starts[index + 1]?.at;
    const own = marks.filter(({ at }) => at >= start.at && (next === undefined || at < next));
    return chunked(trainedBetween(start, own, imagesPerStep), together).map((chunk) => spanOf(chunk, active));
  });
};

const trainedBetween = ({ at, gridAt, firstStep }: SegmentStart, marks: readonly ProgressMark[], imagesPerStep: number) => {
  let before = { at, gridAt, step: firstStep };
  return marks.flatMap((mark): readonly Trained[] => {
    const images = (mark.step - before.step) * imagesPerStep;
    if (images <= 0 || mark.imagesPerSecond <= 0) return [];
    const real = { start: before.at, end: mark.at };
    const grid = { start: before.gridAt, end: mark.gridAt };
    before = mark;
    return [{ real, grid, images, trainingMs: (1000 * images) / mark.imagesPerSecond }];
  });
};

const chunked = <T>(items: readonly T[], length: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_none, index) => items.slice(index * length, (index + 1) * length));

const spanOf = (chunk: readonly Trained[], active: readonly DrawnEnergy[]): ThroughputSpan => {
  const [first, last] = [chunk[0]!, chunk.at(-1)!];
  const real = { start: first.real.start, end: last.real.end };
  const images = chunk.reduce((sum, each) => sum + each.images, 0);
  const parts = active
    .filter((entry) => entry.real.start < real.end && entry.real.end > real.start)
    .map((entry) => ({ intensity: entry.intensity, weight: entry.energy * shareWithin(entry.real, real) }));
  const mean = weightedMean(parts);
  const energy = parts.reduce((sum, { weight }) => sum + weight, 0);
  return {
    real,
    grid: { start: first.grid.start, end: last.grid.end },
    images,
    imagesPerSecond: images / (chunk.reduce((sum, { trainingMs }) => sum + trainingMs, 0) / 1000),
    energy: energy > 0 ? joules(energy / 1e6) : undefined,
    intensity: mean.coverage === 1 ? mean.intensity : undefined,
  };
};

const shareWithin = (entry: Interval, span: Interval): number => {
  const overlap = Math.min(entry.end, span.end) - Math.max(entry.start, span.start);
  return entry.end > entry.start ? overlap / (entry.end - entry.start) : 0;
};
