/** `npm run bench forecast`: the built-in forecast beside persistence and a weekly mean, walk-forward over whole traces. */
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import Table from 'cli-table3';
import logUpdate from 'log-update';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile, type TraceFile } from '../../src/grid/trace-file.js';
import {
  addErrors,
  BLOCKS,
  METHODS,
  scoredHours,
  type Errors,
  type ErrorSum,
  type Method,
  type Scored,
  type WalkErrors,
} from './forecast-errors.js';
import type { Piece, PieceDone } from './forecast-worker.js';

const PIECE_ISSUES = 96;

export interface ForecastBenchOptions {
  readonly json?: boolean;
  readonly trace?: string;
  readonly tz: 'UTC' | undefined;
}

export const benchForecast = async ({ json, trace, tz }: ForecastBenchOptions): Promise<void> => {
  const traces = trace === undefined ? recordedYears() : [{ zone: path.basename(trace, '.csv'), file: trace, ...(tz && { timeZone: tz }) }];
  const scored = traces.map((each) => scoredHours(readTraceFile(each)));
  const began = performance.now();
  const { errors, walks } = await errorsOf(traces, scored);
  const zones = traces.map(({ zone }, index) => resultOf(zone, scored[index]!, errors.get(zone)!, walks.get(zone)!));
  console.log(tableOf(zones));
  for (const zone of zones) console.log(notesOf(zone));
  console.log(summaryOf(zones));
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} threads, Node ${process.version}, ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  if (json === true) console.log(JSON.stringify({ zones: Object.fromEntries(zones.map((zone) => [zone.zone, jsonOf(zone)])) }));
};

/** The shipped traces and, where its file is, Germany 2020, which is not Lowtide's to ship. */
const recordedYears = (): readonly TraceFile[] => {
  const shipped = shippedTraces(path.resolve('configs/traces')).map(({ zone, file }) => ({ zone: zone.key, file }));
  const germany = path.resolve(process.env['YARDSTICK_DATA'] ?? '../shared/traces/yardstick', 'de-2020.csv');
  if (fs.existsSync(germany)) return [...shipped, { zone: 'DE', file: germany, timeZone: 'UTC' }];
  console.log(`Germany 2020 is left out: there is no ${germany}; YARDSTICK_DATA may name its folder.`);
  return shipped;
};

interface AllErrors {
  readonly errors: ReadonlyMap<string, Errors>;
  readonly walks: ReadonlyMap<string, WalkErrors>;
}

