/** How often the API reads what lists name: as often for many as for one. */
import path from 'node:path';
import { graphql } from 'graphql';
// Decorators need the compiler's build; its types are those of the sources.
import type { contextFor as ContextFor } from '../../src/api/context.js';
import type { buildApiSchema as Build } from '../../src/api/schema.js';
import type { BookedCell } from '../../src/emissions/booked-groups.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import type { RunReader, StoredRun } from '../../src/record/run-log.js';
import { emptySummary } from '../../src/record/run-summary.js';
import { instant } from '../../src/units/time.js';
import { auditLedger } from '../../src/workflows/audit-ledger.js';
import { accountOf, compareRuns } from '../../src/workflows/account-run.js';
import type { Lowtide } from '../../src/workflows/lowtide.js';
import type { Ports } from '../../src/workflows/ports.js';
import { smallRun } from '../journey/running-service.js';

const { buildApiSchema } = (await import(path.resolve('dist/src/api/schema.js'))) as { buildApiSchema: typeof Build };
const { contextFor } = (await import(path.resolve('dist/src/api/context.js'))) as { contextFor: typeof ContextFor };
const schema = await buildApiSchema();

const parsed = parseExperiment({ name: 'long-list', runs: [smallRun('a')] });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const runs = Array.from({ length: 30 }, (_none, index) => ({
  id: idOf(index),
  name: `run-${index}`,
  role: index === 0 ? 'baseline' : 'candidate',
  state: 'succeeded',
  zone: 'X',
  experimentId: idOf(1000 + (index % 10)),
  experimentName: `experiment-${index % 10}`,
  project: 'default',
  submittedAt: instant(0),
  submittedGridAt: instant(0),
  spec: parsed.value.runs[0],
  summary: emptySummary,
})) as unknown as readonly StoredRun[];
const experiments = runs.slice(0, 10).map(({ experimentId, experimentName, project, submittedAt, submittedGridAt }) => {
  return { id: experimentId, name: experimentName, project, submittedAt, submittedGridAt };
});
const cells = runs.map(({ id, experimentId, project }): BookedCell => {
  const booked = { purpose: 'active', reading: undefined, energy: 1, siteEnergy: 1, emissions: undefined, lines: 1 } as const;
  return { project, experimentId, runId: id, zone: 'X', at: instant(0), ...booked };
});

/** The answer, and how often each of the reader's methods was called for it. */
const asked = async (source: string): Promise<{ readonly data: any; readonly calls: Readonly<Record<string, number>> }> => {
  const calls: Record<string, number> = {};
  const counted =
    <Arguments extends readonly unknown[], Answer>(name: string, answer: (...given: Arguments) => Answer) =>
    (...given: Arguments): Promise<Answer> => {
      calls[name] = (calls[name] ?? 0) + 1;
      return Promise.resolve(answer(...given));
    };
  const reader = {
    runs: counted('runs', () => ({ items: runs, hasMore: false })),
    runsWith: counted('runsWith', (ids: readonly string[]) => runs.filter(({ id }) => ids.includes(id))),
    experimentsWith: counted('experimentsWith', (ids: readonly string[]) => experiments.filter(({ id }) => ids.includes(id))),
  } as unknown as RunReader;
  const ports = { reader, ledgers: { cells: () => Promise.resolve(cells) }, grid: { name: 'none' } } as unknown as Ports;
  const lowtide = {
    runs: reader,
    account: (run: StoredRun) => Promise.resolve(accountOf(ports, run)),
    compare: (some: readonly StoredRun[]) => compareRuns(ports, some, ''),
    audit: () => auditLedger(ports, { from: undefined, to: undefined, project: undefined }, () => 'UTC'),
  } as unknown as Lowtide;
  const { data, errors } = await graphql({ schema, source, contextValue: contextFor(lowtide) });
  expect(errors).toBeUndefined();
  return { data, calls };
};

test('a list of runs is one query, also with the experiment of each', async () => {
  const { data, calls } = await asked('{ runs { edges { node { name experiment { id name project submittedGridAt } } } } }');
  expect(data.runs.edges).toHaveLength(30);
  expect(data.runs.edges[12].node).toMatchObject({ name: 'run-12', experiment: { id: idOf(1002), name: 'experiment-2' } });
  expect(calls).toEqual({ runs: 1 });
});

test('an audit reads its runs once and its experiments once, however many there are', async () => {
  const { data, calls } = await asked(
    '{ audit { totals(by: [EXPERIMENT]) { experiment { name } } runs { run { name experiment { name } savings { unknownBecause } } } savings { runs } } }',
  );
  expect(data.audit.totals.map(({ experiment }: any) => experiment.name)).toEqual(experiments.map(({ name }) => name));
  expect(data.audit.runs).toHaveLength(30);
  expect(calls).toEqual({ runsWith: 1, experimentsWith: 1 });
});

test('runs named by their ids are read at once, in the order of the ids, and every strange id is told', async () => {
  const ids = (wanted: readonly string[]) => JSON.stringify(wanted);
  const { data, calls } = await asked(
    `{ comparison(runs: ${ids([idOf(3), idOf(0), idOf(2)])}) { runs { name } pairs { candidate { name } } } }`,
  );
  expect(data.comparison.runs.map(({ name }: any) => name)).toEqual(['run-3', 'run-0', 'run-2']);
  expect(data.comparison.pairs).toHaveLength(2);
  expect(calls).toEqual({ runsWith: 1 });
  const { errors } = await graphql({
    schema,
    source: `{ comparison(runs: ${ids([idOf(3), 'nope', idOf(77)])}) { notice } }`,
    contextValue: contextFor({ runs: { runsWith: () => Promise.resolve(runs.slice(3, 4)) } } as unknown as Lowtide),
  });
  const problems = errors![0]!.extensions['problems'] as readonly { readonly path: string }[];
  expect(problems.map(({ path: place }) => place)).toEqual(['runs[1]', 'runs[2]']);
});
