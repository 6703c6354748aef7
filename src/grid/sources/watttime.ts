/**
 * WattTime, API v3: marginal (`co2_moer`) and average (`co2_aoer`) operating emission rates, lbs of CO2 per MWh.
 * https://docs.watttime.org (2026); endpoints `/login`, `/v3/historical`, `/v3/forecast`.
 */
import { z } from 'zod';
import { DAY_MS, HOUR_MS, instant, iso, MINUTE_MS, SECOND_MS } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import type { IntensityKind } from '../reading.js';
import { openConnection } from './connection.js';
import { amount, time } from './shapes.js';
import { address, clockOf, locationFor, required, sourceType, type SourceOptions } from './source-options.js';
import { inTurn, piecesOfAtMost, readingsFrom, stepStart, type StatedValue } from './stated-values.js';
import { openSession } from './watttime-session.js';

const ATTRIBUTION = 'WattTime (watttime.org), under the licence of the account that is used';
const STEP_MS = 5 * MINUTE_MS;
const LONGEST_FORECAST_HOURS = 72;
/** The provider allows 32 days a call; its own client asks for 30. */
const HISTORY_PIECE_MS = 30 * DAY_MS;
/** g/kWh of 1 lb/MWh: the international pound is 453.59237 g by definition, and a MWh is 1,000 kWh. */
const GRAMS_PER_KWH_OF_LBS_PER_MWH = 0.45359237;

export interface WattTimeOptions extends SourceOptions {
  readonly username: string;
  readonly password: string;
}

interface Signal {
  readonly name: string;
  readonly kind: IntensityKind;
  readonly type: 'co2_moer' | 'co2_aoer';
}
const MARGINAL: Signal = { name: 'watttime-marginal', kind: 'marginal', type: 'co2_moer' };
const AVERAGE: Signal = { name: 'watttime-average', kind: 'average', type: 'co2_aoer' };

const replyShape = z.object({
  data: z.array(z.object({ point_time: time, value: amount, last_updated: time.optional() })),
  meta: z.object({
    region: z.string(),
    signal_type: z.string(),
    units: z.string(),
    data_point_period_seconds: z.number().positive().optional(),
    generated_at: time.optional(),
  }),
});
type Reply = z.infer<typeof replyShape>;

export const watttimeMarginal = (options: WattTimeOptions): IntensitySource => watttime(MARGINAL, options);
export const watttimeAverage = (options: WattTimeOptions): IntensitySource => watttime(AVERAGE, options);

/** Its values are the outcome of a model, so every reading is an estimate; only what burns is counted, so they are direct. */
const watttime = ({ name, kind, type }: Signal, options: WattTimeOptions): IntensitySource => {
  const clock = clockOf(options);
  const { locationOf } = options;
  let tokens: readonly string[] = [];
  const connection = openConnection({
    source: name,
    url: options.url ?? 'https://api.watttime.org',
    clock,
    // 10 a second and 3,000 in 5 minutes for the whole account, of which both signals may be in use.
    callsPerSecond: 4,
    secrets: () => [options.password, `${options.username}:${options.password}`, ...tokens],
    ...options.calls,
  });
  const session = openSession(connection, clock, options, (token) => {
    tokens = [token, ...tokens].slice(0, 2);
  });

  const ask = async (path: string, region: string, query: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const answer = await session.withToken(signal, (token) =>
      connection.get({
        path,
        query: { region, signal_type: type, ...query },
        headers: { authorization: `Bearer ${token}` },
        shape: replyShape,
        signal,
      }),
    );
    refuseOthers(name, answer.value, { region, type });
    return answer;
  };
  const statement = ({ zone, span }: SourceQuery, { meta }: Reply) => ({
    zone,
    source: name,
    kind,
    factorType: 'direct' as const,
    span,
    stepMs: meta.data_point_period_seconds === undefined ? undefined : meta.data_point_period_seconds * SECOND_MS,
    usualStepMs: STEP_MS,
  });

  return {
    name,
    kind,
    factorType: 'direct',
    attribution: ATTRIBUTION,
    forecastHours: LONGEST_FORECAST_HOURS,
    pollMs: STEP_MS,
    health: connection.health,
    locationOf,
    async readings(query) {
      const region = locationFor(name, locationOf, query.zone);
      // From the full hour: the step that touches the start may be longer than usual.
      const begun = { start: stepStart(query.span.start, HOUR_MS), end: instant(Math.min(query.span.end, clock.now())) };
      const series = { zone: query.zone, kind, factorType: 'direct' as const };
      const answers = await inTurn(piecesOfAtMost(begun, HISTORY_PIECE_MS), ({ start, end }) =>
        ask('/v3/historical', region, { start: iso(start), end: iso(end) }, query.signal),
      );
      const last = answers.at(-1);
      if (last === undefined) return { ...series, readings: [] };
      const values = answers.flatMap(({ value, at }) => value.data.map((point) => statedBy(point, 'estimated', point.last_updated ?? at)));
      return { ...series, readings: readingsFrom(values, { ...statement(query, last.value), heardAt: last.at, begunBy: clock.now() }) };
    },
    async forecast(query) {
      const region = locationFor(name, locationOf, query.zone);
      const hours = Math.ceil((query.span.end - clock.now()) / HOUR_MS);
      const horizon = { horizon_hours: String(Math.min(LONGEST_FORECAST_HOURS, Math.max(1, hours))) };
      const { value, at } = await ask('/v3/forecast', region, horizon, query.signal);
      const issuedAt = instant(Math.min(value.meta.generated_at ?? at, at));
      const values = value.data.map((point) => statedBy(point, 'forecast', issuedAt));
      const readings = readingsFrom(values, { ...statement(query, value), heardAt: at });
      return { zone: query.zone, kind, factorType: 'direct', method: name, issuedAt, readings };
    },
  };
};

const statedBy = (
  { point_time, value }: Reply['data'][number],
  provenance: StatedValue['provenance'],
  issuedAt: StatedValue['issuedAt'],
): StatedValue => ({
  start: point_time,
  value: value === undefined ? undefined : value * GRAMS_PER_KWH_OF_LBS_PER_MWH,
  provenance,
  issuedAt,
});

/** @throws SourceFault about an answer for another region, signal or unit than asked */
const refuseOthers = (source: string, { meta }: Reply, asked: { readonly region: string; readonly type: string }): void => {
  const expected = { region: asked.region, signal_type: asked.type, units: 'lbs_co2_per_mwh' } as const;
  for (const field of ['region', 'signal_type', 'units'] as const)
    if (meta[field] !== expected[field])
      throw new SourceFault(
        source,
        'mismatched',
        `the answer's ${field} is ${JSON.stringify(meta[field])}, asked for was ${expected[field]}`,
      );
};

const typeOf = (signal: Signal) =>
  sourceType({
    name: signal.name,
    kind: signal.kind,
    attribution: ATTRIBUTION,
    settings: z.strictObject({
      username: required('the name of a WattTime account'),
      password: required('the password of a WattTime account'),
      url: address.optional(),
    }),
    open: (settings, { directory, clock }) =>
      watttime(signal, { ...settings, clock, locationOf: (zone) => directory.watttimeRegion(zone, signal.kind) }),
  });
export const WATTTIME_MARGINAL = typeOf(MARGINAL);
export const WATTTIME_AVERAGE = typeOf(AVERAGE);
