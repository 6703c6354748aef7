import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;

beforeAll(async () => {
  home = newHome();
  service = await startService(home);
});
afterAll(async () => {
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

const submit = async (input: object) => (await ask(service.url, SUBMIT, { input })).data.submitExperiment;
const follow = (run: string, after = 0, enough?: (value: any) => boolean) => collect(service.url, EVENTS, { run, after }, enough);

const RUN = `query ($id: ID!) { run(id: $id) { state pauseReason step totalSteps accuracy energyKwh emissionsGco2eq overheadEmissionsGco2eq delaySeconds lastSequence warnings
  evaluations { step final emissionsSoFarGco2eq } coverage { energyWithKnownIntensityPercent components { component method energyKwh idleEnergyKwh attributedEnergyKwh } gaps { component reason } lateSeconds }
  savings { counterfactualEmissionsGco2eq savedGco2eq timingGco2eq placeGco2eq interactionGco2eq overheadGco2eq unknownBecause }
  attributedEnergyKwh attributedEmissionsGco2eq restatements { lines }
  prediction { energyKwh emissionsGco2eq energyErrorPercent durationErrorPercent emissionsErrorPercent }
  emissionsTimeline { gridStart gridEnd energyKwh intensityGco2eqPerKwh emissionsGco2eq cumulativeEmissionsGco2eq } segments { number firstStep endedAt } } }`;
const read = async (id: string) => (await ask(service.url, RUN, { id })).data.run;

const sql = async (text: string, values: unknown[]): Promise<any[]> => {
  const lines = fs.readFileSync(path.join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const password = fs.readFileSync(path.join(home, 'postgres.secret'), 'utf8');
  const client = new pg.Client({ host: '127.0.0.1', port: Number(lines[3]), user: 'lowtide', password, database: 'lowtide' });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
};

test('an experiment goes from mutation to report', async () => {
  const planned = { schedule: { mode: 'PLANNED', finishWithin: 'PT6H' } };
  const answer = await submit({ name: 'journey', runs: [smallRun('baseline', { role: 'BASELINE' }), smallRun('candidate', planned)] });
  expect(answer.__typename).toBe('ExperimentSubmitted');
  const { id, runs } = answer.experiment;
  const logs = await Promise.all(runs.map((run: { id: string }) => follow(run.id)));
  for (const log of logs) {
    const events = log.map(({ runEvents }: any) => runEvents);
    expect(events.map(({ sequence }: any) => sequence)).toEqual(events.map((_event: unknown, index: number) => index + 1));
    expect(events.at(-1)).toMatchObject({ __typename: 'RunStateChanged', to: 'SUCCEEDED' });
    expect(events.filter(({ __typename, final }: any) => __typename === 'EvaluationRecorded' && final)).toHaveLength(1);
  }
  const finished = await Promise.all(runs.map((run: { id: string }) => read(run.id)));
  for (const [index, run] of finished.entries()) {
    expect(run).toMatchObject({ state: 'SUCCEEDED', step: 100, totalSteps: 100, coverage: { energyWithKnownIntensityPercent: 100 } });
    expect(run.accuracy).toBeGreaterThan(0.8);
    expect(run.attributedEnergyKwh).toBeGreaterThan(0);
    const { energyKwh, energyErrorPercent, durationErrorPercent } = run.prediction;
    expect(energyKwh / run.energyKwh).toBeCloseTo(1 + energyErrorPercent / 100, 9);
    expect(durationErrorPercent).toEqual(expect.any(Number));
    for (const { energyKwh, idleEnergyKwh, attributedEnergyKwh } of run.coverage.components)
      expect(idleEnergyKwh + attributedEnergyKwh).toBeLessThanOrEqual(energyKwh * (1 + 1e-12));
    expect(run.attributedEmissionsGco2eq).toBeLessThan(run.emissionsGco2eq);
    const { timingGco2eq, placeGco2eq, interactionGco2eq, overheadGco2eq, savedGco2eq, unknownBecause } = run.savings;
    expect([placeGco2eq, interactionGco2eq]).toEqual([0, 0]);
    expect(unknownBecause).toBeNull();
    expect(savedGco2eq).toBeCloseTo(timingGco2eq - overheadGco2eq, 9);
    const booked = run.emissionsTimeline.reduce((sum: number, { emissionsGco2eq }: any) => sum + emissionsGco2eq, 0);
    expect(Math.abs(booked / run.emissionsGco2eq - 1)).toBeLessThan(1e-9);
    const [total] = await sql('select sum(emissions_gco2eq) as grams, sum(energy_uj)::float8 as uj from ledger_entry where run_id = $1', [
      runs[index].id,
    ]);
    expect(Math.abs(total.grams / run.emissionsGco2eq - 1)).toBeLessThan(1e-9);
    expect(Math.abs(total.uj / 3.6e12 / run.energyKwh - 1)).toBeLessThan(1e-9);
  }
  const overlap = `select count(*)::int as n from ledger_entry a join ledger_entry b on a.run_id < b.run_id and a.started_at < b.ended_at and b.started_at < a.ended_at
    where a.run_id = any($1) and b.run_id = any($1)`;
  expect((await sql(overlap, [runs.map((run: { id: string }) => run.id)]))[0].n).toBe(0);

  const out = path.join(home, 'reports');
  execFileSync(
    process.execPath,
    ['dist/src/main.js', 'report', 'baseline-vs-optimized', '--experiment', id, '--url', service.url, '--out', out],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  const [html] = fs.readdirSync(out).filter((name) => name.endsWith('.html'));
  const page = fs.readFileSync(path.join(out, html!), 'utf8');
  expect(page.match(/<svg/g)).toHaveLength(4);
  expect(page).toContain('The grid is a replay');
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
});

test('a running run pauses with a checkpoint, goes on from it, and a subscriber that comes back misses nothing', async () => {
  const long = smallRun('pausable');
  const { experiment } = await submit({ name: 'pausing', runs: [{ ...long, training: { ...long.training, epochs: 20 } }] });
  const { id } = experiment.runs[0];
  await follow(id, 0, ({ runEvents }) => runEvents.__typename === 'TrainingProgressed');
  const control = (verb: string) =>
    ask(
      service.url,
      `mutation ($id: ID!) { ${verb}Run(id: $id) { __typename ... on IllegalRunState { state message } ... on RunAccepted { message } } }`,
      { id },
    );
  expect((await control('pause')).data.pauseRun).toMatchObject({ __typename: 'RunAccepted' });
  const before = await follow(id, 0, ({ runEvents }) => runEvents.to === 'PAUSED');
  const cursor = before.at(-1).runEvents.sequence;
  const paused = await read(id);
  expect(paused).toMatchObject({ state: 'PAUSED', pauseReason: 'BY_USER' });
  const checkpoint = before
    .map(({ runEvents }: any) => runEvents)
    .filter(({ __typename }: any) => __typename === 'CheckpointSaved')
    .at(-1);
  expect((await control('pause')).data.pauseRun).toMatchObject({ __typename: 'IllegalRunState', state: 'PAUSED' });
  expect((await control('resume')).data.resumeRun.__typename).toBe('RunAccepted');
  const after = (await follow(id, cursor)).map(({ runEvents }: any) => runEvents);
  expect(after[0].sequence).toBe(cursor + 1);
  expect(after.find(({ __typename }: any) => __typename === 'SegmentStarted')).toMatchObject({
    step: checkpoint.step,
    resumedFrom: expect.stringContaining(String(checkpoint.step)),
  });
  expect(after.at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  expect((await control('resume')).data.resumeRun).toMatchObject({ __typename: 'IllegalRunState', state: 'SUCCEEDED' });
});

test('a dataset that is not there is bad input with its path, and nothing is stored', async () => {
  const run = smallRun('absent');
  const dataset = { ...run.training.dataset, name: 'idx', path: '/no/such/folder', classes: 10 };
  const input = { name: 'absent', runs: [{ ...run, training: { ...run.training, dataset } }] };
  const { errors } = await ask(service.url, SUBMIT, { input });
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    problems: [
      { path: 'input.runs[0].training', given: 'mlp on idx at /no/such/folder', allowed: expect.stringContaining('/no/such/folder') },
    ],
  });
  expect(await sql("select 1 from experiment where name = 'absent'", [])).toEqual([]);
});

test('a waiting run can be cancelled, and then nothing of it runs', async () => {
  const { experiment } = await submit({
    name: 'cancelled',
    runs: [smallRun('waiting', { schedule: { mode: 'PLANNED', finishWithin: 'PT24H' } })],
  });
  const { id } = experiment.runs[0];
  const state = (await read(id)).state;
  const { data } = await ask(service.url, 'mutation ($id: ID!) { cancelRun(id: $id) { __typename } }', { id });
  expect(data.cancelRun.__typename).toBe('RunAccepted');
  const events = (await follow(id)).map(({ runEvents }: any) => runEvents);
  expect(events.at(-1)).toMatchObject({ to: 'CANCELLED' });
  if (state === 'PLANNED') expect(events.some(({ __typename }: any) => __typename === 'SegmentStarted')).toBe(false);
});

test('a run that cannot be done in time is refused, and nothing is stored', async () => {
  const big = smallRun('big');
  const slow = {
    ...big,
    training: { ...big.training, dataset: { name: 'mnist' }, epochs: 1000 },
    schedule: { mode: 'PLANNED', finishWithin: 'PT1H' },
  };
  expect(await submit({ name: 'refused', runs: [smallRun('small'), slow] })).toMatchObject({
    __typename: 'NoWindowBeforeDeadline',
    run: 'big',
  });
  const { data } = await ask(service.url, '{ experiment(name: "refused") { id } }');
  expect(data.experiment).toBeNull();
});

test('an estimate says what a run would cost now and in its best window, and stores nothing', async () => {
  const query = `query ($spec: RunSpecInput!) { estimate(spec: $spec) { __typename ... on Estimate { estimate { durationSeconds powerWatts basis } immediateEmissionsGco2eq best { expectedEmissionsGco2eq forecastMethod } forecast { readings { start } } } } }`;
  const { data } = await ask(service.url, query, { spec: smallRun('estimated') });
  expect(data.estimate).toMatchObject({
    __typename: 'Estimate',
    best: { forecastMethod: 'history-ridge' },
    estimate: { basis: 'earlier-run' },
  });
  expect(data.estimate.best.expectedEmissionsGco2eq).toBeLessThanOrEqual(data.estimate.immediateEmissionsGco2eq * (1 + 1e-9));
  expect((await ask(service.url, '{ runs(first: 1) { edges { node { name } } } }')).data.runs.edges[0].node.name).not.toBe('estimated');
});

test('the intensity is streamed at each grid hour', async () => {
  const values = await collect(
    service.url,
    'subscription { carbonIntensity(zone: "US-CAL-CISO") { start intensityGco2eqPerKwh provenance } }',
    {},
    (() => {
      let count = 0;
      return () => ++count === 3;
    })(),
  );
  const starts = values.map(({ carbonIntensity }) => Date.parse(carbonIntensity.start));
  expect(starts[1]! - starts[0]!).toBe(3_600_000);
  expect(starts[2]! - starts[1]!).toBe(3_600_000);
  expect(values[0].carbonIntensity.provenance).toBe('RECORDED');
});

test('runs are listed page by page, newest first, and by filter', async () => {
  const list = async (after: string | null) =>
    (
      await ask(
        service.url,
        'query ($after: String) { runs(first: 2, after: $after, filter: { states: [SUCCEEDED] }) { edges { cursor node { id state } } pageInfo { hasNextPage endCursor } } }',
        { after },
      )
    ).data.runs;
  const first = await list(null);
  expect(first.edges).toHaveLength(2);
  expect(first.pageInfo.hasNextPage).toBe(true);
  const second = await list(first.pageInfo.endCursor);
  expect(second.edges.map(({ cursor }: any) => cursor)).not.toContain(first.edges[1].cursor);
  expect([...first.edges, ...second.edges].every(({ node }: any) => node.state === 'SUCCEEDED')).toBe(true);
});
