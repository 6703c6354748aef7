/** Whether a run whose time has come may start now: by its rules, by its threshold, and by what the grid is like. */
import type { Forecast, Reading } from '../grid/reading.js';
import type { Decision } from '../plan/decision.js';
import { minute } from '../plan/in-words.js';
import { lookAtThreshold } from '../plan/threshold-look.js';
import { ruleInWords, rulesInWords } from '../policy/in-words.js';
import { permittedTime } from '../policy/permitted-time.js';
import type { Rule } from '../policy/policy.js';
import { dryRun, enforced } from '../policy/rules.js';
import { violationsIn, type Site } from '../policy/violations.js';
import type { StoredRun } from '../record/run-log.js';
import { HOUR_MS, instant, later, type Instant } from '../units/time.js';
import { currentReading, latestForecast, timeZoneOf } from './expected-grid.js';
import type { Ports } from './ports.js';

export type StartDecision =
  | { readonly kind: 'start'; readonly decision: Decision }
  /** Until a grid time, when it is looked at again. */
  | { readonly kind: 'wait'; readonly until: Instant; readonly decision: Decision }
  | { readonly kind: 'refuse'; readonly decision: Decision };

export type Startable = Pick<StoredRun, 'spec' | 'zone' | 'submittedGridAt'> & { readonly hasStarted: boolean };

export const decideStart = async (ports: Ports, run: Startable, rules: readonly Rule[], now: Instant): Promise<StartDecision> => {
  const { zone, spec, hasStarted } = run;
  const reading = await currentReading(ports, zone, now);
  const found = { zone, ...(reading === undefined ? {} : { intensity: reading.intensity }) };
  const forbidden = await forbiddenNow(ports, zone, rules, now, reading);
  if (forbidden !== undefined) return waitFor(forbidden, found, 'does not start');
  const wouldHaveRefused = dryViolations(rules, { zone, timeZone: timeZoneOf(ports, zone) }, now, reading);
  const start = (reason: string, ceiling?: number): StartDecision => ({
    kind: 'start',
    decision: {
      decision: hasStarted ? 'resume' : 'start',
      ...found,
      reason,
      ...(ceiling === undefined ? {} : { ceiling }),
      ...wouldHaveRefused,
    },
  });
  const grid = reading === undefined ? 'the intensity is unknown' : `the intensity is ${reading.intensity.toFixed(0)} gCO2eq/kWh`;
  if (spec.schedule.mode !== 'threshold' || hasStarted) return start(`its time has come; ${grid}`);
  const { schedule } = spec;
  const look = lookAtThreshold(schedule, run.submittedGridAt, now, reading?.intensity);
  const against = { ...found, ceiling: schedule.ceiling };
  switch (look.kind) {
    case 'start':
      return start(
        look.because === 'clean-enough'
          ? `${grid}, at or below its threshold of ${schedule.ceiling}`
          : `its wait is over and its schedule says start; ${grid}, its threshold is ${schedule.ceiling}`,
        schedule.ceiling,
      );
    case 'wait': {
      const reason = `${grid}, above its threshold of ${schedule.ceiling}; looks again at ${minute(look.until)}`;
      return { kind: 'wait', until: look.until, decision: { decision: 'wait', ...against, until: look.until, reason } };
    }
    case 'refuse': {
      const reason = `${grid}; in all of its maximum wait of ${(schedule.maxWaitMs / HOUR_MS).toFixed(2)} h it was never at or below its threshold of ${schedule.ceiling}, and its schedule says refuse`;
      return { kind: 'refuse', decision: { decision: 'refuse', ...against, reason } };
    }
  }
};

export interface ForbiddenNow {
  readonly rules: readonly Rule[];
  /** Grid time at which the rules are expected to permit it, or are looked at again. */
  readonly until: Instant;
  readonly forecast: Forecast;
  /** Whether the forecast knows such a time. */
  readonly foreseen: boolean;
}

/** The enforced rules that forbid training in a zone now, and until when; undefined when none does. */
export const forbiddenNow = async (
  ports: Pick<Ports, 'grid'>,
  zone: string,
  rules: readonly Rule[],
  now: Instant,
  reading: Reading | undefined,
): Promise<ForbiddenNow | undefined> => {
  const site = { zone, timeZone: timeZoneOf(ports, zone) };
  const broken = violationsIn(enforced(rules), { ...site, at: now, reading });
  if (broken.length === 0) return undefined;
  const forecast = await latestForecast(ports, zone, now);
  const byReading = broken.some(({ kind }) => kind !== 'quiet-hours');
  // What forbids by its reading does so until the next one, whatever was expected of this hour.
  const from = byReading ? (reading?.interval.end ?? nextHour(now)) : now;
  const horizon = instant(Math.max(from + 1, forecast.readings.at(-1)?.interval.end ?? from + 1));
  const next = permittedTime(enforced(rules), site, forecast, { start: from, end: horizon }).permitted.find(({ start }) => start > now);
  return { rules: broken, until: next?.start ?? nextHour(now), forecast, foreseen: next !== undefined };
};

/** A wait in words. */
export const waitFor = (
  { rules, until, forecast, foreseen }: ForbiddenNow,
  found: Pick<Decision, 'zone' | 'intensity'>,
  does: string,
): Extract<StartDecision, { kind: 'wait' }> => {
  const next = foreseen
    ? `by the ${forecast.method} forecast they permit it at ${minute(until)}`
    : `no time is foreseen at which they permit it; looks again at ${minute(until)}`;
  return {
    kind: 'wait',
    until,
    decision: {
      decision: 'wait',
      ...found,
      until,
      forecast: { method: forecast.method, issuedAt: forecast.issuedAt },
      rules: rules.map(ruleInWords),
      reason: `${does}, the rules forbid it now: ${rulesInWords(rules)}${found.intensity === undefined ? '' : `; the intensity is ${found.intensity.toFixed(0)} gCO2eq/kWh`}; ${next}`,
    },
  };
};

/** Dry-run rules broken now, as a decision tells them. */
export const dryViolations = (
  rules: readonly Rule[],
  site: Site,
  at: Instant,
  reading: Reading | undefined,
): Pick<Decision, 'wouldHaveRefused'> => {
  const broken = violationsIn(dryRun(rules), { ...site, at, reading });
  return broken.length === 0 ? {} : { wouldHaveRefused: broken.map(ruleInWords) };
};

const nextHour = (now: Instant): Instant => later(instant(Math.floor(now / HOUR_MS) * HOUR_MS), HOUR_MS);
