/** The least-emissions contiguous window of a run that is not interrupted. */
import { piecesOf, type IntensitySeries, type Piece } from '../grid/reading.js';
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import { interval, iso, later, lengthMs, type Instant, type Interval } from '../units/time.js';

export interface WindowRequest {
  /** Not before. */
  readonly release: Instant;
  /** Done by. */
  readonly deadline: Instant;
  /** Milliseconds of the series' time, above 0. */
  readonly durationMs: number;
}

export interface Window {
  readonly interval: Interval;
  /** Time-weighted mean of the series over the window. */
  readonly meanIntensity: CarbonIntensity;
}

/**
 * Two windows count as equal when their means differ by less than this share of the lesser. Running sums of at most a few
 * thousand terms carry a relative error below 1e-11 in doubles, and intensities are published to at most six significant
 * digits, so that what differs by less than 1e-9 differs by rounding only and must not delay a run.
 */
const EQUAL_WITHIN = 1e-9;

/** Integrals from the release to any instant: of the known intensity, and of the unknown time. */
const integralsOf = (pieces: readonly Piece[]) => {
  const known = [0];
  const unknown = [0];
  pieces.forEach(({ interval: span, reading }, index) => {
    known.push(known[index]! + (reading === undefined ? 0 : reading.intensity * lengthMs(span)));
    unknown.push(unknown[index]! + (reading === undefined ? lengthMs(span) : 0));
  });
  const pieceAt = (at: Instant): number => {
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pieces[middle]!.interval.end >= at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (at: Instant): { readonly known: number; readonly unknownMs: number } => {
    const index = pieceAt(at);
    const { interval: span, reading } = pieces[index]!;
    const into = at - span.start;
    return {
      known: known[index]! + (reading === undefined ? 0 : reading.intensity * into),
      unknownMs: unknown[index]! + (reading === undefined ? into : 0),
    };
  };
};

/**
 * Where a best window can lie. As a window of fixed length slides over a piecewise constant series its integral is
 * piecewise linear, so that its least value is reached with the start or the end on a step's boundary, or at either limit;
 * so is the earliest of the least. Ends are kept as given, not recomputed, or rounding would reach into the next step.
 */
const candidates = (pieces: readonly Piece[], { release, deadline, durationMs }: WindowRequest): readonly Interval[] => {
  const starting = pieces.map(({ interval: { start } }) => ({ start, end: later(start, durationMs) }));
  const ending = pieces.map(({ interval: { end } }) => ({ start: later(end, -durationMs), end }));
  return [...starting, ...ending].filter(({ start, end }) => start >= release && end <= deadline).sort((a, b) => a.start - b.start);
};

/**
 * The contiguous window of least emissions at constant power between release and deadline; of equal ones the earliest.
 * Exact for a piecewise constant series of any granularity: a step that is partly inside counts pro rata. A window that
 * touches a gap is not eligible, for a gap is unknown.
 *
 * @returns undefined when no eligible window exists
 * @throws RangeError when the duration is not above 0 or the deadline lies before the release
 */
export const bestWindow = (series: IntensitySeries, request: WindowRequest): Window | undefined => {
  const { release, deadline, durationMs } = request;
  if (!(durationMs > 0)) throw new RangeError(`a window's duration must be above 0 ms, got ${durationMs}`);
  if (deadline < release) throw new RangeError(`the deadline ${iso(deadline)} must not lie before the release ${iso(release)}`);
  if (deadline - release < durationMs) return undefined;
  const pieces = piecesOf(series, interval(release, deadline));
  const integral = integralsOf(pieces);
  const eligible = candidates(pieces, request).flatMap((span) => {
    const from = integral(span.start);
    const to = integral(span.end);
    return to.unknownMs > from.unknownMs ? [] : [{ interval: span, mean: (to.known - from.known) / lengthMs(span) }];
  });
  const least = eligible.reduce((lowest, { mean }) => Math.min(lowest, mean), Number.POSITIVE_INFINITY);
  const chosen = eligible.find(({ mean }) => mean <= least + EQUAL_WITHIN * Math.abs(least));
  return chosen && { interval: chosen.interval, meanIntensity: carbonIntensity(chosen.mean) };
};
