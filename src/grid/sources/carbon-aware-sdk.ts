/**
 * The Web API of the Green Software Foundation's Carbon Aware SDK, which the user hosts: intensity of whatever source that
 * is set up with, gCO2/kWh. https://carbon-aware-sdk.greensoftware.foundation (v1.7);
 * endpoints `/emissions/bylocation`, `/emissions/forecasts/current`.
 */
import { z } from 'zod';
import { HOUR_MS, instant, iso, MINUTE_MS, SECOND_MS } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import type { FactorType, IntensityKind } from '../reading.js';
import { openConnection } from './connection.js';
import { time } from './shapes.js';
import { address, clockOf, locationFor, required, sourceType, type SourceOptions } from './source-options.js';
import { readingsFrom, stepStart, type StatedValue } from './stated-values.js';

const NAME = 'carbon-aware-sdk';
const ATTRIBUTION = 'Carbon Aware SDK of the Green Software Foundation, and the source its host has set up behind it';
const USUAL_STEP_MS = HOUR_MS;

/** A location of the SDK. */
export interface SdkLocation {
  /** Like `eastus`. */
  readonly location: string;
  /** What its answers call the same place when they do not repeat the location: with WattTime behind it, like `PJM_DC`. */
  readonly reportedAs?: string | undefined;
}

export interface CarbonAwareSdkOptions extends Omit<SourceOptions, 'url' | 'locationOf'> {
  readonly url: string;
  /** By zone. */
  readonly locations: Readonly<Record<string, SdkLocation>>;
  /** What the source behind the SDK gives; its answers do not tell. */
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** How far ahead that source forecasts; 24, which is the least of those the SDK knows. */
  readonly forecastHours?: number;
}

/** -1 is what the SDK writes where its own source has no value. */
const rating = z
  .number()
  .min(-1)
  .refine((value) => value >= 0 || value === -1, 'must be at least 0, or -1 for none')
  .transform((value) => (value === -1 ? undefined : value));
/** A .NET time span, `[d.]hh:mm:ss`; zero where the SDK does not know it. */
const timeSpan = z
  .string()
  .regex(/^(\d+\.)?\d\d:\d\d:\d\d(\.\d+)?$/)
  .transform((text) => {
    const [, days = '0', hours, minutes, seconds] = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)/.exec(text)!;
    return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * SECOND_MS;
  });
const emissionsShape = z.array(z.object({ location: z.string(), time, rating, duration: timeSpan.nullish() }));
const forecastsShape = z.array(
  z.object({
    generatedAt: time,
    location: z.string(),
    forecastData: z
      .array(z.object({ timestamp: time, duration: z.number().nonnegative(), value: rating }))
      .nullish()
      .transform((data) => data ?? []),
  }),
);

/** Nothing tells whether a value was measured, so each counts as an estimate. */
export const carbonAwareSdk = (options: CarbonAwareSdkOptions): IntensitySource => {
  const { kind, factorType, locations, forecastHours = 24 } = options;
  const clock = clockOf(options);
  const connection = openConnection({
    source: NAME,
    url: options.url,
    clock,
    callsPerSecond: 5,
    secrets: () => [],
    ...options.calls,
  });
  const locationOf = (zone: string): string | undefined => locations[zone]?.location;
  const series = (zone: string) => ({ zone, kind, factorType });
  const statement = ({ zone, span }: SourceQuery) => ({ ...series(zone), source: NAME, span, usualStepMs: USUAL_STEP_MS });

  return {
    name: NAME,
    kind,
    factorType,
    attribution: ATTRIBUTION,
    forecastHours,
    pollMs: 5 * MINUTE_MS,
    health: connection.health,
    locationOf,
    async readings(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      const end = instant(Math.min(query.span.end, clock.now()));
      const start = stepStart(query.span.start, USUAL_STEP_MS);
      if (end <= start) return { ...series(query.zone), readings: [] };
      const { value, at } = await connection.get({
        path: '/emissions/bylocation',
        query: { location, time: iso(start), toTime: iso(end) },
        shape: emissionsShape,
        empty: [],
        signal: query.signal,
      });
      for (const row of value) refuseOther(row.location, [location, locations[query.zone]?.reportedAs]);
      const values = value.map((row): StatedValue => ({
        start: row.time,
        end: row.duration ? instant(row.time + row.duration) : undefined,
        value: row.rating,
        provenance: 'estimated',
        issuedAt: at,
      }));
      return { ...series(query.zone), readings: readingsFrom(values, { ...statement(query), heardAt: at, begunBy: clock.now() }) };
    },
    async forecast(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      // Neither bounds nor a window: bounds outside of the forecast are refused, a window turns the values into rolling means.
      const request = { path: '/emissions/forecasts/current', query: { location }, shape: forecastsShape, empty: [], signal: query.signal };
      const { value, at } = await connection.get(request);
      const [forecast] = value;
      if (forecast === undefined) throw new SourceFault(NAME, 'malformed', `the answer holds no forecast for ${location}`);
      refuseOther(forecast.location, [location]);
      const issuedAt = instant(Math.min(forecast.generatedAt, at));
      const values = forecast.forecastData.map(({ timestamp, duration, value: expected }): StatedValue => ({
        start: timestamp,
        end: duration === 0 ? undefined : instant(timestamp + duration * MINUTE_MS),
        value: expected,
        provenance: 'forecast',
        issuedAt,
      }));
      const readings = readingsFrom(values, { ...statement(query), heardAt: at });
      return { ...series(query.zone), method: NAME, issuedAt, readings };
    },
  };
};

/** @throws SourceFault when none of the names is meant */
const refuseOther = (given: string, names: readonly (string | undefined)[]): void => {
  if (names.some((name) => name?.toLowerCase() === given.toLowerCase())) return;
  const hint = 'if that is the same place, name it as reported_as';
  throw new SourceFault(NAME, 'mismatched', `the answer is about ${JSON.stringify(given)}, asked for was ${String(names[0])}; ${hint}`);
};

export const CARBON_AWARE_SDK = sourceType({
  name: NAME,
  kind: 'as-set',
  attribution: ATTRIBUTION,
  settings: z.strictObject({
    url: address,
    kind: z.enum(['average', 'marginal'], 'needed is what the source behind the SDK gives: average or marginal'),
    factor_type: z.enum(['lifecycle', 'direct'], 'needed is what the source behind the SDK counts: lifecycle or direct'),
    forecast_hours: z.number('allowed are 0 to 168').int().min(0).max(168).default(24),
    locations: z.record(
      z.string(),
      z.strictObject({ location: required('the name of a location of the SDK'), reported_as: z.string().min(1).optional() }),
      'needed are the locations of the SDK by zone, like US-MIDA-PJM: { location: eastus }',
    ),
  }),
  open: ({ factor_type: factorType, forecast_hours: forecastHours, locations, ...rest }, { clock }) => {
    const named = Object.entries(locations).map(
      ([zone, { location, reported_as: reportedAs }]) => [zone, { location, reportedAs }] as const,
    );
    return carbonAwareSdk({ ...rest, clock, factorType, forecastHours, locations: Object.fromEntries(named) });
  },
});
