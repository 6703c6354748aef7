/**
 * Electricity Maps, API v3 and v4: average intensity with imports traced, gCO2eq/kWh.
 * https://app.electricitymaps.com/docs (2026); endpoints `/carbon-intensity/{latest|history|past-range|forecast}`.
 */
import { z } from 'zod';
import { DAY_MS, HOUR_MS, instant, iso, MINUTE_MS, type Instant, type Interval } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import type { FactorType } from '../reading.js';
import { CallFault } from './call-fault.js';
import { openConnection, type Answer } from './connection.js';
import { amount, time } from './shapes.js';
import { address, clockOf, locationFor, required, sourceType, type SourceOptions } from './source-options.js';
import { inTurn, piecesOfAtMost, readingsFrom, stepStart, type StatedValue } from './stated-values.js';

const NAME = 'electricity-maps';
const ATTRIBUTION = 'Electricity Maps (electricitymaps.com), under the licence of the key that is used';

/** How long a step is, and how much of them one `past-range` call may ask for. */
const GRANULARITIES = {
  hourly: { stepMs: HOUR_MS, pastRangeMs: 10 * DAY_MS },
  '15_minutes': { stepMs: 15 * MINUTE_MS, pastRangeMs: 3 * DAY_MS },
  '5_minutes': { stepMs: 5 * MINUTE_MS, pastRangeMs: DAY_MS },
} as const;
type Granularity = keyof typeof GRANULARITIES;
const HORIZONS = [6, 24, 48, 72] as const;

export interface ElectricityMapsOptions extends SourceOptions {
  readonly key: string;
  readonly version?: 'v3' | 'v4';
  readonly factorType?: FactorType;
  readonly granularity?: Granularity;
  /** Leave out what is not measured: such steps are gaps. */
  readonly disableEstimations?: boolean;
  /** The longest forecast the key covers; 72. */
  readonly horizonHours?: (typeof HORIZONS)[number];
}

const row = z.object({
  zone: z.string().optional(),
  carbonIntensity: amount,
  datetime: time,
  updatedAt: time.optional(),
  emissionFactorType: z.string().optional(),
  isEstimated: z.boolean().optional(),
  estimationMethod: z.string().nullish(),
  unit: z.string().optional(),
  temporalGranularity: z.string().optional(),
});
/** Fields of a whole reply: v3 and v4 differ in which of them they send. */
const whole = z.object({
  zone: z.string().optional(),
  updatedAt: time.optional(),
  temporalGranularity: z.string().optional(),
  _disclaimer: z.string().optional(),
});
const latestShape = z.intersection(whole, row).transform((reply) => ({ ...reply, rows: [reply] }));
const historyShape = whole.extend({ history: z.array(row) }).transform((reply) => ({ ...reply, rows: reply.history }));
const pastRangeShape = whole.extend({ data: z.array(row) }).transform((reply) => ({ ...reply, rows: reply.data }));
const forecastShape = whole.extend({ forecast: z.array(row) }).transform((reply) => ({ ...reply, rows: reply.forecast }));

type Reply = z.infer<typeof whole> & { readonly rows: readonly z.infer<typeof row>[] };

/** Steps older than 24 hours need a key for `past-range`, forecasts one for `forecast`: the free tier has neither. */
export const electricityMaps = (options: ElectricityMapsOptions): IntensitySource => {
  const {
    key,
    locationOf,
    version = 'v3',
    factorType = 'lifecycle',
    granularity = 'hourly',
    disableEstimations = false,
    horizonHours = 72,
  } = options;
  const { stepMs, pastRangeMs } = GRANULARITIES[granularity];
  const clock = clockOf(options);
  const connection = openConnection({
    source: NAME,
    url: `${options.url ?? 'https://api.electricitymaps.com'}/${version}/carbon-intensity`,
    clock,
    // No rate is published; a few calls a second suffice for hundreds of zones.
    callsPerSecond: 5,
    secrets: () => [key],
    ...options.calls,
  });

  const ask = async <T extends Reply>(
    path: string,
    shape: z.ZodType<T>,
    location: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer<T>> => {
    // Without `disableCallerLookup` a zone it does not know would be answered for wherever this machine stands.
    const always = { zone: location, disableCallerLookup: 'true', emissionFactorType: factorType, temporalGranularity: granularity };
    const answer = await connection.get({ path, query: { ...always, ...query }, headers: { 'auth-token': key }, shape, signal });
    refuseOthers(answer.value, { location, factorType, granularity });
    return answer;
  };
  const estimations = disableEstimations ? { disableEstimations: 'true' } : {};
  const statement = (query: SourceQuery, { value, at }: Answer<Reply>) => ({
    zone: query.zone,
    source: NAME,
    kind: 'average' as const,
    factorType,
    span: query.span,
    heardAt: at,
    stepMs: value.temporalGranularity === undefined ? undefined : stepMs,
    usualStepMs: stepMs,
  });

  /** The last 24 hours by `history`, which every key covers, or the step in progress alone by `latest`; older ones by `past-range`. */
  const answersFor = async (location: string, span: Interval, now: Instant, signal: AbortSignal): Promise<readonly Answer<Reply>[]> => {
    const inProgress = stepStart(now, stepMs);
    if (span.start >= inProgress) return [await ask('/latest', latestShape, location, estimations, signal)];
    const firstRecent = instant(inProgress + stepMs - DAY_MS);
    // The last step before these is not worth a call that most keys do not cover, unless it is all that is asked for.
    const asksForOlder = span.end <= firstRecent || span.start < firstRecent - stepMs;
    const older = { start: stepStart(span.start, stepMs), end: earlier(firstRecent, span.end) };
    const pieces = asksForOlder ? piecesOfAtMost(older, pastRangeMs) : [];
    const answers = await inTurn(pieces, ({ start, end }) =>
      ask('/past-range', pastRangeShape, location, { ...estimations, start: iso(start), end: iso(end) }, signal).catch(
        notCovered('values older than 24 hours'),
      ),
    );
    return span.end <= firstRecent ? answers : [...answers, await ask('/history', historyShape, location, estimations, signal)];
  };

  return {
    name: NAME,
    kind: 'average',
    factorType,
    attribution: ATTRIBUTION,
    forecastHours: horizonHours,
    pollMs: stepMs,
    health: connection.health,
    locationOf,
    async readings(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      const now = clock.now();
      const empty = { zone: query.zone, kind: 'average' as const, factorType, readings: [] };
      if (query.span.start > now) return empty;
      const answers = await answersFor(location, query.span, now, query.signal);
      const values = answers.flatMap(({ value, at }) =>
        value.rows.filter(({ isEstimated }) => !disableEstimations || isEstimated === false).map((each) => statedBy(each, at)),
      );
      return { ...empty, readings: readingsFrom(values, { ...statement(query, answers.at(-1)!), begunBy: clock.now() }) };
    },
    async forecast(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      const hours = (query.span.end - stepStart(clock.now(), HOUR_MS)) / HOUR_MS;
      const asked = HORIZONS.find((horizon) => horizon >= hours && horizon <= horizonHours) ?? horizonHours;
      const answer = await ask('/forecast', forecastShape, location, { horizonHours: String(asked) }, query.signal).catch(
        notCovered('forecasts; the built-in forecaster is used instead'),
      );
      const { value, at } = answer;
      const issuedAt = instant(Math.min(value.updatedAt ?? at, at));
      const values = value.rows.map((each): StatedValue => ({ ...statedBy(each, at), provenance: 'forecast', issuedAt }));
      const readings = readingsFrom(values, statement(query, answer));
      return { zone: query.zone, kind: 'average', factorType, method: NAME, issuedAt, readings };
    },
  };
};

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);

