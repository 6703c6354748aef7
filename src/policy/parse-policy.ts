/** The one parser of policies: a YAML file and the GraphQL input both become a `Policy`, or every problem at once. */
import { z } from 'zod';
import { duration, parse, slug, type Parsed } from '../experiment/parsing.js';
import { oneOf } from '../experiment/schema-parts.js';
import { carbonIntensity, grams } from '../units/quantities.js';
import { isTimeZone } from '../units/local-time.js';
import { BUDGET_PERIODS, WEEKDAYS, type Policy, type QuietHours } from './policy.js';

const PROVENANCES = ['measured', 'estimated', 'recorded', 'synthetic', 'forecast'] as const;
const ZONES = 'one or more names of grid zones, like US-CAL-CISO';
const MINUTES_A_WEEK = 7 * 24 * 60;

const above0 = (unit: string) => {
  const allowed = `a number of ${unit} above 0`;
  return z.number(allowed).gt(0, allowed);
};

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/;
const localClock = z
  .string('a local time like 17:30, or 24:00')
  .regex(CLOCK, 'a local time like 17:30, or 24:00')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const quietHours = z
  .strictObject({
    days: z
      .array(oneOf(WEEKDAYS))
      .min(1, 'one or more days; every day when absent')
      .default([...WEEKDAYS]),
    from: localClock,
    to: localClock,
  })
  .check((context) => {
    const { from, to } = context.value;
    if (from === 24 * 60) context.issues.push({ code: 'custom', path: ['from'], message: 'a time before 24:00', input: '24:00' });
    if (from === to)
      context.issues.push({ code: 'custom', path: ['to'], message: 'another time than from; 00:00 to 24:00 is a whole day', input: to });
  })
  .transform(({ days, from, to }): QuietHours => ({ days: [...new Set(days)], fromMinute: from, toMinute: to }));

const budget = z
  .strictObject({
    gco2eq: above0('gCO2eq'),
    period: oneOf(BUDGET_PERIODS),
    timeZone: z.string('an IANA time zone').refine(isTimeZone, 'an IANA time zone, like Europe/Berlin').default('UTC'),
  })
  .transform(({ gco2eq, period, timeZone }) => ({ most: grams(gco2eq), period, timeZone }));

const policy = z
  .strictObject({
    name: slug,
    project: slug.optional(),
    dryRun: z.boolean('true or false').default(false),
    ceilingGco2eqPerKwh: above0('gCO2eq/kWh').optional(),
    quietHours: z.array(quietHours, 'a list of quiet hours').max(50, 'at most 50').default([]),
    allowedZones: z.array(z.string(ZONES).min(1, ZONES).max(64, ZONES), ZONES).min(1, ZONES).optional(),
    maximumDelay: duration('PT0S', 'P30D').optional(),
    requiredProvenance: z
      .array(oneOf(PROVENANCES))
      .min(1, `one or more of ${PROVENANCES.join(', ')}`)
      .optional(),
    requiredKind: oneOf(['average', 'marginal']).optional(),
    runBudgetGco2eq: above0('gCO2eq').optional(),
    budgets: z.array(budget, 'a list of budgets').max(10, 'at most 10').default([]),
    onProjection: oneOf(['warn', 'halt']).default('warn'),
  })
  .check((context) => {
    if (quietAllWeek(context.value.quietHours))
      context.issues.push({
        code: 'custom',
        path: ['quietHours'],
        message: 'hours that leave some of the week; these forbid all of it',
        input: context.value.quietHours,
      });
  })
  .transform((given): Policy => ({
    name: given.name,
    project: given.project,
    dryRun: given.dryRun,
    ceiling: given.ceilingGco2eqPerKwh === undefined ? undefined : carbonIntensity(given.ceilingGco2eqPerKwh),
    quietHours: given.quietHours,
    allowedZones: given.allowedZones && [...new Set(given.allowedZones)],
    maximumDelayMs: given.maximumDelay,
    requiredProvenance: given.requiredProvenance && [...new Set(given.requiredProvenance)],
    requiredKind: given.requiredKind,
    runBudget: given.runBudgetGco2eq === undefined ? undefined : grams(given.runBudgetGco2eq),
    budgets: given.budgets,
    onProjection: given.onProjection,
  }));

export const parsePolicy = (input: unknown): Parsed<Policy> => parse(policy, input);

const quietAllWeek = (hours: readonly QuietHours[]): boolean => {
  const quiet = new Uint8Array(MINUTES_A_WEEK);
  for (const { days, fromMinute, toMinute } of hours)
    for (const day of days) {
      const start = WEEKDAYS.indexOf(day) * 24 * 60 + fromMinute;
      const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute + 24 * 60 - fromMinute;
      for (let minute = start; minute < start + length; minute++) quiet[minute % MINUTES_A_WEEK] = 1;
    }
  return quiet.every((minute) => minute === 1);
};
