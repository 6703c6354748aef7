/** After the fact: which rules were kept, by what was really booked and the readings it was booked on. */
import type { Reading } from '../grid/reading.js';
import type { Interval } from '../units/time.js';
import type { Rule } from './policy.js';
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
}

export interface Compliance {
  /** µJ judged, and the part of it that kept every enforced rule. */
  readonly energy: number;
  readonly energyWithinRules: number;
  readonly findings: readonly Finding[];
}

/**
 * @param spans in time order
 * @param rulesFor the rules in force when a span was booked
 */
export const judgeCompliance = <Span extends BookedSpan>(
  spans: readonly Span[],
  rulesFor: (span: Span) => readonly Rule[],
  timeZoneOf: (zone: string) => string,
): Compliance => {
  const findings: Finding[] = [];
  const open = new Map<string, number>();
  let energy = 0;
  let energyWithinRules = 0;
  for (const span of spans) {
    const { zone, grid, reading } = span;
    const broken = violationsIn(rulesFor(span), { zone, timeZone: timeZoneOf(zone), at: grid.start, reading });
    energy += span.energy;
    if (broken.every(({ origin }) => origin.dryRun)) energyWithinRules += span.energy;
    for (const rule of broken) {
      const key = JSON.stringify([rule, zone]);
      const before = open.get(key);
      const last = before === undefined ? undefined : findings[before]!;
      if (last?.interval.end === grid.start) findings[before!] = joined(last, span);
      else {
        open.set(key, findings.length);
        findings.push({ rule, zone, interval: grid, energy: span.energy, emissions: span.emissions, reading });
      }
    }
  }
  return { energy, energyWithinRules, findings };
};

const joined = (finding: Finding, span: BookedSpan): Finding => ({
  ...finding,
  interval: { start: finding.interval.start, end: span.grid.end },
  energy: finding.energy + span.energy,
  emissions: span.emissions === undefined || finding.emissions === undefined ? undefined : finding.emissions + span.emissions,
  reading: (span.reading?.intensity ?? -1) > (finding.reading?.intensity ?? -1) ? span.reading : finding.reading,
});