/** One thread a core, each taking the next piece when it has done one. */
const errorsOf = async (traces: readonly TraceFile[], scored: readonly Scored[]): Promise<AllErrors> => {
  const pieces = traces.flatMap((trace, index) => piecesOf(trace, scored[index]!));
  const total = pieces.reduce((sum, piece) => sum + issuesOf(piece), 0);
  const errors = new Map<string, Errors>();
  const walks = new Map<string, WalkErrors>();
  let done = 0;
  const began = performance.now();
  const work = async () => {
    const worker = new Worker(new URL('forecast-worker.js', import.meta.url));
    try {
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        worker.postMessage(piece);
        const [answer] = (await once(worker, 'message')) as [PieceDone];
        if (answer.kind === 'walk') walks.set(answer.zone, answer.walk);
        else {
          const before = errors.get(answer.zone);
          errors.set(answer.zone, before === undefined ? answer.errors : addErrors(before, answer.errors));
        }
        done += issuesOf(piece);
        const left = ((performance.now() - began) / 1000 / done) * (total - done);
        if (process.stderr.isTTY) logUpdate(`${done}/${total} issues, about ${left.toFixed(0)} s left`);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  if (process.stderr.isTTY) logUpdate.clear();
  return { errors, walks };
};

const piecesOf = (trace: TraceFile, { firstIssue, lastIssue }: Scored): readonly Piece[] => [
  { kind: 'walk', trace },
  ...Array.from({ length: Math.ceil((lastIssue - firstIssue) / PIECE_ISSUES) }, (_, index): Piece => {
    const from = firstIssue + index * PIECE_ISSUES;
    return { kind: 'issues', trace, from, to: Math.min(from + PIECE_ISSUES, lastIssue) };
  }),
];

const issuesOf = (piece: Piece): number => (piece.kind === 'walk' ? 0 : piece.to - piece.from);

type ByBlock = Record<(typeof BLOCKS)[number], number>;
type Result = ReturnType<typeof resultOf>;

const resultOf = (zone: string, { means, broken, firstIssue, lastIssue }: Scored, errors: Errors, walk: WalkErrors) => {
  const sortedMs = [...errors.fitMs].sort((a, b) => a - b);
  return {
    zone,
    figures: Object.fromEntries(METHODS.map((method) => [method, mapeOf(errors.sums[method])])) as Record<Method, ByBlock>,
    withBroken: byBlock(errors.sums.mape, ({ relativeAll, countAll }) => relativeAll / countAll),
    walk: { mape: mapeOf(walk.sums), seconds: round(walk.seconds) },
    coverage80: round((100 * errors.within80) / errors.withIntervals),
    coverage95: round((100 * errors.within95) / errors.withIntervals),
    fitMs: round(sortedMs[Math.floor(sortedMs.length / 2)]!),
    fitMsP99: round(sortedMs[Math.floor(sortedMs.length * 0.99)]!),
    issues: lastIssue - firstIssue,
    lacking: errors.lacking,
    hours: means.length,
    excluded: broken.size,
    unknown: means.filter((mean) => Number.isNaN(mean)).length,
    zero: means.filter((mean) => mean === 0).length,
  };
};

const byBlock = (sums: readonly ErrorSum[], share: (sum: ErrorSum) => number): ByBlock =>
  Object.fromEntries(BLOCKS.map((block, index) => [block, round(100 * share(sums[index]!))])) as ByBlock;
const mapeOf = (sums: readonly ErrorSum[]): ByBlock => byBlock(sums, ({ relative, count }) => relative / count);
const round = (value: number): number => Number(value.toFixed(2));

const jsonOf = ({ figures, withBroken, walk, coverage80, coverage95, fitMs, fitMsP99, excluded }: Result) => ({
  ...figures,
  coverage80,
  coverage95,
  fitMs,
  fitMsP99,
  brokenHoursExcluded: excluded,
  mapeWithBroken: withBroken,
  weeklyRefit: walk,
});

const notesOf = ({ zone, issues, hours, excluded, unknown, zero, lacking, withBroken, walk }: Result): string =>
  [
    `${zone}: ${issues} issues over ${hours} hours, ${unknown} of them unknown`,
    `${excluded} broken ones (outside a quarter to four times the median of the week before) left out, with them MAPE 1-24 h is ${withBroken['1-24']} %`,
    ...(zero > 0 ? [`${zero} of 0 gCO2eq/kWh left out: no relative error`] : []),
    ...(lacking > 0 ? [`${lacking} issues by 24-hour persistence for lack of history`] : []),
    `walk-forward with weekly refits: ${BLOCKS.map((block) => walk.mape[block]).join(' / ')} %, all issues in ${walk.seconds} s of one thread`,
  ].join('; ');

/** How much lower the error is than the better persistence's, in per cent: least and mean over the zones. */
const summaryOf = (zones: readonly Result[]): string =>
  BLOCKS.map((block) => {
    const lower = zones.map((zone) => lowerBy(zone, block));
    const mean = lower.reduce((sum, each) => sum + each, 0) / lower.length;
    return `leads ${block} h: lower than the better persistence by ${mean.toFixed(1)} % on average, ${Math.min(...lower).toFixed(1)} % at least`;
  }).join('\n');

const lowerBy = ({ figures }: Result, block: (typeof BLOCKS)[number]): number =>
  100 * (1 - figures.mape[block] / Math.min(figures.persistence24h[block], figures.persistence7d[block]));

const tableOf = (zones: readonly Result[]): string => {
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
  for (const result of zones)
    for (const block of BLOCKS) {
      const { zone, figures, coverage80, coverage95, fitMs, fitMsP99 } = result;
      const numbers = METHODS.map((method) => figures[method][block].toFixed(2));
      const first = block === BLOCKS[0];
      table.push([
        first ? zone : '',
        `${block} h`,
        ...numbers,
        `${lowerBy(result, block).toFixed(1)} %`,
        first ? `${coverage80.toFixed(1)} / ${coverage95.toFixed(1)}` : '',
        first ? `${fitMs.toFixed(0)} (p99 ${fitMsP99.toFixed(0)})` : '',
      ]);
    }
  return table.toString();
};
