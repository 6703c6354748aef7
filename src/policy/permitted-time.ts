/** When the rules let a run train in a zone, as far as a forecast tells. */
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import { instant, type Instant, type Interval } from '../units/time.js';
import { isOf, type Rule } from './policy.js';
import { quietSpans } from './quiet-hours.js';
import { violationsIn, type Site } from './violations.js';

export interface ForbiddenTime {
  readonly interval: Interval;
  /** Every rule that forbids it. */
  readonly rules: readonly Rule[];
}

export interface PermittedTime {
  /** In order, apart from each other. */
  readonly permitted: readonly Interval[];
  readonly forbidden: readonly ForbiddenTime[];
}

/**
 * Cuts a span of time into what is permitted and what is not, exactly: at the steps of the series and at the ends of quiet
 * hours. Where the series has a gap, a ceiling forbids.
 */
export const permittedTime = (rules: readonly Rule[], site: Site, series: IntensitySeries, span: Interval): PermittedTime => {
  const quiet = rules
    .filter(isOf('quiet-hours'))
    .flatMap((rule) => quietSpans(rule.hours, site.timeZone, span).map((interval) => ({ rule, interval })));
  const others = rules.filter((rule) => rule.kind !== 'quiet-hours');
  const cuts = [...new Set(quiet.flatMap(({ interval }) => [interval.start, interval.end]))].sort((a, b) => a - b);
  const permitted: Interval[] = [];
  const forbidden: ForbiddenTime[] = [];
  for (const { interval, reading } of piecesOf(series, span)) {
    const broken = violationsIn(others, { ...site, at: interval.start, reading, ahead: true });
    for (const part of cutAt(interval, cuts)) {
      const silent = quiet.filter((each) => each.interval.start <= part.start && part.end <= each.interval.end).map(({ rule }) => rule);
      const against = [...broken, ...silent];
      if (against.length === 0) extend(permitted, part);
      else forbidden.push({ interval: part, rules: against });
    }
  }
  return { permitted, forbidden };
};

/** Every rule that forbids some of the time, once. */
export const rulesBehind = (forbidden: readonly ForbiddenTime[]): readonly Rule[] => [...new Set(forbidden.flatMap(({ rules }) => rules))];

const cutAt = ({ start, end }: Interval, cuts: readonly Instant[]): readonly Interval[] => {
  const edges = [start, ...cuts.filter((cut) => cut > start && cut < end), end];
  return edges.slice(1).map((edge, index) => ({ start: edges[index]!, end: edge }));
};

/** Appends an interval, joined to the last one where they touch. */
const extend = (intervals: Interval[], next: Interval): void => {
  const last = intervals.at(-1);
  if (last?.end === next.start) intervals[intervals.length - 1] = { start: last.start, end: instant(next.end) };
  else intervals.push(next);
};
