/** Carbon intensity from recorded traces: CSV files of the past, one a zone. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { intersection, type Instant, type Interval } from '../units/time.js';
import type { FactorType, IntensityKind, IntensitySeries, Reading } from './reading.js';
import { UnknownZone, type IntensitySource, type Zone } from './source.js';
import { parseTrace } from './trace-csv.js';

export interface TraceFile {
  readonly zone: Zone;
  readonly path: string;
}

/** Traces that share an origin. */
export interface TraceCollection {
  readonly files: readonly TraceFile[];
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** Who is to be named, and under which licence the files came. */
  readonly attribution: string;
}

/** A source that, being a record of the past, also knows everything at once. */
export interface RecordedTraces extends IntensitySource {
  /**
   * The whole trace, whatever the time is: for work that looks back (choosing a replay's day, judging a plan, backtests).
   * Never for planning or forecasting, which may know only what `readings` tells at their `now`.
   * @throws UnknownZone
   */
  wholeTrace(zone: string): Promise<IntensitySeries>;
  /**
   * From the start of the trace's first step to the end of its last, gaps included.
   * @throws UnknownZone
   */
  timeRange(zone: string): Promise<Interval>;
}

interface LoadedTrace {
  readonly range: Interval;
  readonly series: IntensitySeries;
}

const load = async (file: TraceFile, kind: IntensityKind, factorType: FactorType): Promise<LoadedTrace> => {
  const text = await readFile(file.path, 'utf8').catch((cause: unknown) => {
    throw new Error(`cannot read the recorded trace of ${file.zone.key}, ${file.path}`, { cause });
  });
  const { range, steps } = parseTrace(file.path, text);
  const zone = file.zone.key;
  const source = `trace:${path.basename(file.path, '.csv')}`;
  const readings = steps.flatMap(({ interval, intensity }): readonly Reading[] =>
    intensity === undefined ? [] : [{ zone, interval, intensity, kind, factorType, source, provenance: 'recorded', issuedAt: interval.end }],
  );
  return { range, series: { zone, kind, factorType, readings } };
};

/** A step in progress is said at `now`, a complete one when it ended. */
const asKnownAt = (reading: Reading, now: Instant): Reading => (reading.interval.end <= now ? reading : { ...reading, issuedAt: now });

/**
 * A source over recorded traces. A file is read and checked when its zone is first asked for, then kept in memory.
 * Its methods throw MalformedTrace, with file and line, where a file cannot be read as a trace.
 */
export const recordedTraces = ({ files, kind, factorType, attribution }: TraceCollection): RecordedTraces => {
  const loading = new Map<string, Promise<LoadedTrace>>();
  const known = files.map(({ zone }) => zone.key);
  const traceOf = async (zone: string): Promise<LoadedTrace> => {
    const file = files.find((candidate) => candidate.zone.key === zone);
    if (file === undefined) throw new UnknownZone(zone, known);
    const trace = loading.get(zone) ?? load(file, kind, factorType);
    loading.set(zone, trace);
    return trace;
  };
  return {
    name: 'recorded-traces',
    kind,
    factorType,
    attribution,
    zones: () => files.map(({ zone }) => zone),
    readings: async (zone, span, now) => {
      const { series } = await traceOf(zone);
      const begun = series.readings.filter((reading) => reading.interval.start <= now && intersection(reading.interval, span) !== undefined);
      return { ...series, readings: begun.map((reading) => asKnownAt(reading, now)) };
    },
    wholeTrace: async (zone) => (await traceOf(zone)).series,
    timeRange: async (zone) => (await traceOf(zone)).range,
  };
};

const SHIPPED: readonly (Zone & { readonly year: number })[] = [
  { key: 'US-CAL-CISO', name: 'California ISO', timeZone: 'America/Los_Angeles', year: 2022 },
  { key: 'US-TEX-ERCO', name: 'ERCOT', timeZone: 'America/Chicago', year: 2022 },
  { key: 'US-NW-BPAT', name: 'Bonneville Power Administration', timeZone: 'America/Los_Angeles', year: 2022 },
  { key: 'US-MIDA-PJM', name: 'PJM', timeZone: 'America/New_York', year: 2022 },
];

/** The traces Lowtide ships, described in `configs/traces/README.md`, from the directory they lie in. */
export const shippedTraces = (directory: string): RecordedTraces =>
  recordedTraces({
    files: SHIPPED.map(({ year, ...zone }) => ({ zone, path: path.join(directory, `${zone.key}-${year}.csv`) })),
    kind: 'average',
    factorType: 'lifecycle',
    attribution:
      'Hourly generation by fuel from form EIA-930 of the U.S. Energy Information Administration (public domain), compiled in an ' +
      'MIT-licensed repository of Hewlett Packard Enterprise; lifecycle factors: IPCC AR5 (2014) medians.',
  });
