/** Reads the text of one recorded trace: a CSV table with a time column and an intensity column. */
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import { instant, interval, iso, parseInstant, type Instant, type Interval } from '../units/time.js';

const TIME_COLUMN = 'time_utc';
const INTENSITY_COLUMN = 'intensity_gco2eq_per_kwh';
/** Plain decimal notation, not negative: what a blank-or-number column of a measured intensity may hold. */
const DECIMAL = /^\d+(?:\.\d+)?$/;

/** One row; a blank intensity is a gap. */
export interface TraceStep {
  readonly interval: Interval;
  readonly intensity: CarbonIntensity | undefined;
}

export interface TraceTable {
  /** From the start of the first row's step to the end of the last row's, gaps included. */
  readonly range: Interval;
  readonly stepMs: number;
  readonly steps: readonly TraceStep[];
}

/** A row that cannot be read; the message says the file, the line, what stood there and what is allowed. */
export class MalformedTrace extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    problem: string,
  ) {
    super(`${file}, line ${line}: ${problem}`);
    this.name = 'MalformedTrace';
  }
}

interface Row {
  readonly line: number;
  readonly start: Instant;
  readonly intensity: CarbonIntensity | undefined;
}

const startOf = (text: string): Instant | undefined => {
  try {
    return parseInstant(text);
  } catch (failure) {
    if (failure instanceof RangeError) return undefined;
    throw failure;
  }
};

const rowsOf = (file: string, text: string): readonly Row[] => {
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const columns = header.split(',');
  const timeAt = columns.indexOf(TIME_COLUMN);
  const intensityAt = columns.indexOf(INTENSITY_COLUMN);
  if (timeAt < 0 || intensityAt < 0) {
    throw new MalformedTrace(file, 1, `the header must name the columns ${TIME_COLUMN} and ${INTENSITY_COLUMN}, got ${JSON.stringify(header)}`);
  }
  return lines.map((content, index) => {
    const line = index + 2;
    const cells = content.split(',');
    if (cells.length !== columns.length) throw new MalformedTrace(file, line, `${columns.length} columns are expected, got ${cells.length}`);
    const time = cells[timeAt]!;
    const value = cells[intensityAt]!;
    const start = startOf(time);
    if (start === undefined) throw new MalformedTrace(file, line, `${TIME_COLUMN} must be an ISO-8601 instant with an offset, got ${JSON.stringify(time)}`);
    if (value !== '' && !DECIMAL.test(value)) {
      throw new MalformedTrace(file, line, `${INTENSITY_COLUMN} must be a number of at least 0, or blank where unknown, got ${JSON.stringify(value)}`);
    }
    return { line, start, intensity: value === '' ? undefined : carbonIntensity(Number(value)) };
  });
};

/**
 * Parses a trace. Rows are in time order at one constant step, which the first two rows set; a row left out is a gap like
 * a blank one. Columns other than the time and the intensity are not read.
 *
 * @param file the name used in messages
 * @throws MalformedTrace at the first row that breaks these rules
 */
export const parseTrace = (file: string, text: string): TraceTable => {
  const rows = rowsOf(file, text);
  const [first, second] = rows;
  if (first === undefined || second === undefined) throw new MalformedTrace(file, rows.length + 1, `a trace has at least two rows, got ${rows.length}`);
  const stepMs = second.start - first.start;
  rows.forEach((row, index) => {
    const before = rows[index - 1];
    if (before === undefined) return;
    const passed = row.start - before.start;
    if (passed > 0 && passed % stepMs === 0) return;
    throw new MalformedTrace(
      file,
      row.line,
      `rows must follow each other in steps of ${stepMs / 1000} s, got ${iso(row.start)} after ${iso(before.start)}`,
    );
  });
  const steps = rows.map(({ start, intensity }) => ({ interval: interval(start, instant(start + stepMs)), intensity }));
  return { range: interval(first.start, steps.at(-1)!.interval.end), stepMs, steps };
};
