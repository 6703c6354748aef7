/** `npm run bench report`: what it takes to make a report of long logs. */
import fs from 'node:fs';
import os from 'node:os';
import Table from 'cli-table3';
import { logUpdateStderr } from 'log-update';
import { graphqlClient } from '../../src/client/graphql-client.js';
import { shelfOf } from '../../src/report/shelf.js';
import { databaseOf, newHome, startService } from '../journey/running-service.js';
import { constructRuns } from './constructed-runs.js';
import { madeReport, type Made } from './made-report.js';

export interface ReportBenchOptions {
  readonly json?: boolean;
  readonly runs: number;
  readonly points: number;
  readonly rounds: number;
}

/** A power sample every ten seconds. */
const POINTS_A_LINE = 20;

export const benchReport = async ({ json, rounds, ...size }: ReportBenchOptions): Promise<void> => {
  const home = newHome();
  const service = await startService(home, { LOWTIDE_WORKER: 'false' });
  const client = graphqlClient(service.url, undefined);
  try {
    const [experiment] = await constructRuns(databaseOf(home), { ...size, lines: size.points / POINTS_A_LINE }, (done) =>
      doing(`run ${done} of ${size.runs} constructed`),
    );
    doing('making reports');
    const wanted = [{ shelf: shelfOf('tests/bench'), name: 'training-curves', parameters: {} }, ...shippedFor(experiment!)];
    const made: Made[] = [];
    for (const { shelf, name, parameters } of wanted) made.push(await madeReport(client, shelf, name, parameters, rounds));
    logUpdateStderr.done();
    print(made, size);
    const [curves] = made;
    const figures = { reportMs: round(curves!.ms), reportFirstMs: round(curves!.firstMs), reportBytes: curves!.bytes, ...size };
    if (json === true) console.log(JSON.stringify({ ...figures, reports: made }));
  } finally {
    await client.close();
    await service.end('SIGTERM');
    fs.rmSync(home, { recursive: true, force: true });
  }
};

/** Those that need to be told no more than an experiment. */
const shippedFor = (experiment: string) => {
  const shelf = shelfOf('reports');
  return shelf.list().flatMap(({ name, parameters }) => {
    const needed = parameters.filter((parameter) => parameter.default === undefined).map((parameter) => parameter.name);
    if (needed.some((each) => each !== 'experiment')) return [];
    return [{ shelf, name, parameters: needed.length === 0 ? {} : { experiment } }];
  });
};

const print = (made: readonly Made[], { runs, points }: { readonly runs: number; readonly points: number }): void => {
  const table = new Table({ head: ['report', 'ms', 'of it queries', 'first', 'kB', 'errors'], style: { head: [], border: [] } });
  for (const { name, ms, queriesMs, firstMs, bytes, errors } of made)
    table.push([name, ms.toFixed(0), queriesMs.toFixed(0), firstMs.toFixed(0), (bytes / 1000).toFixed(0), String(errors)]);
  console.log(table.toString());
  console.log(
    `${runs} runs of ${points.toLocaleString('en')} training points each, constructed, in embedded Postgres; training-curves shows all, the shipped reports the first experiment of up to 25 or the newest runs`,
  );
  console.log(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} threads, Node ${process.version}`);
};

const round = (value: number): number => Math.round(value * 10) / 10;

const doing = (what: string): void => {
  logUpdateStderr(what);
};