/** A value counts as measured only where the reply says that it is not estimated. */
const statedBy = ({ datetime, carbonIntensity, isEstimated, updatedAt }: z.infer<typeof row>, heardAt: Instant): StatedValue => ({
  start: datetime,
  value: carbonIntensity,
  provenance: isEstimated === false ? 'measured' : 'estimated',
  issuedAt: updatedAt ?? heardAt,
});

/** What the free tier lacks is not a failure of the source: the caller goes on without. */
const notCovered =
  (what: string) =>
  (failure: unknown): never => {
    if (!(failure instanceof CallFault) || (failure.trouble !== 'http-401' && failure.trouble !== 'http-403')) throw failure;
    throw new SourceFault(NAME, 'not-offered', `this key does not cover ${what} (${failure.message})`);
  };

/** @throws SourceFault about an answer for another zone, factor type or unit than asked, or with made-up values */
const refuseOthers = (
  { rows, ...reply }: Reply,
  asked: { readonly location: string; readonly factorType: FactorType; readonly granularity: Granularity },
): void => {
  const refuse = (what: string, given: string, wanted: string): never => {
    throw new SourceFault(NAME, 'mismatched', `the answer is about the ${what} ${JSON.stringify(given)}, asked for was ${wanted}`);
  };
  if (reply._disclaimer?.includes('SANDBOX') === true || rows.some(({ estimationMethod }) => estimationMethod === 'SANDBOX_MODE_DATA'))
    throw new SourceFault(NAME, 'forbidden', 'the key is in sandbox mode, whose values are made up; use a key for real data');
  if (reply.zone === undefined && rows.some(({ zone }) => zone === undefined))
    throw new SourceFault(NAME, 'mismatched', `the answer does not say which zone it is about, asked for was ${asked.location}`);
  for (const each of [reply, ...rows]) {
    if (each.zone !== undefined && each.zone !== asked.location) refuse('zone', each.zone, asked.location);
    if (each.temporalGranularity !== undefined && each.temporalGranularity !== asked.granularity)
      refuse('granularity', each.temporalGranularity, asked.granularity);
  }
  for (const { emissionFactorType, unit } of rows) {
    if (emissionFactorType !== undefined && emissionFactorType !== asked.factorType)
      refuse('factor type', emissionFactorType, asked.factorType);
    if (unit !== undefined && unit !== 'gCO2eq/kWh') refuse('unit', unit, 'gCO2eq/kWh');
  }
};

export const ELECTRICITY_MAPS = sourceType({
  name: NAME,
  kind: 'average',
  attribution: ATTRIBUTION,
  settings: z.strictObject({
    key: required('a key of Electricity Maps'),
    url: address.optional(),
    version: z.enum(['v3', 'v4'], 'allowed are v3, v4').default('v3'),
    factor_type: z.enum(['lifecycle', 'direct'], 'allowed are lifecycle, direct').default('lifecycle'),
    granularity: z.enum(['hourly', '15_minutes', '5_minutes'], 'allowed are hourly, 15_minutes, 5_minutes').default('hourly'),
    disable_estimations: z.boolean('allowed are true, false').default(false),
    horizon_hours: z.literal(HORIZONS, `allowed are ${HORIZONS.join(', ')}`).default(72),
  }),
  open: (settings, { directory, clock }) => {
    const { factor_type: factorType, disable_estimations: disableEstimations, horizon_hours: horizonHours, ...rest } = settings;
    return electricityMaps({
      ...rest,
      clock,
      factorType,
      disableEstimations,
      horizonHours,
      locationOf: (zone) => directory.electricityMapsZone(zone),
    });
  },
});
