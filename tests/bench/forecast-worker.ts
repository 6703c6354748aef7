/** One thread of the forecast bench: a trace's errors, a piece of its issues at a time. */
import { parentPort } from 'node:worker_threads';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { readTraceFile, type TraceFile } from '../../src/grid/trace-file.js';
import { errorsOfIssues, scoredHours, type Errors, type Scored } from './forecast-errors.js';

export interface Piece {
  readonly trace: TraceFile;
  readonly from: number;
  readonly to: number;
}

export interface PieceDone {
  readonly zone: string;
  readonly issues: number;
  readonly errors: Errors;
}

const loaded = new Map<string, { readonly series: IntensitySeries; readonly scored: Scored }>();

const load = (trace: TraceFile) => {
  const known = loaded.get(trace.file);
  if (known !== undefined) return known;
  const series = readTraceFile(trace);
  const fresh = { series, scored: scoredHours(series) };
  loaded.set(trace.file, fresh);
  return fresh;
};

parentPort?.on('message', ({ trace, from, to }: Piece) => {
  const { series, scored } = load(trace);
  const done: PieceDone = { zone: trace.zone, issues: to - from, errors: errorsOfIssues(series, scored, from, to) };
  parentPort?.postMessage(done);
});
