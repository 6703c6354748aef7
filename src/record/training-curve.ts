/** A run's training curve, and how it is thinned out for a screen. */
import type { Instant } from '../units/time.js';
import type { RunEvent } from './run-event.js';

export interface TrainingPoint {
  readonly sequence: number;
  /** Optimiser steps done. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly at: Instant;
  readonly gridAt: Instant;
  /** Mean training loss per image. */
  readonly loss: number;
  readonly imagesPerSecond: number;
}

/** Events of a log whose points are thinned out together once the log is longer. */
export const EVENTS_A_PIECE = 512;
/** Points kept of each such piece. */
export const POINTS_A_PIECE = 64;
/** Those of them that are read when few points are wanted of a long log. */
export const COARSE_POINTS_A_PIECE = 16;

export const trainingPoint = ({ sequence, at, gridAt, fact }: RunEvent): readonly TrainingPoint[] => {
  if (fact.kind !== 'progress') return [];
  const { step, epoch, loss, imagesPerSecond } = fact;
  return [{ sequence, step, epoch, at, gridAt, loss, imagesPerSecond }];
};

/** Loss over steps with at most so many points. */
export const thinnedCurve = (points: readonly TrainingPoint[], most: number): readonly TrainingPoint[] =>
  largestTriangles(points, most, ({ step, loss }) => [step, loss]);

/** What is kept of a full piece: first the coarse choice, then the rest of the fine one. */
export const keptPoints = (piece: readonly TrainingPoint[]): readonly TrainingPoint[] => {
  const fine = thinnedCurve(piece, POINTS_A_PIECE);
  const coarse = new Set(thinnedCurve(fine, COARSE_POINTS_A_PIECE));
  return [...coarse, ...fine.filter((point) => !coarse.has(point))];
};

/** Whether the coarse choice of so many pieces is enough to choose `most` points from. */
export const coarseIsEnough = (pieces: number, most: number): boolean => pieces * COARSE_POINTS_A_PIECE >= 2 * most;

/**
 * At most `most` of the points, the first and the last among them, chosen so that a line through them looks like the line
 * through all: of each bucket the point that spans the largest triangle with the one chosen before and the mean of the next
 * bucket. Source: S. Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013, LTTB.
 * @param most at least 3
 */
export const largestTriangles = <Point>(
  points: readonly Point[],
  most: number,
  placeOf: (point: Point) => readonly [x: number, y: number],
): readonly Point[] => {
  if (points.length <= most) return points;
  const places = points.map(placeOf);
  const startOf = (bucket: number): number => 1 + Math.floor((bucket * (points.length - 2)) / (most - 2));
  const chosen = [0];
  for (let bucket = 0; bucket < most - 2; bucket++) {
    const next = bucket === most - 3 ? [places.at(-1)!] : places.slice(startOf(bucket + 1), startOf(bucket + 2));
    const mean = [0, 1].map((axis) => next.reduce((sum, place) => sum + place[axis]!, 0) / next.length) as [number, number];
    chosen.push(largest(places, [startOf(bucket), startOf(bucket + 1)], places[chosen.at(-1)!]!, mean));
  }
  return [...chosen, points.length - 1].map((index) => points[index]!);
};

type Place = readonly [x: number, y: number];

/** The index within [from, to) whose place spans the largest triangle with the two given ones; of equal ones the first. */
const largest = (places: readonly Place[], [from, to]: readonly [number, number], before: Place, after: Place): number => {
  let best = from;
  let bestArea = -1;
  for (let index = from; index < to; index++) {
    const [x, y] = places[index]!;
    const area = Math.abs((before[0] - after[0]) * (y - before[1]) - (before[0] - x) * (after[1] - before[1]));
    if (area > bestArea) [best, bestArea] = [index, area];
  }
  return best;
};
