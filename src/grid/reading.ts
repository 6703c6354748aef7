/** One statement about a zone's carbon intensity over a span of time, and how it is known. */
import type { CarbonIntensity } from '../units/quantities.js';
import { intersection, type Instant, type Interval } from '../units/time.js';

/** How a value is known. `recorded`: a measured value of the past, read from a shipped trace. */
export type Provenance = 'measured' | 'estimated' | 'forecast' | 'recorded' | 'synthetic';
export type IntensityKind = 'average' | 'marginal';
export type FactorType = 'lifecycle' | 'direct';

export interface Reading {
  readonly zone: string;
  readonly interval: Interval;
  readonly intensity: CarbonIntensity;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** Name of the source, like `electricity-maps`; after a colon which of its tables or files, like `trace:US-CAL-CISO-2022`. */
  readonly source: string;
  readonly provenance: Provenance;
  /** Grid time at which the source said this. */
  readonly issuedAt: Instant;
  /** Of a forecast, when its maker states them: what 80 and 95 % of outcomes lie within. */
  readonly intervals?: { readonly p80: Range; readonly p95: Range };
}

export interface Range {
  readonly low: CarbonIntensity;
  readonly high: CarbonIntensity;
}

/**
 * Readings of one zone, one kind and one factor type, in time order and without overlap. A span no reading covers is a
 * gap: unknown, not zero.
 */
export interface IntensitySeries {
  readonly zone: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  readonly readings: readonly Reading[];
}

export interface Forecast extends IntensitySeries {
  /** Like `history-ridge`. */
  readonly method: string;
  readonly issuedAt: Instant;
  /** Why it is not the forecast that was asked for; absent when it is. */
  readonly note?: string;
}

/** A piece of an interval with the reading in force, or none where the series has a gap. */
export interface Piece {
  readonly interval: Interval;
  readonly reading: Reading | undefined;
}

/** The reading in force at an instant; undefined in a gap. */
export const readingAt = (series: IntensitySeries, at: Instant): Reading | undefined => {
  const found = series.readings[firstEndingAfter(series, at)];
  return found !== undefined && found.interval.start <= at ? found : undefined;
};

/** The readings that touch an interval. */
export const readingsWithin = (series: IntensitySeries, span: Interval): readonly Reading[] => {
  const from = firstEndingAfter(series, span.start);
  let to = from;
  while (to < series.readings.length && series.readings[to]!.interval.start < span.end) to += 1;
  return series.readings.slice(from, to);
};

/** Cuts an interval at every change of reading; the pieces cover it completely, gaps included. */
export const piecesOf = (series: IntensitySeries, span: Interval): readonly Piece[] => {
  const pieces: Piece[] = [];
  let from = span.start;
  for (const reading of readingsWithin(series, span)) {
    const common = intersection(reading.interval, { start: from, end: span.end });
    if (common === undefined) continue;
    if (common.start > from) pieces.push({ interval: { start: from, end: common.start }, reading: undefined });
    pieces.push({ interval: common, reading });
    from = common.end;
  }
  if (from < span.end) pieces.push({ interval: { start: from, end: span.end }, reading: undefined });
  return pieces;
};

/** Index of the first reading that ends after an instant, by bisection. */
const firstEndingAfter = (series: IntensitySeries, at: Instant): number => {
  let low = 0;
  let high = series.readings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.readings[middle]!.interval.end > at) high = middle;
    else low = middle + 1;
  }
  return low;
};
