import fs from 'node:fs';
import { ask, collect, EVENTS, newHome, smallRun, startService, type RunningService } from './running-service.js';

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

const SUBMIT = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { __typename
  ... on ExperimentSubmitted { experiment { project runs { id state } } }
  ... on PolicyForbids { run message rules { kind policy project } nearest { extraHours ceilingGco2eqPerKwh zones } }
  ... on BudgetExceeded { run message rule { kind } } } }`;
const submit = async (project: string, runs: object[]) =>
  (await ask(service.url, SUBMIT, { input: { name: 'ruled', project, runs } })).data.submitExperiment;
const setPolicy = async (input: object) => {
  const answer = await ask(service.url, 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', { input });
  return answer.errors === undefined ? answer.data.setPolicy : answer.errors[0];
};
const follow = async (run: string, enough?: (event: any) => boolean) =>
  (await collect(service.url, EVENTS, { run, after: 0 }, (value) => enough?.(value.runEvents) ?? false)).map(({ runEvents }) => runEvents);
const DECISIONS = `query ($id: ID!) { run(id: $id) { state pauseReason warnings decisions { decision reason until rules wouldHaveRefused
  intensityGco2eqPerKwh ceilingGco2eqPerKwh keptEmissionsGco2eq switchedEmissionsGco2eq switchingCostGco2eq forecastMethod } segments { number zone firstStep } } }`;
const read = async (id: string) => (await ask(service.url, DECISIONS, { id })).data.run;
const long = (name: string, epochs: number, over: object = {}) => {
  const run = smallRun(name, over);
  return { ...run, training: { ...run.training, epochs } };
};

test('a policy is set in versions, and both levels together say which rule is from where', async () => {
  expect(await setPolicy({ name: 'house', ceilingGco2eqPerKwh: 900 })).toEqual({ version: 1 });
  expect(await setPolicy({ name: 'house', ceilingGco2eqPerKwh: 800, requiredKind: 'AVERAGE' })).toEqual({ version: 2 });
  expect(await setPolicy({ name: 'team', project: 'strict', ceilingGco2eqPerKwh: 700 })).toEqual({ version: 1 });
  const { data } = await ask(
    service.url,
    '{ policy(project: "strict") { rules { kind text policy version project } versions { version document { name ceilingGco2eqPerKwh } } } }',
  );
  expect(data.policy.rules).toEqual([
    { kind: 'required-kind', policy: 'house', version: 2, project: null, text: expect.stringContaining('of the organisation') },
    {
      kind: 'ceiling',
      policy: 'team',
      version: 1,
      project: 'strict',
      text: 'ceiling of 700 gCO2eq/kWh (policy team, version 1, of project strict)',
    },
  ]);
  expect(data.policy.versions).toHaveLength(3);
});

test('a policy that is wrong is one error with every problem, and none is set', async () => {
  const error = await setPolicy({
    name: 'bad',
    project: 'bad',
    budgets: [{ gco2eq: -1, period: 'DAY' }],
    allowedZones: ['ATLANTIS'],
    maximumDelay: 'soon',
  });
  expect(error.extensions.problems.map(({ path }: any) => path).sort()).toEqual(['input.budgets[0].gco2eq', 'input.maximumDelay']);
  const unknown = await setPolicy({ name: 'bad', project: 'bad', allowedZones: ['ATLANTIS'] });
  expect(unknown.extensions.problems[0]).toMatchObject({ path: 'input.allowedZones[0]', allowed: expect.stringContaining('US-CAL-CISO') });
  expect(
    (await ask(service.url, '{ policy(project: "bad") { policies { version document { project } } } }')).data.policy.policies,
  ).toMatchObject([{ document: { project: null } }]);
});

test('a policy that forbids everything refuses a run, names the rule and the nearest thing allowed, and stores nothing', async () => {
  await setPolicy({ name: 'never', project: 'closed', ceilingGco2eqPerKwh: 1 });
  const answer = await submit('closed', [smallRun('forbidden')]);
  expect(answer).toMatchObject({
    __typename: 'PolicyForbids',
    run: 'forbidden',
    rules: [{ kind: 'ceiling', policy: 'never', project: 'closed' }],
  });
  expect(answer.nearest.ceilingGco2eqPerKwh).toBeGreaterThan(1);
  expect(answer.message).toContain('nearest thing allowed');
  await setPolicy({ name: 'elsewhere', project: 'placed', allowedZones: ['US-NW-BPAT'] });
  expect(await submit('placed', [smallRun('misplaced')])).toMatchObject({
    __typename: 'PolicyForbids',
    nearest: { zones: ['US-NW-BPAT'] },
  });
  expect((await ask(service.url, '{ runs(first: 5, filter: { project: "closed" }) { edges { node { id } } } }')).data.runs.edges).toEqual(
    [],
  );
});

test('a running run above a new ceiling checkpoints and pauses with the reason high-carbon, and goes on when it may', async () => {
  const { experiment } = await submit('live', [long('ruled', 12)]);
  const { id } = experiment.runs[0];
  await follow(id, ({ __typename }) => __typename === 'CheckpointSaved');
  await setPolicy({ name: 'brake', project: 'live', ceilingGco2eqPerKwh: 1 });
  const before = await follow(id, ({ to }) => to === 'PAUSED');
  expect(before.at(-1)).toMatchObject({ pauseReason: 'HIGH_CARBON' });
  const paused = await read(id);
  expect(paused).toMatchObject({ state: 'PAUSED', pauseReason: 'HIGH_CARBON' });
  const pause = paused.decisions.find(({ decision }: any) => decision === 'PAUSE');
  expect(pause.rules).toEqual(['ceiling of 1 gCO2eq/kWh (policy brake, version 1, of project live)']);
  expect(pause.intensityGco2eqPerKwh).toBeGreaterThan(1);
  await setPolicy({ name: 'brake', project: 'live' });
  const all = await follow(id);
  expect(all.at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  const done = await read(id);
  expect(done.segments).toHaveLength(2);
  expect(done.segments[1].firstStep).toBeGreaterThan(0);
  expect(done.decisions.map(({ decision }: any) => decision)).toEqual(expect.arrayContaining(['START', 'PAUSE', 'RESUME']));
  const compliance = `{ compliance(project: "live") { runs { run { id } energyKwh energyWithinRulesKwh decisions { decision rules } findings { rule { kind policy version } start end energyKwh intensityGco2eqPerKwh provenance source } } } }`;
  const [report] = (await ask(service.url, compliance)).data.compliance.runs;
  expect(report.decisions.map(({ decision }: any) => decision)).toContain('PAUSE');
  expect(report.findings[0]).toMatchObject({ rule: { kind: 'ceiling', policy: 'brake', version: 1 }, provenance: 'RECORDED' });
  expect(report.energyWithinRulesKwh).toBeLessThan(report.energyKwh);
});

test('a dry-run policy stops nothing and says what it would have refused', async () => {
  await setPolicy({ name: 'trial', project: 'trial', dryRun: true, ceilingGco2eqPerKwh: 1 });
  const { experiment } = await submit('trial', [smallRun('free')]);
  const { id } = experiment.runs[0];
  expect((await follow(id)).at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  const { decisions } = await read(id);
  expect(decisions[0]).toMatchObject({
    decision: 'START',
    rules: [],
    wouldHaveRefused: ['ceiling of 1 gCO2eq/kWh (dry-run policy trial, version 1, of project trial)'],
  });
});

test('in threshold mode a run starts when the grid is clean enough, and at the end of its wait as its schedule says', async () => {
  const threshold = (ceilingGco2eqPerKwh: number, atEnd: string) => ({
    schedule: { mode: 'THRESHOLD', ceilingGco2eqPerKwh, maxWait: 'PT3H', checkInterval: 'PT1H', atEnd },
  });
  const { experiment } = await submit('default', [
    smallRun('clean', threshold(790, 'refuse')),
    smallRun('refused', threshold(1, 'refuse')),
    smallRun('anyway', threshold(1, 'start')),
  ]);
  const [clean, refused, anyway] = experiment.runs.map(({ id }: any) => id);
  expect((await follow(clean)).at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  expect((await read(clean)).decisions[0]).toMatchObject({
    decision: 'START',
    ceilingGco2eqPerKwh: 790,
    reason: expect.stringContaining('at or below its threshold'),
  });
  const last = (await follow(refused)).at(-1);
  expect(last).toMatchObject({ to: 'FAILED', message: expect.stringContaining('maximum wait of 3.00 h') });
  const looks = (await read(refused)).decisions.map(({ decision }: any) => decision);
  expect(looks.at(-1)).toBe('REFUSE');
  expect(looks.filter((decision: string) => decision === 'WAIT').length).toBeGreaterThanOrEqual(2);
  expect((await follow(anyway)).at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  expect((await read(anyway)).decisions.find(({ decision }: any) => decision === 'START').reason).toContain('its schedule says start');
});

test('a waiting run is considered again with each forecast, and keeps its plan unless another gains more than a switch costs', async () => {
  const { experiment } = await submit('default', [smallRun('waits', { schedule: { mode: 'PLANNED', finishWithin: 'PT24H' } })]);
  const { id } = experiment.runs[0];
  expect((await follow(id)).at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  const { decisions } = await read(id);
  for (const { decision, keptEmissionsGco2eq, switchedEmissionsGco2eq, switchingCostGco2eq } of decisions) {
    if (keptEmissionsGco2eq === null) continue;
    const gain = keptEmissionsGco2eq - switchedEmissionsGco2eq;
    expect(gain > switchingCostGco2eq).toBe(decision === 'REPLAN');
  }
  expect(decisions.at(-1).decision).toBe('START');
});

test('a year is replayed under a policy over GraphQL, and what is wrong with it is one error with paths', async () => {
  const query = `query ($policy: PolicyInput!, $jobs: [BacktestJobInput!]!, $zone: String!) { backtest(policy: $policy, jobs: $jobs, zone: $zone, year: 2022) { __typename
    ... on BacktestRefused { message }
    ... on Backtest { zone jobs withPolicy { shareOfOraclePercent forecast { savingPercent missedDeadlines delayHours { mean } } perfect { savingPercent } } withoutPolicy { forecast { savingPercent } } } } }`;
  const jobs = Array.from({ length: 30 }, (_, day) => ({
    job: `job-${day}`,
    release: new Date(Date.UTC(2022, 2, 1 + day, 22)),
    duration: 'PT4H',
    deadline: new Date(Date.UTC(2022, 2, 2 + day, 22)),
  }));
  const policy = { name: 'tried', quietHours: [{ from: '17:00', to: '21:00' }] };
  const { data } = await ask(service.url, query, { policy, jobs, zone: 'CISO' });
  expect(data.backtest).toMatchObject({
    __typename: 'Backtest',
    zone: 'US-CAL-CISO',
    jobs: 30,
    withPolicy: { forecast: { missedDeadlines: 0 } },
  });
  const { forecast, perfect } = data.backtest.withPolicy;
  expect(forecast.savingPercent).toBeLessThanOrEqual(perfect.savingPercent + 1e-9);
  expect(
    (await ask(service.url, query, { policy, jobs: jobs.map((job) => ({ ...job, release: '2021-06-01T00:00:00Z' })), zone: 'CISO' })).data
      .backtest,
  ).toMatchObject({
    __typename: 'BacktestRefused',
    message: expect.stringContaining('outside of 2022'),
  });
  const late = await ask(service.url, query, { policy, jobs: [{ ...jobs[0], duration: 'PT40H' }], zone: 'CISO' });
  expect(late.errors?.[0]?.extensions.problems).toEqual([
    { path: 'jobs[0].deadline', given: expect.any(String), allowed: expect.stringContaining('2022-03-03T14:00:00.000Z') },
  ]);
});
