/** The grid as its configured sources tell it: what was kept of their answers, local tables, and forecasts over both. */
import { DAY_MS, HOUR_MS, instant, intersection, iso, later, type Instant, type Interval } from '../units/time.js';
import { expectReach, NotServed, type ForecastMethod, type Grid, type History } from './grid.js';
import { historyForecaster } from './history-forecaster.js';
import type { IntensitySource } from './intensity-source.js';
import { persistenceForecaster } from './persistence-forecast.js';
import { piecesOf, type Forecast, type IntensityKind, type IntensitySeries, type Reading } from './reading.js';
import type { ReadingStore, Strand } from './reading-store.js';
import { settledReadings, type KnownReading } from './settled-series.js';
import { UnknownZone, type Zone } from './zone.js';

/** A zone and the sources that serve it, the preferred one first. */
export interface SourcedZone {
  readonly zone: Zone;
  readonly sources: readonly IntensitySource[];
}

/** A source's forecast older than this gives way to a built-in one from what is known since. */
const FORECAST_STALE_MS = 6 * HOUR_MS;
/** Issues looked at for steps no source has told of. */
const ISSUES_LOOKED_AT = 96;

/** The sources of one kind; the first one's factor type is the strand's. */
export const strandOf = ({ zone, sources }: SourcedZone, kind?: IntensityKind): { strand: Strand; sources: readonly IntensitySource[] } => {
  const wanted = kind ?? sources[0]!.kind;
  const ofKind = sources.filter((source) => source.kind === wanted);
  const [first] = ofKind;
  if (first === undefined)
    throw new NotServed(
      'kind',
      wanted,
      `${[...new Set(sources.map((source) => source.kind))].join(', ')}: what the sources of ${zone.key} tell`,
    );
  return { strand: { zone: zone.key, kind: wanted, factorType: first.factorType }, sources: ofKind };
};

/** What sources told of the hours, without forecasts: what a forecaster may learn from. */
export const toldHistory = (zone: SourcedZone, store: ReadingStore, kind?: IntensityKind): History => {
  const { strand, sources } = strandOf(zone, kind);
  return {
    async readings(_zone, span, now) {
      const told = (await toldVersions(strand, sources, store, span, now)).filter(tellsOfHours);
      return { ...seriesOf(strand), readings: begun(settledReadings(told, span, namesOf(sources)), now) };
    },
  };
};

/** A yearly mean has no shape to learn from, and what is made up teaches nothing. */
const tellsOfHours = ({ interval, provenance }: Reading): boolean => interval.end - interval.start <= DAY_MS && provenance !== 'synthetic';

export const liveGrid = (zones: readonly SourcedZone[], store: ReadingStore): Grid => {
  const zoneOf = (key: string): SourcedZone => {
    const found = zones.find(({ zone }) => zone.key === key);
    if (found === undefined)
      throw new UnknownZone(
        key,
        zones.map(({ zone }) => zone.key),
      );
    return found;
  };
  return {
    name: 'live sources',
    zones: () =>
      zones.map(({ zone, sources }) => ({
        ...zone,
        sources: namesOf(sources),
        kinds: [...new Set(sources.map(({ kind }) => kind))],
        attribution: [...new Set(sources.map(({ attribution }) => attribution))].join('; '),
      })),
    async readings(key, span, now, kind) {
      const { strand, sources } = strandOf(zoneOf(key), kind);
      const order = namesOf(sources);
      const told = await toldVersions(strand, sources, store, span, now);
      const settled = { ...seriesOf(strand), readings: begun(settledReadings(told, span, order), now) };
      const past = intersection(span, { start: span.start, end: later(now, 1) });
      if (past === undefined || piecesOf(settled, past).every(({ reading }) => reading !== undefined)) return settled;
      const issues = await store.forecasts(strand, past, now, ISSUES_LOOKED_AT);
      const standIns = issues.flatMap(({ readings }) => readings.map((reading) => ({ ...reading, knownAt: reading.issuedAt })));
      return { ...settled, readings: begun(settledReadings([...told, ...standIns], span, order), now) };
    },
    forecast: (key, span, now, { method = 'best', kind } = {}) => forecastBy(method, zoneOf(key), store, span, now, kind),
    sources: () => store.states(),
    onNews: (key, listener) => store.onNews(zoneOf(key).zone.key, listener),
  };
};

const namesOf = (sources: readonly IntensitySource[]): readonly string[] => sources.map(({ name }) => name);

const seriesOf = ({ zone, kind, factorType }: Strand): Omit<IntensitySeries, 'readings'> => ({ zone, kind, factorType });

const begun = (readings: readonly Reading[], now: Instant): readonly Reading[] => readings.filter(({ interval }) => interval.start <= now);

