/** Reads a CSV file of carbon intensity over time: any constant step, rows may be missing, blank values are gaps. */
import fs from 'node:fs';
import path from 'node:path';
import { carbonIntensity } from '../units/quantities.js';
import { instant, iso, parseInstant, type Instant } from '../units/time.js';
import type { FactorType, IntensityKind, IntensitySeries, Reading } from './reading.js';

export interface TraceFile {
  readonly zone: string;
  readonly file: string;
  /** What times without an offset mean; such times are refused when it is undefined. */
  readonly timeZone?: 'UTC';
  readonly kind?: IntensityKind;
  readonly factorType?: FactorType;
}

/** A trace file that is missing or has a line that is not what it should be; the message names file and line. */
export class TraceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TraceError';
  }
}

const TIME_COLUMN = /^(time|date_?time|timestamp|start)/;
const INTENSITY_COLUMN = /^(carbon_?)?intensity/;
const SAYS_UTC = /utc/;

/**
 * The time column is the first whose name begins with time, datetime, timestamp or start; the value column the first whose
 * name begins with intensity or carbon intensity, in gCO2eq/kWh. A time is the start of its step.
 * @throws TraceError
 */
export const readTraceFile = ({ zone, file, timeZone, kind = 'average', factorType = 'lifecycle' }: TraceFile): IntensitySeries => {
  if (!fs.existsSync(file)) throw new TraceError(`trace ${file} is missing`);
  if (fs.statSync(file).isDirectory()) throw new TraceError(`trace ${file} is a folder, not a file`);
  const [header = '', ...lines] = fs
    .readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
  const columns = header.split(',').map((name) => name.trim().toLowerCase().replace(/\s+/g, '_'));
  const time = columns.findIndex((name) => TIME_COLUMN.test(name));
  const value = columns.findIndex((name) => INTENSITY_COLUMN.test(name));
  if (time < 0 || value < 0)
    throw new TraceError(
      `${file}: the header names ${header}; needed are a time and an intensity column, like time_utc,intensity_gco2eq_per_kwh`,
    );
  const naiveIsUtc = timeZone === 'UTC' || SAYS_UTC.test(columns[time]!);
  const rows = lines.map((line, index) => {
    const cells = line.split(',');
    if (cells.length !== columns.length)
      throw new TraceError(`${file}:${index + 2}: ${cells.length} cells, but the header names ${columns.length} columns`);
    const where = `${file}:${index + 2}`;
    return { where, start: startOf(where, cells[time]!.trim(), naiveIsUtc), value: valueOf(where, cells[value]!.trim()) };
  });
  const stepMs = stepOf(file, rows);
  const source = `trace:${path.basename(file, '.csv')}`;
  const readings = rows.flatMap(({ start, value: amount }): readonly Reading[] => {
    if (amount === undefined) return [];
    const end = instant(start + stepMs);
    const intensity = carbonIntensity(amount);
    return [{ zone, interval: { start, end }, intensity, kind, factorType, source, provenance: 'recorded', issuedAt: end }];
  });
  return { zone, kind, factorType, readings };
};

interface Row {
  readonly where: string;
  readonly start: Instant;
  readonly value: number | undefined;
}

const NAIVE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/;

const startOf = (where: string, text: string, naiveIsUtc: boolean): Instant => {
  const naive = NAIVE.exec(text);
  if (naive !== null && !naiveIsUtc)
    throw new TraceError(
      `${where}: time ${text} names no offset; write it like 2022-06-01T17:00:00Z, or state that the file is in UTC (--tz UTC)`,
    );
  try {
    return parseInstant(naive === null ? text : `${naive[1]!}T${naive[2]!}Z`);
  } catch (failure) {
    throw new TraceError(`${where}: ${(failure as Error).message}`);
  }
};

const valueOf = (where: string, text: string): number | undefined => {
  if (text === '') return undefined; // A blank step is a gap of the record.
  const amount = Number(text);
  if (!Number.isFinite(amount) || amount < 0) throw new TraceError(`${where}: intensity ${text} is not a number of at least 0 gCO2eq/kWh`);
  return amount;
};

/** The most frequent distance between rows; every row lies a whole number of steps after the first. */
const stepOf = (file: string, rows: readonly Row[]): number => {
  const [first] = rows;
  if (first === undefined || rows.length < 2) throw new TraceError(`${file} has fewer than two lines of data`);
  const counts = new Map<number, number>();
  rows.slice(1).forEach(({ where, start }, index) => {
    const distance = start - rows[index]!.start;
    if (distance <= 0) throw new TraceError(`${where}: ${iso(start)} does not come after the line before it; times must rise`);
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  });
  const most = Math.max(...counts.values());
  const stepMs = Math.min(...[...counts].filter(([, count]) => count === most).map(([distance]) => distance));
  for (const { where, start } of rows)
    if ((start - first.start) % stepMs !== 0)
      throw new TraceError(`${where}: ${iso(start)} breaks the constant step of ${stepMs / 60_000} min of the other lines`);
  return stepMs;
};
