/**
 * Yearly means from tables, for zones nothing better is known of. A mean is known when its year is over, and then stands
 * for that year and every later one: an estimate, said as such, with the location and year it is from in each reading's
 * source. Years before it are gaps.
 */
import path from 'node:path';
import { z } from 'zod';
import { wallClock, type Clock } from '../../units/clock.js';
import { instant, type Instant, type Interval } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import type { FactorType, Forecast, Reading } from '../reading.js';
import { sameBasis, type Based } from '../same-basis.js';
import type { ZoneDirectory } from '../zone-directory.js';
import { UnknownZone } from '../zone.js';
import { readFactorTable, tablesCounting, USUAL_TABLES, type FactorTable, type YearlyFactor } from './factor-table.js';
import { sourceType } from './source-options.js';

const NAMES: Readonly<Record<FactorType, string>> = { lifecycle: 'offline-factors', direct: 'offline-factors-direct' };
const METHOD = 'yearly-mean';
const NOTE = 'a yearly mean says nothing of the hours: to it all are equal';
const FORECAST_HOURS = 72;

export interface OfflineFactorsOptions {
  /**
   * Asked in this order for a zone, then in the same order for its whole country, and `world` last. All must count the same
   * way: a source does not mix lifecycle and direct factors.
   */
  readonly tables: readonly FactorTable[];
  readonly zones: ZoneDirectory;
  /** Says which years have begun; the wall clock when absent. */
  readonly clock?: Clock;
}

/** @throws RangeError when there is no table, MixedBasis when some count lifecycle and some direct emissions */
export const offlineFactors = ({ tables, zones, clock = wallClock }: OfflineFactorsOptions): IntensitySource => {
  const factorType = sharedFactorType(tables);
  const name = NAMES[factorType];
  const lookUp = tables.map((table) => ({ table, byZone: factorsByZone(table, zones) }));
  const world = tables.flatMap((table) => table.factors.filter(isWorld).map((factor) => ({ table, factor })))[0];

  const found = (zone: string): Found | undefined => {
    const country = zones.countryZone(zone);
    for (const key of country === undefined ? [zone] : [zone, country])
      for (const { table, byZone } of lookUp) {
        const factor = byZone.get(key);
        if (factor !== undefined) return { table, factor };
      }
    return world;
  };
  const yearsOf = (query: SourceQuery, until: Instant): readonly Reading[] => {
    query.signal.throwIfAborted();
    const mean = found(query.zone);
    if (mean === undefined) throw new SourceFault(name, 'not-offered', `has no yearly mean for the zone ${JSON.stringify(query.zone)}`);
    const { factor, table } = mean;
    const issuedAt = startOfYear(factor.year + 1);
    if (issuedAt > clock.now()) return [];
    return yearsTouching(query.span, factor.year)
      .filter(({ start }) => start <= until)
      .map((interval) => ({
        zone: query.zone,
        interval,
        intensity: factor.intensity,
        kind: 'average',
        factorType,
        source: `${name}:${table.name}/${factor.location}-${factor.year}`,
        provenance: 'estimated',
        issuedAt,
      }));
  };
  return {
    name,
    kind: 'average',
    factorType,
    attribution: tables.map(({ attribution }) => attribution).join('; '),
    forecastHours: FORECAST_HOURS,
    pollMs: 0,
    locationOf: (zone) => found(zone)?.factor.location,
    readings: (query) =>
      Promise.resolve().then(() => ({ zone: query.zone, kind: 'average', factorType, readings: yearsOf(query, clock.now()) })),
    /** The same mean ahead, without intervals: it is still an estimate, and stated anew each time it is asked for. */
    forecast: (query) =>
      Promise.resolve().then((): Forecast => {
        const issuedAt = clock.now();
        const readings = yearsOf(query, query.span.end).map((reading) => ({ ...reading, issuedAt }));
        return { zone: query.zone, kind: 'average', factorType, method: METHOD, issuedAt, readings, note: NOTE };
      }),
  };
};

interface Found {
  readonly table: FactorTable;
  readonly factor: YearlyFactor;
}

const isWorld = ({ location }: YearlyFactor): boolean => location === 'world';

const sharedFactorType = (tables: readonly FactorTable[]): FactorType => {
  const [first, ...others] = tables.map(({ name, factorType }): Based => [`table ${name}`, { kind: 'average', factorType }]);
  if (first === undefined) throw new RangeError('offline factors need at least one table');
  return sameBasis(first, ...others).factorType;
};

/**
 * What a table says of each zone. A row that could be about several zones is about none of them. Of several rows for one
 * zone those of the latest year count, and only when they agree: six states do not tell the mean of the grid they share.
 */
const factorsByZone = ({ factors }: FactorTable, zones: ZoneDirectory): ReadonlyMap<string, YearlyFactor> => {
  const byZone = new Map<string, YearlyFactor[]>();
  for (const factor of factors) {
    const zone = zones.resolve(factor.location);
    if (isWorld(factor) || zone instanceof UnknownZone) continue;
    byZone.set(zone.key, [...(byZone.get(zone.key) ?? []), factor]);
  }
  return new Map(
    [...byZone].flatMap(([zone, rows]): readonly (readonly [string, YearlyFactor])[] => {
      const latest = rows.filter(({ year }) => year === Math.max(...rows.map((row) => row.year)));
      return latest.every(({ intensity }) => intensity === latest[0]!.intensity) ? [[zone, latest[0]!]] : [];
    }),
  );
};

/** Calendar years (UTC) that touch a span, none before the first. */
const yearsTouching = (span: Interval, first: number): readonly Interval[] => {
  const years: Interval[] = [];
  for (let year = Math.max(first, new Date(span.start).getUTCFullYear()); startOfYear(year) < span.end; year += 1)
    years.push({ start: startOfYear(year), end: startOfYear(year + 1) });
  return years;
};

const startOfYear = (year: number): Instant => instant(Date.UTC(year, 0, 1));

const typeOf = (factorType: FactorType) => {
  const allowed = tablesCounting(factorType);
  const inWords = `names of tables in configs/factors that count ${factorType} emissions: ${allowed.join(', ')}`;
  return sourceType({
    name: NAMES[factorType],
    kind: 'average',
    attribution: 'yearly means of tables shipped with Lowtide, see configs/factors/README.md',
    settings: z.strictObject({
      tables: z
        .array(z.enum(allowed, inWords), inWords)
        .min(1, inWords)
        .default([...USUAL_TABLES[factorType]]),
    }),
    open: ({ tables }, { directory, clock, package: folder }) =>
      offlineFactors({
        tables: tables.map((table) => readFactorTable(path.join(folder, 'configs/factors'), table)),
        zones: directory,
        clock,
      }),
  });
};
export const OFFLINE_FACTORS = typeOf('lifecycle');
export const OFFLINE_FACTORS_DIRECT = typeOf('direct');
