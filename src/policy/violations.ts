/** Which rules training in a place at a time would break, by what is known of the grid there. */
import type { IntensityKind, Reading } from '../grid/reading.js';
import { later, type Instant } from '../units/time.js';
import type { Rule } from './policy.js';
import { quietSpans } from './quiet-hours.js';

/** Where a run trains. */
export interface Site {
  readonly zone: string;
  readonly timeZone: string;
}

export interface Situation extends Site {
  readonly at: Instant;
  /** What is known of the intensity there and then, measured or expected; undefined: nothing. */
  readonly reading: Pick<Reading, 'intensity' | 'provenance' | 'kind'> | undefined;
  /** A time to come: its reading is what is expected, how it will be known is not judged. */
  readonly ahead?: boolean;
}

/**
 * The rules of place, time and reading that are broken; budgets and delays are judged elsewhere, since they are about
 * whole runs. An unknown intensity keeps no ceiling, and has no kind and no provenance.
 */
export const violationsIn = (rules: readonly Rule[], situation: Situation): readonly Rule[] =>
  rules.filter((rule) => isBroken(rule, situation));

const isBroken = (rule: Rule, { zone, timeZone, at, reading, ahead = false }: Situation): boolean => {
  switch (rule.kind) {
    case 'ceiling':
      return reading === undefined || reading.intensity > rule.most;
    case 'quiet-hours':
      return quietSpans(rule.hours, timeZone, { start: at, end: later(at, 1) }).length > 0;
    case 'allowed-zones':
      return !rule.zones.includes(zone);
    case 'required-provenance':
      return !ahead && (reading === undefined || !rule.provenances.includes(reading.provenance));
    case 'required-kind':
      return reading?.kind !== rule.intensityKind;
    case 'maximum-delay':
    case 'run-budget':
    case 'project-budget':
      return false;
  }
};

/** The rules that forbid a zone whatever the time: by its name or by the kind of its intensities. */
export const rulesAgainstZone = (rules: readonly Rule[], zone: string, kind: IntensityKind): readonly Rule[] =>
  rules.filter(
    (rule) =>
      (rule.kind === 'allowed-zones' && !rule.zones.includes(zone)) || (rule.kind === 'required-kind' && rule.intensityKind !== kind),
  );
