/**
 * The Carbon Intensity API of Great Britain's system operator (NESO), API v2: average intensity by the half-hour, gCO2/kWh.
 * https://carbon-intensity.github.io/api-definitions (2026). National values have an actual, regional ones only a forecast.
 */
import { z } from 'zod';
import { DAY_MS, instant, iso, MINUTE_MS, type Instant, type Interval } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import { openConnection, type Answer } from './connection.js';
import { amount, time } from './shapes.js';
import { address, clockOf, locationFor, sourceType, type SourceOptions } from './source-options.js';
import { inTurn, piecesOfAtMost, readingsFrom, stepEnd, stepStart, type StatedValue } from './stated-values.js';

const NAME = 'uk-carbon-intensity';
const ATTRIBUTION = 'Carbon Intensity API of the National Energy System Operator (carbonintensity.org.uk), CC BY 4.0';
const STEP_MS = 30 * MINUTE_MS;
/** What one call may span. */
const PIECE_MS = 14 * DAY_MS;
const FORECAST_HOURS = 48;
const NATIONAL = 'national';

const period = z.object({ from: time, to: time, intensity: z.object({ forecast: amount.optional(), actual: amount.optional() }) });
type Period = z.infer<typeof period>;
const nationalShape = z.object({ data: z.array(period) }).transform(({ data }) => ({ region: NATIONAL, periods: data }));
const region = z.object({ regionid: z.number().int(), data: z.array(period) });
/** One region, which some of the endpoints wrap into a list. */
const regionalShape = z
  .object({ data: z.preprocess((data) => (Array.isArray(data) && data.length === 1 ? (data[0] as unknown) : data), region) })
  .transform(({ data }) => ({ region: `region ${data.regionid}`, periods: data.data }));
interface Reply {
  readonly region: string;
  readonly periods: readonly Period[];
}

/**
 * Locations are `national` and `region 1` to `region 17`. An actual is an estimate by NESO's own words ("the estimated
 * actual Carbon Intensity for the half hour"); a region's past values stay the forecasts they were.
 */
export const ukCarbonIntensity = (options: SourceOptions): IntensitySource => {
  const clock = clockOf(options);
  const { locationOf } = options;
  const connection = openConnection({
    source: NAME,
    url: options.url ?? 'https://api.carbonintensity.org.uk',
    clock,
    // "A rate limit is applied", of which no number is published.
    callsPerSecond: 2,
    secrets: () => [],
    ...options.calls,
  });

  const ask = async (location: string, span: string, signal: AbortSignal): Promise<Answer<Reply>> => {
    const answer =
      location === NATIONAL
        ? await connection.get<Reply>({ path: `/intensity/${span}`, shape: nationalShape, signal })
        : await connection.get<Reply>({ path: `/regional/intensity/${span}/${pathOf(location)}`, shape: regionalShape, signal });
    if (answer.value.region !== location)
      throw new SourceFault(NAME, 'mismatched', `the answer is about ${answer.value.region}, asked for was ${location}`);
    return answer;
  };
  const series = (zone: string) => ({ zone, kind: 'average' as const, factorType: 'direct' as const });
  const statement = ({ zone, span }: SourceQuery, heardAt: Instant) => ({
    ...series(zone),
    source: NAME,
    span,
    heardAt,
    usualStepMs: STEP_MS,
  });

  return {
    name: NAME,
    kind: 'average',
    // Carbon dioxide of the power stations in operation, imports included; nothing upstream.
    factorType: 'direct',
    attribution: ATTRIBUTION,
    forecastHours: FORECAST_HOURS,
    pollMs: STEP_MS,
    health: connection.health,
    locationOf,
    async readings(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      const begun: Interval = { start: stepStart(query.span.start, STEP_MS), end: instant(Math.min(query.span.end, clock.now())) };
      const answers = await inTurn(piecesOfAtMost(begun, PIECE_MS), ({ start, end }) =>
        ask(location, `${minuteOf(start)}/${minuteOf(stepEnd(end, STEP_MS))}`, query.signal),
      );
      const values = answers.flatMap(({ value, at }) => value.periods.map((each) => pastValueOf(each, location, at)));
      const heardAt = answers.at(-1)?.at ?? clock.now();
      return { ...series(query.zone), readings: readingsFrom(values, { ...statement(query, heardAt), begunBy: clock.now() }) };
    },
    async forecast(query) {
      const location = locationFor(NAME, locationOf, query.zone);
      const { value, at } = await ask(location, `${minuteOf(stepStart(clock.now(), STEP_MS))}/fw48h`, query.signal);
      const values = value.periods.map(({ from, to, intensity }): StatedValue => {
        return { start: from, end: to, value: intensity.forecast, provenance: 'forecast', issuedAt: at };
      });
      const readings = readingsFrom(values, statement(query, at));
      return { ...series(query.zone), method: NAME, issuedAt: at, readings };
    },
  };
};

/** The replies do not tell when a value was made: it counts as said when it was heard. */
const pastValueOf = ({ from, to, intensity }: Period, location: string, issuedAt: Instant): StatedValue =>
  location === NATIONAL
    ? { start: from, end: to, value: intensity.actual, provenance: 'estimated', issuedAt }
    : { start: from, end: to, value: intensity.forecast, provenance: 'forecast', issuedAt };

/** Like `2018-01-20T12:00Z`, the only form the provider takes. */
const minuteOf = (at: Instant): string => iso(at).replace(/:\d\d\.\d{3}Z$/, 'Z');

const pathOf = (location: string): string => `regionid/${location.replace('region ', '')}`;

export const UK_CARBON_INTENSITY = sourceType({
  name: NAME,
  kind: 'average',
  attribution: ATTRIBUTION,
  settings: z.strictObject({ url: address.optional() }),
  open: ({ url }, { directory, clock }) => {
    const locationOf = (zone: string): string | undefined => {
      const number = directory.ukRegion(zone);
      if (number !== undefined) return `region ${number}`;
      return zone === 'GB' ? NATIONAL : undefined;
    };
    return ukCarbonIntensity({ url, clock, locationOf });
  },
});
