import fs from 'node:fs';
import pg from 'pg';
import { ask, collect, databaseOf, EVENTS, newHome, smallRun, startService, startWorker, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;
const workers: Awaited<ReturnType<typeof startWorker>>[] = [];

beforeAll(async () => {
  home = newHome();
  // On any machine its runs end within the hours that a forecast covers: what they will emit is known.
  const replay = { LOWTIDE_REPLAY_SECONDS_PER_HOUR: '10' };
  service = await startService(home, { LOWTIDE_WORKER: 'false', LOWTIDE_SAMPLE_INTERVAL_MS: '500', ...replay });
  for (const host of ['first', 'second']) workers.push(await startWorker(home, host));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

/** Long beside a power sample and a checkpoint, also on a fast machine. */
const long = (name: string, over: object = {}) => {
  const run = smallRun(name, over);
  return { ...run, training: { ...run.training, epochs: 120 } };
};
const submit = async (project: string, runs: object[]): Promise<string[]> => {
  const mutation = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { ... on ExperimentSubmitted { experiment { runs { id } } } } }`;
  const answer = await ask(service.url, mutation, { input: { name: 'budgeted', project, runs } });
  return answer.data.submitExperiment.experiment.runs.map(({ id }: any) => id);
};
const follow = async (run: string) => (await collect(service.url, EVENTS, { run, after: 0 })).map(({ runEvents }) => runEvents);
const RUN = `query ($id: ID!) { run(id: $id) { state stateMessage step totalSteps emissionsGco2eq warnings budgetGco2eq estimateError { basis durationPercent powerPercent }
  estimate { basis durationSeconds durationRangeSeconds } segments { host number firstStep } decisions { decision rules reason } } }`;
const read = async (id: string) => (await ask(service.url, RUN, { id })).data.run;
const raise = async (input: object) =>
  (
    await ask(
      service.url,
      `mutation ($input: RaiseBudgetInput!) { raiseBudget(input: $input) { __typename ... on BudgetRaised { message resumed { id } } ... on BudgetNotRaised { message } } }`,
      { input },
    )
  ).data.raiseBudget;
const sql = async (text: string, values: unknown[]): Promise<any[]> => {
  const client = new pg.Client({ connectionString: databaseOf(home) });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
};

/** gCO2eq of the run without a budget. */
let whole: number;

test('a run says how wrong its estimate was, and is estimated anew after its first epoch', async () => {
  const [id] = await submit('free', [long('free')]);
  await follow(id!);
  const run = await read(id!);
  whole = run.emissionsGco2eq;
  expect(run).toMatchObject({ state: 'SUCCEEDED', estimate: { basis: 'this-run' }, estimateError: { basis: 'probe' } });
  const [least, most] = run.estimate.durationRangeSeconds;
  expect(least < run.estimate.durationSeconds && run.estimate.durationSeconds < most).toBe(true);
}, 300_000);

test('a run halts before its own budget is passed, keeps its final checkpoint, and goes on from it when the budget is raised', async () => {
  const budget = 0.5 * whole;
  const [id] = await submit('own', [long('own', { budgetGco2eq: budget })]);
  const events = await follow(id!);
  expect(events.at(-1)).toMatchObject({ to: 'HALTED', message: expect.stringContaining("the run's own budget") });
  const halted = await read(id!);
  expect(halted.emissionsGco2eq).toBeLessThanOrEqual(budget);
  expect(halted.decisions.at(-1)).toMatchObject({ decision: 'HALT' });
  const saved = events.filter(({ __typename }) => __typename === 'CheckpointSaved').at(-1);
  expect(halted.stateMessage).toContain(`after optimiser step ${saved.step}`);

  expect(await raise({ run: id, gco2eq: budget / 2 })).toMatchObject({ __typename: 'BudgetNotRaised' });
  expect(await raise({ run: id, gco2eq: 10 * whole })).toMatchObject({ __typename: 'BudgetRaised', resumed: [{ id }] });
  expect((await follow(id!)).at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  const done = await read(id!);
  expect(done.segments).toHaveLength(2);
  expect(done.segments[1].firstStep).toBe(saved.step);
  expect(done.budgetGco2eq).toBe(10 * whole);
  const report = '{ compliance(project: "own") { runs { budgets { rule { kind } mostGco2eq spentGco2eq kept } } } }';
  expect((await ask(service.url, report)).data.compliance.runs[0].budgets).toEqual([
    { rule: null, mostGco2eq: 10 * whole, spentGco2eq: done.emissionsGco2eq, kept: true },
  ]);
}, 300_000);

test('runs of one project on two hosts at once never book more than its budget, and go on when it is raised', async () => {
  const budget = 1.4 * whole;
  const set = 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }';
  await ask(service.url, set, { input: { name: 'shared', project: 'shared', budgets: [{ gco2eq: budget, period: 'MONTH' }] } });
  const ids = await submit('shared', [long('a'), long('b'), long('c')]);
  const logs = await Promise.all(ids.map(follow));
  for (const log of logs) expect(log.at(-1)).toMatchObject({ to: expect.stringMatching(/HALTED|SUCCEEDED/) });
  const runs = await Promise.all(ids.map(read));
  expect(runs.some(({ state }) => state === 'HALTED')).toBe(true);
  expect(new Set(runs.flatMap(({ segments }) => segments.map(({ host }: any) => host))).size).toBe(2);
  const [{ booked }] = await sql('select sum(emissions_gco2eq) as booked from ledger_entry where run_id = any($1)', [ids]);
  const [{ spent }] = await sql("select sum(spent_gco2eq) as spent from budget_spending where project = 'shared'", []);
  expect(booked).toBeLessThanOrEqual(budget);
  expect(Math.abs(spent / booked - 1)).toBeLessThan(1e-9);
  expect(await sql('select 1 from budget_reservation where project = $1', ['shared'])).toEqual([]);
  const atOnce = `select count(*)::int as n from ledger_entry a join ledger_entry b on a.run_id < b.run_id and a.started_at < b.ended_at and b.started_at < a.ended_at
    where a.run_id = any($1) and b.run_id = any($1)`;
  expect((await sql(atOnce, [ids]))[0].n).toBeGreaterThan(0);

  expect(await raise({ project: 'shared', period: 'MONTH', gco2eq: 20 * whole })).toMatchObject({
    __typename: 'BudgetRaised',
    message: expect.stringContaining('version 2'),
  });
  await Promise.all(ids.map(follow));
  for (const id of ids) expect((await read(id)).state).toBe('SUCCEEDED');
}, 300_000);

test('a run is refused when its project spent so much in the period that it is expected to pass the budget', async () => {
  const [{ booked }] = await sql(
    "select sum(emissions_gco2eq) as booked from booked_ledger_entry join run on run.id = run_id join experiment on experiment.id = experiment_id where project = 'shared'",
    [],
  );
  const set = 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }';
  const budgets = [{ gco2eq: booked + whole / 100, period: 'MONTH' }];
  await ask(service.url, set, { input: { name: 'strict', project: 'shared', onProjection: 'HALT', budgets } });
  const mutation = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { __typename ... on BudgetExceeded { message rule { kind } } } }`;
  const { data } = await ask(service.url, mutation, { input: { name: 'late', project: 'shared', runs: [long('late')] } });
  expect(data.submitExperiment).toEqual({
    __typename: 'BudgetExceeded',
    rule: { kind: 'project-budget' },
    message: expect.stringContaining('are booked by the project in the period from'),
  });
  const report = '{ compliance(project: "shared") { budgets { rule { kind } mostGco2eq spentGco2eq kept } } }';
  const [month] = (await ask(service.url, report)).data.compliance.budgets;
  expect(month).toMatchObject({ rule: { kind: 'project-budget' }, mostGco2eq: budgets[0]!.gco2eq, kept: true });
  expect(Math.abs(month.spentGco2eq / booked - 1)).toBeLessThan(1e-9);
  const states = '{ budgets { project period start end mostGco2eq spentGco2eq reservedGco2eq rule { policy } } }';
  expect((await ask(service.url, states)).data.budgets).toEqual([
    {
      project: 'shared',
      period: 'MONTH',
      start: expect.stringMatching(/-01T00:00:00/),
      end: expect.stringMatching(/-01T00:00:00/),
      mostGco2eq: month.mostGco2eq,
      spentGco2eq: month.spentGco2eq,
      reservedGco2eq: 0,
      rule: { policy: 'strict' },
    },
  ]);
});

test('a budget that is below zero is refused with its path', async () => {
  const mutation = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { __typename } }`;
  const { errors } = await ask(service.url, mutation, { input: { name: 'bad', runs: [smallRun('bad', { budgetGco2eq: -1 })] } });
  expect(errors?.[0]?.extensions.problems).toEqual([
    { path: 'input.runs[0].budgetGco2eq', given: '-1', allowed: 'a number of gCO2eq above 0' },
  ]);
});
