/** `npm run bench forecast`: the built-in forecast beside persistence and a weekly mean, walk-forward over whole traces. */
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import Table from 'cli-table3';
import logUpdate from 'log-update';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile, type TraceFile } from '../../src/grid/trace-file.js';
import { addErrors, BLOCKS, METHODS, scoredHours, type Errors, type Method, type Scored } from './forecast-errors.js';
import type { Piece, PieceDone } from './forecast-worker.js';

const PIECE_ISSUES = 96;

export interface ForecastBenchOptions {
  readonly json?: boolean;
  readonly trace?: string;
  readonly tz: 'UTC' | undefined;
}

export const benchForecast = async ({ json, trace, tz }: ForecastBenchOptions): Promise<void> => {
  const traces: readonly TraceFile[] =
    trace === undefined
      ? shippedTraces(path.resolve('configs/traces')).map(({ zone, file }) => ({ zone: zone.key, file }))
      : [{ zone: path.basename(trace, '.csv'), file: trace, ...(tz && { timeZone: tz }) }];
  const scored = traces.map((each) => scoredHours(readTraceFile(each)));
  const began = performance.now();
  const errors = await walkForward(traces, scored);
  const zones = traces.map(({ zone }, index) => resultOf(zone, scored[index]!, errors.get(zone)!));
  console.log(tableOf(zones));
  for (const { zone, issues, hours, excluded, unknown, mapeAll } of zones)
    console.log(
      `${zone}: ${issues} issues over ${hours} hours; ${unknown} unknown hours, ${excluded} broken ones (outside a quarter to four times the median of the week before) left out; with the broken ones MAPE 1-24 h is ${mapeAll.toFixed(2)} %`,
    );
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} threads, Node ${process.version}, ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  if (json === true)
    console.log(
      JSON.stringify({
        zones: Object.fromEntries(
          zones.map(({ zone, figures, coverage80, coverage95, fitMs, fitMsP99, excluded, mapeAll }) => [
            zone,
            {
              ...figures,
              coverage80,
              coverage95,
              fitMs,
              fitMsP99,
              brokenHoursExcluded: excluded,
              mapeWithBroken: { '1-24': round(mapeAll) },
            },
          ]),
        ),
      }),
    );
};

/** One thread a core, each taking the next piece when it has done one. */
const walkForward = async (traces: readonly TraceFile[], scored: readonly Scored[]): Promise<ReadonlyMap<string, Errors>> => {
  const pieces: Piece[] = traces.flatMap((trace, index) => {
    const { firstIssue, lastIssue } = scored[index]!;
    const starts = Array.from(
      { length: Math.ceil((lastIssue - firstIssue) / PIECE_ISSUES) },
      (_, piece) => firstIssue + piece * PIECE_ISSUES,
    );
    return starts.map((from) => ({ trace, from, to: Math.min(from + PIECE_ISSUES, lastIssue) }));
  });
  const total = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  const errors = new Map<string, Errors>();
  let done = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: os.availableParallelism() }, async () => {
      const worker = new Worker(new URL('forecast-worker.js', import.meta.url));
      try {
        for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
          const answer = await ask(worker, piece);
          const before = errors.get(answer.zone);
          errors.set(answer.zone, before === undefined ? answer.errors : addErrors(before, answer.errors));
          done += answer.issues;
          const left = ((performance.now() - began) / 1000 / done) * (total - done);
          if (process.stderr.isTTY) logUpdate(`${done}/${total} issues, about ${left.toFixed(0)} s left`);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  if (process.stderr.isTTY) logUpdate.clear();
  return errors;
};

const ask = (worker: Worker, piece: Piece): Promise<PieceDone> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(piece);
  });

const resultOf = (zone: string, { means, broken, firstIssue, lastIssue }: Scored, errors: Errors) => {
  const figures = Object.fromEntries(
    METHODS.map((method) => [
      method,
      Object.fromEntries(
        BLOCKS.map((block, index) => [block, round((100 * errors.sums[method][index]!.relative) / errors.sums[method][index]!.count)]),
      ),
    ]),
  ) as Record<Method, Record<(typeof BLOCKS)[number], number>>;
  const scoredCount = errors.sums.mape.reduce((sum, { count }) => sum + count, 0);
  const [first] = errors.sums.mape;
  const sortedMs = [...errors.fitMs].sort((a, b) => a - b);
  return {
    zone,
    figures,
    coverage80: round((100 * errors.within80) / scoredCount),
    coverage95: round((100 * errors.within95) / scoredCount),
    fitMs: round(sortedMs[Math.floor(sortedMs.length / 2)]!),
    fitMsP99: round(sortedMs[Math.floor(sortedMs.length * 0.99)]!),
    mapeAll: (100 * first!.relativeAll) / first!.countAll,
    issues: lastIssue - firstIssue,
    hours: means.length,
    excluded: broken.size,
    unknown: means.filter((mean) => Number.isNaN(mean)).length,
  };
};

const round = (value: number): number => Number(value.toFixed(2));

const tableOf = (zones: readonly ReturnType<typeof resultOf>[]): string => {
  const table = new Table({
    head: [
      'MAPE, %',
      'leads',
      'built-in',
      '24-h persistence',
      '7-day persistence',
      'weekly mean',
      'lower than the better persistence by',
      'within 80 / 95 %',
      'fit + forecast, ms',
    ],
    style: { head: [], border: [] },
  });
  for (const { zone, figures, coverage80, coverage95, fitMs, fitMsP99 } of zones)
    for (const block of BLOCKS) {
      const [own, daily, weekly, mean] = METHODS.map((method) => figures[method][block]) as [number, number, number, number];
      const better = Math.min(daily, weekly);
      const numbers = [own, daily, weekly, mean].map((value) => value.toFixed(2));
      const first = block === BLOCKS[0];
      table.push([
        first ? zone : '',
        `${block} h`,
        ...numbers,
        `${(100 * (1 - own / better)).toFixed(1)} %`,
        first ? `${coverage80.toFixed(1)} / ${coverage95.toFixed(1)}` : '',
        first ? `${fitMs.toFixed(0)} (p99 ${fitMsP99.toFixed(0)})` : '',
      ]);
    }
  return table.toString();
};