/** What was kept of the polled sources' answers, and what the local ones say now. */
const toldVersions = async (
  strand: Strand,
  sources: readonly IntensitySource[],
  store: ReadingStore,
  span: Interval,
  now: Instant,
): Promise<readonly KnownReading[]> => {
  const local = sources.filter(({ pollMs }) => pollMs === 0);
  const [kept, ...told] = await Promise.all([
    store.versions(strand, span, now),
    ...local.map((source) => source.readings({ zone: strand.zone, span, signal: NEVER })),
  ]);
  return [...kept, ...told.flatMap(({ readings }) => readings.map((reading) => ({ ...reading, knownAt: reading.issuedAt })))];
};

/** Local sources answer from memory: there is nothing to end. */
const NEVER = new AbortController().signal;

const forecastBy = async (
  method: ForecastMethod,
  zone: SourcedZone,
  store: ReadingStore,
  span: Interval,
  now: Instant,
  kind: IntensityKind | undefined,
): Promise<Forecast> => {
  expectReach(span, now);
  const asked = { zone, store, span, now, kind };
  const history = toldHistory(zone, store, kind);
  const persistence = persistenceForecaster(history);
  const ridge = historyForecaster(history, persistence);
  const builtin = async () => (await issuedThisHour(asked, ridge.method)) ?? ridge.forecast(zone.zone.key, span, now);
  if (method === 'persistence-24h') return persistence.forecast(zone.zone.key, span, now);
  if (method === 'builtin') return builtin();
  if (method === 'source') return sourceForecast(asked);
  const own = await freshOwnForecast(asked, instant(now - FORECAST_STALE_MS));
  if (own === undefined || !own.readings.every(tellsOfHours)) {
    const learned = await builtin();
    return own === undefined || learned.readings.length > 0 ? learned : own;
  }
  const reached = own.readings.at(-1)?.interval.end ?? own.issuedAt;
  return reached >= span.end ? own : extended(own, await builtin(), span);
};

interface Asked {
  readonly zone: SourcedZone;
  readonly store: ReadingStore;
  readonly span: Interval;
  readonly now: Instant;
  readonly kind: IntensityKind | undefined;
}

/** The forecast the zone's watch has issued by a method since the hour began, when it reaches to the end of the span. */
const issuedThisHour = async ({ zone, store, span, now, kind }: Asked, by: string): Promise<Forecast | undefined> => {
  const { strand } = strandOf(zone, kind);
  const last = (await store.forecasts(strand, span, now, ISSUES_LOOKED_AT)).find(({ method }) => method === by);
  const reached = last?.readings.at(-1)?.interval.end;
  if (last === undefined || reached === undefined || last.issuedAt < hourOf(now) || reached < span.end) return undefined;
  return touching(last, span);
};

const touching = (forecast: Forecast, span: Interval): Forecast => ({
  ...forecast,
  readings: forecast.readings.filter(({ interval }) => intersection(interval, span) !== undefined),
});

/** The last fresh forecast of the first source that has one. */
const freshOwnForecast = async (asked: Asked, oldest: Instant): Promise<Forecast | undefined> => {
  const { strand, sources } = strandOf(asked.zone, asked.kind);
  const { span, now, store } = asked;
  const issues = await store.forecasts(strand, span, now, ISSUES_LOOKED_AT);
  for (const source of sources.filter(({ forecastHours }) => forecastHours > 0)) {
    const issue =
      source.pollMs === 0
        ? await source.forecast({ zone: strand.zone, span, signal: NEVER })
        : issues.find(({ method, issuedAt }) => method === source.name && issuedAt >= oldest);
    if (issue !== undefined) return touching(issue, span);
  }
  return undefined;
};

/** What a source itself forecasts, whatever its age. @throws NotServed when none does, none reaches so far, or none has yet */
const sourceForecast = async (asked: Asked): Promise<Forecast> => {
  const { strand, sources } = strandOf(asked.zone, asked.kind);
  const forecasting = sources.filter(({ forecastHours }) => forecastHours > 0);
  const names = namesOf(forecasting).join(', ');
  const most = Math.max(0, ...forecasting.map(({ forecastHours }) => forecastHours));
  const hours = (asked.span.end - asked.now) / HOUR_MS;
  if (most === 0) throw new NotServed('method', 'source', `builtin: no source of ${strand.zone} forecasts`);
  if (hours > most) throw new NotServed('horizon', `${hours.toFixed(1)} h`, `at most ${most} h, as far as ${names} forecasts`);
  const issue = await freshOwnForecast(asked, instant(0));
  if (issue === undefined) throw new NotServed('method', 'source', `builtin: ${names} has given no forecast yet`);
  return issue;
};

/** A source's forecast as far as it reaches, then another; the note says where it changes. */
const extended = (own: Forecast, further: Forecast, span: Interval): Forecast => {
  const reached = own.readings.at(-1)?.interval.end ?? span.start;
  const readings = [...own.readings, ...further.readings.filter(({ interval }) => interval.start >= reached)];
  const note = `${own.method} reaches to ${iso(reached)}; from then on ${further.method}${further.note === undefined ? '' : ` (${further.note})`}`;
  return { ...own, readings, note };
};

/** Start of the hour an instant lies in. */
export const hourOf = (at: Instant): Instant => instant(Math.floor(at / HOUR_MS) * HOUR_MS);
