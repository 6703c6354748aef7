/** Metrics in batches that MLflow takes at once, none of which ends within an event. */
import type { TrackedMetric, TrackedPoint } from '../tracked-run.js';

/** MLflow takes 1000 metrics, 100 parameters and 100 tags, 1000 in all, in one `log-batch`; a tag for the cursor goes with each. */
export const MOST_METRICS = 900;
export const MOST_TAGS = 100;
export const MOST_PARAMS = 100;

export interface MetricBatch {
  readonly metrics: readonly TrackedMetric[];
  /** Sequence of the last event that is wholly in this batch or one before. */
  readonly until: number;
}

/** @param until of the points and of the events without any */
export const batchesOf = (points: readonly TrackedPoint[], until: number): readonly MetricBatch[] => {
  const batches: MetricBatch[] = [];
  let metrics: TrackedMetric[] = [];
  let last = 0;
  for (const point of points) {
    if (metrics.length + point.metrics.length > MOST_METRICS) {
      batches.push({ metrics, until: last });
      metrics = [];
    }
    metrics.push(...point.metrics);
    last = point.sequence;
  }
  return [...batches, { metrics, until }];
};

export const inPieces = <T>(all: readonly T[], most: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_none, piece) => all.slice(piece * most, (piece + 1) * most));
