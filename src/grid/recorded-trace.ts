/** Recorded hourly traces (CSV) as a source of readings: what has happened by now, and the step in progress. */
import fs from 'node:fs';
import path from 'node:path';
import { carbonIntensity } from '../units/quantities.js';
import { instant, iso, parseInstant, type Instant } from '../units/time.js';
import { readingsWithin, type IntensitySeries, type Reading } from './reading.js';
import { UnknownZone, type IntensitySource, type Zone } from './source.js';

export interface RecordedTrace {
  readonly zone: Zone;
  readonly file: string;
}

/** The traces shipped in `configs/traces/`, see its README for their source and licence. */
export const shippedTraces = (directory: string): readonly RecordedTrace[] =>
  [
    { key: 'US-CAL-CISO', name: 'California ISO', timeZone: 'America/Los_Angeles' },
    { key: 'US-TEX-ERCO', name: 'Electric Reliability Council of Texas', timeZone: 'America/Chicago' },
    { key: 'US-NW-BPAT', name: 'Bonneville Power Administration', timeZone: 'America/Los_Angeles' },
    { key: 'US-MIDA-PJM', name: 'PJM Interconnection', timeZone: 'America/New_York' },
  ].map((zone) => ({ zone, file: path.join(directory, `${zone.key}-2022.csv`) }));

const ATTRIBUTION =
  'Generation by fuel: EIA-930 (U.S. Energy Information Administration, public domain), hourly 2022, compiled in an MIT-licensed repository of Hewlett Packard Enterprise; intensity: IPCC AR5 (2014) median lifecycle factors';

export interface RecordedSource extends IntensitySource {
  /** Every step of a zone's trace, whatever the time: for choosing a replay's day and for looking back. @throws UnknownZone */
  wholeTrace(zone: string): IntensitySeries;
}

/** Files are read and checked at first use. @throws UnknownZone, TraceError */
export const recordedTraces = (traces: readonly RecordedTrace[]): RecordedSource => {
  const loaded = new Map<string, IntensitySeries>();
  const wholeTrace = (key: string): IntensitySeries => {
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const trace = traces.find(({ zone }) => zone.key === key);
    if (trace === undefined) {
      throw new UnknownZone(
        key,
        traces.map(({ zone }) => zone.key),
      );
    }
    const series = readTrace(trace);
    loaded.set(key, series);
    return series;
  };
  return {
    name: 'recorded traces',
    kind: 'average',
    factorType: 'lifecycle',
    attribution: ATTRIBUTION,
    zones: () => traces.map(({ zone }) => zone),
    wholeTrace,
    readings(key, span, now) {
      const series = wholeTrace(key);
      const readings = readingsWithin(series, span)
        .filter(({ interval }) => interval.start <= now)
        .map((reading) => ({ ...reading, issuedAt: instant(Math.min(reading.interval.end, now)) }));
      return Promise.resolve({ ...series, readings });
    },
  };
};

/** A trace file that is missing or has a line that is not what it should be. */
export class TraceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TraceError';
  }
}

const TIME_COLUMN = 'time_utc';
const INTENSITY_COLUMN = 'intensity_gco2eq_per_kwh';

const readTrace = ({ zone, file }: RecordedTrace): IntensitySeries => {
  if (!fs.existsSync(file)) throw new TraceError(`recorded trace ${file} is missing`);
  const [header = '', ...lines] = fs.readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const columns = header.split(',');
  const time = columns.indexOf(TIME_COLUMN);
  const value = columns.indexOf(INTENSITY_COLUMN);
  if (time < 0 || value < 0) throw new TraceError(`${file}: the header names ${header}; needed are ${TIME_COLUMN} and ${INTENSITY_COLUMN}`);
  lines.forEach((line, index) => {
    const cells = line.split(',').length;
    if (cells !== columns.length)
      throw new TraceError(`${file}:${index + 2}: ${cells} cells, but the header names ${columns.length} columns`);
  });
  const starts = lines.map((line, index) => startOf(file, index + 2, line.split(',')[time]));
  const stepMs = stepOf(file, starts);
  const source = `trace:${path.basename(file, '.csv')}`;
  const readings = lines.flatMap((line, index): readonly Reading[] => {
    const text = line.split(',')[value]!;
    if (text === '') return []; // A blank hour is a gap of the record.
    const amount = Number(text);
    if (!Number.isFinite(amount) || amount < 0)
      throw new TraceError(`${file}:${index + 2}: intensity ${text} is not a number of at least 0`);
    const start = starts[index]!;
    const end = instant(start + stepMs);
    return [
      {
        zone: zone.key,
        interval: { start, end },
        intensity: carbonIntensity(amount),
        kind: 'average',
        factorType: 'lifecycle',
        source,
        provenance: 'recorded',
        issuedAt: end,
      },
    ];
  });
  return { zone: zone.key, kind: 'average', factorType: 'lifecycle', readings };
};

const startOf = (file: string, line: number, text: string | undefined): Instant => {
  try {
    return parseInstant(text ?? '');
  } catch (failure) {
    throw new TraceError(`${file}:${line}: ${(failure as Error).message}`);
  }
};

/** The constant step between lines. */
const stepOf = (file: string, starts: readonly Instant[]): number => {
  const [first, second] = starts;
  if (first === undefined || second === undefined) throw new TraceError(`${file} has fewer than two lines of data`);
  starts.forEach((start, index) => {
    if (start !== first + index * (second - first))
      throw new TraceError(`${file}:${index + 2}: ${iso(start)} breaks the constant step of the lines before it`);
  });
  if (second <= first) throw new TraceError(`${file}: times must rise`);
  return second - first;
};
