/** One thread of the forecast bench: a trace's errors, a piece of its issues at a time or the walk over all of them. */
import { parentPort } from 'node:worker_threads';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { readTraceFile, type TraceFile } from '../../src/grid/trace-file.js';
import { errorsOfIssues, errorsOfWalk, scoredHours, type Errors, type Scored, type WalkErrors } from './forecast-errors.js';

export type Piece =
  | { readonly kind: 'issues'; readonly trace: TraceFile; readonly from: number; readonly to: number }
  | { readonly kind: 'walk'; readonly trace: TraceFile };

export type PieceDone =
  | { readonly kind: 'issues'; readonly zone: string; readonly issues: number; readonly errors: Errors }
  | { readonly kind: 'walk'; readonly zone: string; readonly walk: WalkErrors };

const loaded = new Map<string, { readonly series: IntensitySeries; readonly scored: Scored }>();

const load = (trace: TraceFile) => {
  const known = loaded.get(trace.file);
  if (known !== undefined) return known;
  const series = readTraceFile(trace);
  const fresh = { series, scored: scoredHours(series) };
  loaded.set(trace.file, fresh);
  return fresh;
};

const done = (piece: Piece): PieceDone => {
  const { series, scored } = load(piece.trace);
  const { zone } = piece.trace;
  if (piece.kind === 'walk') return { kind: 'walk', zone, walk: errorsOfWalk(series, scored) };
  const { from, to } = piece;
  return { kind: 'issues', zone, issues: to - from, errors: errorsOfIssues(series, scored, from, to) };
};

parentPort?.on('message', (piece: Piece) => parentPort?.postMessage(done(piece)));
