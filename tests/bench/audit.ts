/** `npm run bench audit`: what it takes to answer for many long ledgers, and how much of them the service holds at once. */
import fs from 'node:fs';
import os from 'node:os';
import Table from 'cli-table3';
import { logUpdateStderr } from 'log-update';
import { graphqlClient, type GraphqlClient } from '../../src/client/graphql-client.js';
import { shelfOf } from '../../src/report/shelf.js';
import { databaseOf, newHome, startService, type RunningService } from '../journey/running-service.js';
import { constructRuns } from './constructed-runs.js';
import { madeReport } from './made-report.js';
import { medianRound } from './median-round.js';

export interface AuditBenchOptions {
  readonly json?: boolean;
  readonly runs: number;
  readonly lines: number;
  readonly rounds: number;
}

/** Of 100 ledgers of 10,000 lines. */
const TARGET_MS = 2000;

interface Answered {
  readonly name: string;
  readonly ms: number;
  readonly firstMs: number;
}

/** Every kind of rule, judged and not enforced: the constructed runs break some of each. */
const POLICY = {
  name: 'bench',
  project: 'bench',
  dryRun: true,
  ceilingGco2eqPerKwh: 280,
  quietHours: [{ from: '17:30', to: '21:00' }],
  maximumDelay: 'PT2H',
  requiredProvenance: ['RECORDED'],
  runBudgetGco2eq: 500,
  budgets: [{ gco2eq: 1e6, period: 'MONTH' }],
};

const AUDIT = `query { audit(month: "2022-03") { total { lines emissionsGco2eq } zones: totals(by: [ZONE]) { zone emissionsGco2eq }
  days: totals(by: [DAY, PROJECT]) { day emissionsGco2eq } components { component energyKwh } greatestDifferenceGco2eq
  savings { savedGco2eq runs } runs { whole booked { emissionsGco2eq } run { savings { savedGco2eq } sci { operationalGco2eq } } } } }`;
const COMPLIANCE = `query { compliance(project: "bench", first: 100) { budgets { kept } runs { energyKwh energyWithinRulesKwh
  findings { rule { kind } start end energyKwh emissionsGco2eq } decisions { reason } budgets { kept } } } }`;
const LIST = `query { runs(first: 100) { edges { node { name energyKwh emissionsGco2eq savings { savedGco2eq savedPercent } } } } }`;

export const benchAudit = async ({ json, rounds, ...size }: AuditBenchOptions): Promise<void> => {
  const home = newHome();
  const service = await startService(home, { LOWTIDE_WORKER: 'false' });
  const client = graphqlClient(service.url, undefined);
  try {
    await client.query('mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', { input: POLICY });
    await constructRuns(databaseOf(home), { ...size, points: 1000 }, (done) => doing(`run ${done} of ${size.runs} constructed`));
    doing('asking');
    const answered = await answers(client, rounds);
    logUpdateStderr.done();
    const peakMb = peakMemoryMb(service);
    print(answered, peakMb, size);
    const [audit, compliance] = answered;
    const figures = { auditMs: round(audit!.ms), complianceMs: round(compliance!.ms), targetMs: TARGET_MS, peakMb, ...size };
    if (json === true) console.log(JSON.stringify({ ...figures, answers: answered }));
  } finally {
    await client.close();
    await service.end('SIGTERM');
    fs.rmSync(home, { recursive: true, force: true });
  }
};

const answers = async (client: GraphqlClient, rounds: number): Promise<readonly Answered[]> => {
  const answered: Answered[] = [];
  for (const [name, document] of [
    ['audit', AUDIT],
    ['compliance', COMPLIANCE],
    ['runs with savings', LIST],
  ] as const) {
    const { ms, firstMs } = await medianRound(rounds, async () => {
      await client.query(document, {});
      return {};
    });
    answered.push({ name, ms, firstMs });
  }
  for (const [name, parameters] of [
    ['monthly-audit', { month: '2022-03' }],
    ['policy-compliance', { project: 'bench', runs: '100' }],
  ] as const) {
    const { ms, firstMs, errors } = await madeReport(client, shelfOf('reports'), name, parameters, rounds);
    if (errors > 0) throw new Error(`${name} was made with ${errors} errors`);
    answered.push({ name: `report ${name}`, ms, firstMs });
  }
  return answered;
};

/** Most memory the service's process had resident; undefined where the system does not say. */
const peakMemoryMb = ({ process: { pid } }: RunningService): number | undefined => {
  const file = `/proc/${pid!}/status`;
  const kilobytes = fs.existsSync(file) ? /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(file, 'utf8'))?.[1] : undefined;
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
};

const print = (
  answered: readonly Answered[],
  peakMb: number | undefined,
  { runs, lines }: Pick<AuditBenchOptions, 'runs' | 'lines'>,
): void => {
  const table = new Table({ head: ['question', 'ms', 'first', 'target ms'], style: { head: [], border: [] } });
  for (const { name, ms, firstMs } of answered) table.push([name, ms.toFixed(0), firstMs.toFixed(0), String(TARGET_MS)]);
  console.log(table.toString());
  console.log(
    `${runs} runs with ledgers of ${lines.toLocaleString('en')} lines each, constructed, in embedded Postgres; the service held at most ${peakMb ?? 'unknown'} MB`,
  );
  console.log(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} threads, Node ${process.version}`);
};

const round = (value: number): number => Math.round(value * 10) / 10;

const doing = (what: string): void => {
  logUpdateStderr(what);
};
