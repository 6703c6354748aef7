/** Training speed along a run's log, with the energy it took and the grid it was drawn from. */
import type { LedgerEntry } from './ledger-entry.js';
import { weightedMean } from '../grid/weighted-mean.js';
import { joules, type CarbonIntensity, type Joules } from '../units/quantities.js';
import { type Instant, type Interval } from '../units/time.js';

/** A progress fact of the trainer: what was done since the one before it in its segment. */
export interface ProgressMark {
  /** Real time. */
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly segment: number;
  readonly step: number;
  /** While it trained: evaluations and checkpoints in between are left out. */
  readonly imagesPerSecond: number;
}

export interface SegmentStart {
  readonly segment: number;
  readonly at: Instant;
  readonly gridAt: Instant;
  readonly firstStep: number;
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
  readonly segment: number;
  readonly trainingMs: number;
}

/**
 * @param imagesPerStep mean over an epoch, whose last step may hold fewer
 * @param atMost about so many spans; neighbours within a segment are put together
 */
export const throughputOf = (
  marks: readonly ProgressMark[],
  starts: readonly SegmentStart[],
  ledger: readonly LedgerEntry[],
  imagesPerStep: number,
  atMost: number,
): readonly ThroughputSpan[] => {
  const trained = trainedBetween(marks, starts, imagesPerStep);
  const together = Math.ceil(trained.length / atMost);
  const active = ledger.filter(({ purpose }) => purpose === 'active');
  return starts.flatMap(({ segment }) => {
    const own = trained.filter((each) => each.segment === segment);
    return chunked(own, together).map((chunk) => spanOf(chunk, active));
  });
};

const trainedBetween = (marks: readonly ProgressMark[], starts: readonly SegmentStart[], imagesPerStep: number): readonly Trained[] =>
  starts.flatMap(({ segment, at, gridAt, firstStep }) => {
    let before = { at, gridAt, step: firstStep };
    return marks
      .filter((mark) => mark.segment === segment && mark.imagesPerSecond > 0)
      .map((mark) => {
        const images = (mark.step - before.step) * imagesPerStep;
        const real = { start: before.at, end: mark.at };
        const grid = { start: before.gridAt, end: mark.gridAt };
        before = mark;
        return { segment, real, grid, images, trainingMs: (1000 * images) / mark.imagesPerSecond };
      });
  });

const chunked = <T>(items: readonly T[], length: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_none, index) => items.slice(index * length, (index + 1) * length));

const spanOf = (chunk: readonly Trained[], active: readonly LedgerEntry[]): ThroughputSpan => {
  const [first, last] = [chunk[0]!, chunk.at(-1)!];
  const real = { start: first.real.start, end: last.real.end };
  const images = chunk.reduce((sum, each) => sum + each.images, 0);
  const parts = active
    .filter((entry) => entry.real.start < real.end && entry.real.end > real.start)
    .map((entry) => ({ intensity: entry.reading?.intensity, weight: entry.energy * shareWithin(entry.real, real) }));
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
