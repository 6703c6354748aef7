/** Of all that was ever said about each step, what holds: measured before estimated before forecast, later before earlier. */
import type { Instant, Interval } from '../units/time.js';
import { intersection, DAY_MS } from '../units/time.js';
import type { Provenance, Reading } from './reading.js';

/** A reading with the time it became known here. */
export interface KnownReading extends Reading {
  readonly knownAt: Instant;
}

/** What is made up says nothing of the grid, less than a yearly mean does. */
const RANK: Readonly<Record<Provenance, number>> = { measured: 0, recorded: 0, estimated: 1, forecast: 2, synthetic: 4 };
/** A mean over more than a day says less of an hour than a forecast does. */
const COARSE_RANK = 3;

/**
 * Readings without overlap, in time order, within the span; of several that cover an instant the better known one, of
 * equally known ones that of the source named first in `order`, of one source the one issued last.
 * @param order names of sources, the preferred one first; others come after them. A reading's source is such a name, or one followed by
 * a colon and what in it said so.
 */
export const settledReadings = (versions: readonly KnownReading[], span: Interval, order: readonly string[]): readonly Reading[] => {
  const ranked = versions
    .filter(({ interval }) => intersection(interval, span) !== undefined)
    .map((reading) => ({ reading, rank: rankOf(reading, order) }))
    .sort((a, b) => a.rank - b.rank || b.reading.issuedAt - a.reading.issuedAt || b.reading.knownAt - a.reading.knownAt);
  const starts = ranked.map(({ reading }, place) => ({ at: reading.interval.start, place })).sort((a, b) => a.at - b.at);
  const bounds = [...new Set(ranked.flatMap(({ reading: { interval } }) => [interval.start, interval.end]))].sort((a, b) => a - b);
  const settled: Reading[] = [];
  const active = new Set<number>();
  let next = 0;
  let last: { readonly place: number; readonly end: Instant } | undefined;
  for (let index = 0; index + 1 < bounds.length; index += 1) {
    const [start, end] = [bounds[index]!, bounds[index + 1]!];
    for (; next < starts.length && starts[next]!.at <= start; next += 1) active.add(starts[next]!.place);
    for (const place of active) if (ranked[place]!.reading.interval.end <= start) active.delete(place);
    if (active.size === 0) continue;
    const place = Math.min(...active);
    if (last?.place === place && last.end === start) {
      const before = settled.pop()!;
      settled.push({ ...before, interval: { start: before.interval.start, end } });
    } else settled.push(asReading(ranked[place]!.reading, { start, end }));
    last = { place, end };
  }
  return settled.filter(({ interval }) => intersection(interval, span) !== undefined);
};

const rankOf = ({ provenance, interval, source }: Reading, order: readonly string[]): number => {
  const rank = interval.end - interval.start > DAY_MS ? Math.max(COARSE_RANK, RANK[provenance]) : RANK[provenance];
  const place = order.findIndex((name) => source === name || source.startsWith(`${name}:`));
  return rank * (order.length + 1) + (place < 0 ? order.length : place);
};

const asReading = ({ knownAt: _, ...reading }: KnownReading, interval: Interval): Reading => ({ ...reading, interval });
