/** After the fact: which rules were kept, by what was really booked and the readings it was booked on. */
import type { Reading } from '../grid/reading.js';
import { instant, type Instant, type Interval } from '../units/time.js';
import type { Rule } from './policy.js';
import { quietSpans } from './quiet-hours.js';
import { violationsIn } from './violations.js';

/** Energy of one span in one zone, with the reading in force; a ledger's entry is one. */
export interface BookedSpan {
  readonly grid: Interval;
  readonly zone: string;
  /** Whole µJ, before PUE. */
  readonly energy: number;
  /** gCO2eq; undefined where unknown. */
  readonly emissions: number | undefined;
  readonly reading: Pick<Reading, 'intensity' | 'provenance' | 'kind' | 'source'> | undefined;
}

/** Time trained against a rule. Under a dry-run rule: what would not have happened had it been enforced. */
export interface Finding {
  readonly rule: Rule;
  readonly zone: string;
  /** Grid time of the first to the last span in a row. */
  readonly interval: Interval;
  /** µJ. */
  readonly energy: number;
  /** gCO2eq; undefined where the intensity of some of it is unknown. */
  readonly emissions: number | undefined;
  /** Of the span with the highest intensity. */
  readonly reading: BookedSpan['reading'];
  /** Of a run's budget: what the run had booked at the end of it, gCO2eq, restatements included. */
  readonly spent: number | undefined;
  /** Of a maximum delay: grid ms from when the run would have ended, started at once, to when it ended. */
  readonly delayMs: number | undefined;
}

/** What is judged of a run as a whole, in grid time. */
export interface RunTimes {
  readonly submitted: Instant;
  /** When its work was done; undefined while it is not. */
  readonly done: Instant | undefined;
}

export interface Compliance {
  /** µJ judged, and the part of it that kept every enforced rule. */
  readonly energy: number;
  readonly energyWithinRules: number;
  readonly findings: readonly Finding[];
}

/**
 * A run would have ended, started at once, when the time it was metered for, laid in one piece from its submission, is over.
 * What it did after that and the allowed delay is against a maximum delay; what it booked from the line on that passes a
 * budget of each run is against that budget. Emissions that are unknown are not counted on a budget.
 * @param spans of the run, in time order
 * @param rulesFor the rules in force when a span was booked
 */
export const judgeCompliance = <Span extends BookedSpan>(
  spans: readonly Span[],
  times: RunTimes,
  rulesFor: (span: Span) => readonly Rule[],
  timeZoneOf: (zone: string) => string,
): Compliance => {
  const findings: Finding[] = [];
  const open = new Map<string, number>();
  const delayMs = delayOf(spans, times);
  let energy = 0;
  let energyWithinRules = 0;
  let spent = 0;
  for (const span of spans) {
    const { zone, grid, reading } = span;
    if (span.emissions !== undefined) spent += span.emissions;
    const rules = rulesFor(span);
    const whole = { spent, delayMs, until: span === spans.at(-1) ? times.done : grid.end, done: times.done };
    const broken = [
      ...violationsIn(rules, { zone, timeZone: timeZoneOf(zone), at: grid.start, reading }),
      ...rules.filter((rule) => isBrokenByRun(rule, whole)),
    ];
    energy += span.energy;
    if (broken.every(({ origin }) => origin.dryRun)) energyWithinRules += span.energy;
    for (const rule of broken) {
      const key = JSON.stringify([rule, zone]);
      const before = open.get(key);
      const finding = findingOf(rule, span, whole);
      if (before !== undefined && findings[before]!.interval.end === grid.start) findings[before] = joined(findings[before]!, finding);
      else {
        open.set(key, findings.length);
        findings.push(finding);
      }
    }
  }
  return { energy, energyWithinRules, findings };
};

/** Sums of the same lines in another order are as near as this, and so are instants, ms. */
const ROUNDING = { share: 1e-9, ms: 1 };

/**
 * Of spans that each stand for several lines in a row, alike in zone and reading: those whose lines may be judged differently.
 * In them quiet hours begin or end, a budget of each run is passed, or the time that a maximum delay allows runs out. The
 * others are judged as their lines would be.
 */
export const judgedApart = <Span extends BookedSpan>(
  spans: readonly Span[],
  times: RunTimes,
  rulesFor: (span: Span) => readonly Rule[],
  timeZoneOf: (zone: string) => string,
): ReadonlySet<Span> => {
  const delayMs = delayOf(spans, times);
  const apart = new Set<Span>();
  let spent = 0;
  for (const span of spans) {
    const before = spent;
    if (span.emissions !== undefined) spent += span.emissions;
    const whole = { before, spent, delayMs, isLast: span === spans.at(-1), done: times.done };
    if (rulesFor(span).some((rule) => mayPart(rule, span, timeZoneOf(span.zone), whole))) apart.add(span);
  }
  return apart;
};

interface SpanInRun extends Omit<RunSoFar, 'until'> {
  readonly before: number;
  readonly isLast: boolean;
}

const mayPart = (rule: Rule, { grid }: BookedSpan, timeZone: string, { before, spent, delayMs, isLast, done }: SpanInRun): boolean => {
  switch (rule.kind) {
    case 'quiet-hours': {
      const quiet = quietSpans(rule.hours, timeZone, grid).reduce((sum, { start, end }) => sum + (end - start), 0);
      return quiet > 0 && quiet < grid.end - grid.start;
    }
    case 'run-budget':
      return before <= rule.most * (1 + ROUNDING.share) && spent > rule.most * (1 - ROUNDING.share);
    case 'maximum-delay': {
      if (delayMs === undefined || done === undefined) return false;
      const allowed = done - delayMs + rule.ms;
      return grid.start < allowed + ROUNDING.ms && (isLast ? done : grid.end) > allowed - ROUNDING.ms;
    }
    default:
      return false;
  }
};

/** Grid ms; undefined while the work is not done. */
const delayOf = (spans: readonly BookedSpan[], { submitted, done }: RunTimes): number | undefined => {
  if (done === undefined) return undefined;
  const metered = spans.reduce((sum, { grid }) => sum + (grid.end - grid.start), 0);
  return done - instant(submitted + metered);
};

interface RunSoFar extends Pick<RunTimes, 'done'> {
  readonly spent: number;
  readonly delayMs: number | undefined;
  /** End of the span, or of the run for its last one. */
  readonly until: Instant | undefined;
}

const isBrokenByRun = (rule: Rule, { spent, delayMs, until, done }: RunSoFar): boolean => {
  if (rule.kind === 'run-budget') return spent > rule.most;
  if (rule.kind !== 'maximum-delay' || delayMs === undefined || done === undefined || until === undefined) return false;
  return until > done - delayMs + rule.ms;
};

const findingOf = (rule: Rule, { zone, grid, energy, emissions, reading }: BookedSpan, { spent, delayMs }: RunSoFar): Finding => ({
  rule,
  zone,
  interval: grid,
  energy,
  emissions,
  reading,
  spent: rule.kind === 'run-budget' ? spent : undefined,
  delayMs: rule.kind === 'maximum-delay' ? delayMs : undefined,
});

/** Of two findings of a rule that touch. */
const joined = (before: Finding, after: Finding): Finding => ({
  ...before,
  interval: { start: before.interval.start, end: after.interval.end },
  energy: before.energy + after.energy,
  emissions: before.emissions === undefined || after.emissions === undefined ? undefined : before.emissions + after.emissions,
  reading: (after.reading?.intensity ?? -1) > (before.reading?.intensity ?? -1) ? after.reading : before.reading,
  spent: after.spent,
});
