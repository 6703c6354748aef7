/**
 * The United States' Energy Information Administration, API v2: hourly net generation by fuel of each balancing authority
 * (Form EIA-930), from which the average lifecycle intensity is computed here. https://www.eia.gov/opendata (2026);
 * endpoint `/v2/electricity/rto/fuel-type-data/data/`.
 */
import { z } from 'zod';
import { DAY_MS, HOUR_MS, instant, iso, type Instant } from '../../units/time.js';
import { SourceFault, type IntensitySource } from '../intensity-source.js';
import { openConnection } from './connection.js';
import { IPCC_AR5, intensityOfMix, type Fuel } from './fuel-mix.js';
import { address, clockOf, locationFor, required, sourceType, type SourceOptions } from './source-options.js';
import { readingsFrom, stepStart, type StatedValue } from './stated-values.js';

const NAME = 'eia';
/** The factors are part of what the readings say: another set would be another source. */
const FACTORS = IPCC_AR5;
const ATTRIBUTION = `Generation by fuel: Form EIA-930, U.S. Energy Information Administration (public domain); intensity: ${FACTORS.name}, lifecycle`;
const PAGE_ROWS = 5000;
/** An hour lacks a fuel when it was reported within so long before; a fuel absent for longer is no longer reported. */
const LOOK_BACK_MS = 3 * DAY_MS;

/** By the API's `fueltype`. Storage gives back what was counted when it was charged, so it is left out of the mix. */
const FUELS: Readonly<Record<string, Fuel | 'storage'>> = {
  COL: 'coal',
  NG: 'gas',
  OIL: 'oil',
  NUC: 'nuclear',
  WAT: 'hydro',
  SUN: 'solar',
  SNB: 'solar', // with integrated battery storage
  WND: 'wind',
  WNB: 'wind', // with integrated battery storage
  GEO: 'geothermal',
  OTH: 'other',
  UNK: 'other',
  PS: 'storage', // pumped
  BAT: 'storage',
  OES: 'storage', // other
  UES: 'storage', // unknown
};

export interface EiaOptions extends SourceOptions {
  readonly key: string;
}

/** The API writes numbers as text since 2024. */
const megawattHours = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a number')])
  .nullable()
  .transform((value) => (value === null ? undefined : Number(value)));
/** Like `2022-01-01T08`, in UTC. */
const period = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d$/)
  .transform((text) => instant(Date.parse(`${text}:00:00Z`)));
const pageShape = z.object({
  response: z.object({
    total: z.coerce.number().int().nonnegative(),
    data: z.array(
      z.object({ period, respondent: z.string(), fueltype: z.string(), value: megawattHours, 'value-units': z.string().optional() }),
    ),
  }),
});
type Row = z.infer<typeof pageShape>['response']['data'][number];

/** It has no forecast. Hours appear one to two hours after their end and are revised for some days. */
export const eia = (options: EiaOptions): IntensitySource => {
  const { key, locationOf } = options;
  const clock = clockOf(options);
  const connection = openConnection({
    source: NAME,
    url: options.url ?? 'https://api.eia.gov',
    clock,
    callsPerSecond: 4,
    secrets: () => [key],
    ...options.calls,
  });

  const page = async (respondent: string, from: Instant, to: Instant, offset: number, signal: AbortSignal) => {
    const query = {
      api_key: key,
      frequency: 'hourly',
      'data[]': 'value',
      'facets[respondent][]': respondent,
      start: hourOf(from),
      end: hourOf(to),
      'sort[0][column]': 'period',
      'sort[0][direction]': 'asc',
      offset: String(offset),
      length: String(PAGE_ROWS),
    };
    const answer = await connection.get({ path: '/v2/electricity/rto/fuel-type-data/data/', query, shape: pageShape, signal });
    refuseOthers(answer.value.response.data, respondent);
    return answer;
  };
  const allRows = async (respondent: string, from: Instant, to: Instant, signal: AbortSignal) => {
    const rows: Row[] = [];
    for (;;) {
      const { value, at } = await page(respondent, from, to, rows.length, signal);
      rows.push(...value.response.data);
      if (rows.length >= value.response.total) return { rows, at };
      if (value.response.data.length === 0)
        throw new SourceFault(NAME, 'malformed', `the answer counts ${value.response.total} rows, but ends after ${rows.length}`);
    }
  };

  return {
    name: NAME,
    kind: 'average',
    factorType: 'lifecycle',
    attribution: ATTRIBUTION,
    forecastHours: 0,
    pollMs: HOUR_MS,
    health: connection.health,
    locationOf,
    async readings(query) {
      const respondent = locationFor(NAME, locationOf, query.zone);
      const series = { zone: query.zone, kind: 'average' as const, factorType: 'lifecycle' as const };
      // A period names the end of its hour: "published using the hour ending time reporting convention" (EIA, About the grid monitor).
      const from = instant(stepStart(query.span.start, HOUR_MS) + HOUR_MS);
      const to = instant(Math.min(stepStart(clock.now(), HOUR_MS), Math.ceil(query.span.end / HOUR_MS) * HOUR_MS));
      if (to < from) return { ...series, readings: [] };
      const { rows, at } = await allRows(respondent, instant(from - LOOK_BACK_MS), to, query.signal);
      const values = hoursOf(rows, at);
      const statement = {
        ...series,
        source: NAME,
        span: query.span,
        heardAt: at,
        begunBy: clock.now(),
        stepMs: HOUR_MS,
        usualStepMs: HOUR_MS,
      };
      return { ...series, readings: readingsFrom(values, statement) };
    },
    forecast: () => Promise.reject(new SourceFault(NAME, 'not-offered', 'makes no forecast; the built-in forecaster is used instead')),
  };
};

/**
 * Each hour's intensity. An hour is unknown, and so a gap, when it has no value of a fuel that was reported shortly before
 * (the newest hours arrive fuel by fuel), or generation of a fuel without a factor.
 * @throws SourceFault when such a fuel leaves no hour known
 */
const hoursOf = (rows: readonly Row[], issuedAt: Instant): readonly StatedValue[] => {
  const lastReported = new Map<string, Instant>();
  const strangers = new Set<string>();
  const hours = byPeriod(rows).map(([end, generation]): StatedValue => {
    const mix = new Map<Fuel, number>();
    let complete = true;
    for (const [fueltype, amount] of generation) {
      lastReported.set(fueltype, end);
      const fuel = FUELS[fueltype];
      if (fuel !== undefined && fuel !== 'storage') mix.set(fuel, (mix.get(fuel) ?? 0) + amount);
      if (fuel !== undefined || amount === 0) continue;
      strangers.add(fueltype);
      complete = false;
    }
    for (const [fueltype, last] of lastReported)
      if (last !== end && end - last <= LOOK_BACK_MS && FUELS[fueltype] !== 'storage') complete = false;
    const value = complete ? intensityOfMix(mix, FACTORS) : undefined;
    return { start: instant(end - HOUR_MS), end, value, provenance: 'measured', issuedAt };
  });
  if (strangers.size > 0 && hours.every(({ value }) => value === undefined))
    throw new SourceFault(NAME, 'malformed', `there is no factor in ${FACTORS.name} for the fuel ${[...strangers].join(', ')}`);
  return hours;
};

/** Generation by fuel type of each hour that has any, in time order. */
const byPeriod = (rows: readonly Row[]): readonly (readonly [Instant, ReadonlyMap<string, number>])[] => {
  const hours = new Map<Instant, Map<string, number>>();
  for (const { period: end, fueltype, value } of rows) {
    if (value === undefined) continue;
    const hour = hours.get(end) ?? new Map<string, number>();
    hours.set(end, hour.set(fueltype, value));
  }
  return [...hours].sort(([a], [b]) => a - b);
};

/** @throws SourceFault about an answer for another authority or unit than asked */
const refuseOthers = (rows: readonly Row[], respondent: string): void => {
  for (const { respondent: given, 'value-units': unit } of rows) {
    if (given !== respondent)
      throw new SourceFault(NAME, 'mismatched', `the answer is about ${JSON.stringify(given)}, asked for was ${respondent}`);
    if (unit !== undefined && unit !== 'megawatthours')
      throw new SourceFault(NAME, 'mismatched', `the answer's unit is ${JSON.stringify(unit)}, expected was megawatthours`);
  }
};

const hourOf = (at: Instant): string => iso(at).slice(0, 13);

export const EIA = sourceType({
  name: NAME,
  kind: 'average',
  attribution: ATTRIBUTION,
  settings: z.strictObject({ key: required('a key of the EIA'), url: address.optional() }),
  open: (settings, { directory, clock }) => eia({ ...settings, clock, locationOf: (zone) => directory.eiaRespondent(zone) }),
});
