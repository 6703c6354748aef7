import fs from 'node:fs';
import { ask, collect, EVENTS, newHome, smallRun, startService, startWorker, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;
const workers: Awaited<ReturnType<typeof startWorker>>[] = [];

beforeAll(async () => {
  home = newHome();
  service = await startService(home, { LOWTIDE_WORKER: 'false' });
  workers.push(await startWorker(home, 'california', ['US-CAL-CISO']), await startWorker(home, 'oregon', ['US-NW-BPAT']));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

const allow = (allowedZones: string[]) =>
  ask(service.url, 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', {
    input: { name: 'place', project: 'moving', allowedZones },
  });

test('a run whose zone is no longer allowed goes on from its checkpoint on a host in another zone', async () => {
  await allow(['US-CAL-CISO']);
  const run = smallRun('moves', {
    schedule: { mode: 'PLANNED', finishWithin: 'PT36H', interruptible: true, minimumSegment: 'PT1M', allowedZones: ['US-NW-BPAT'] },
  });
  const submit = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { __typename ... on ExperimentSubmitted { experiment { runs { id } } } ... on PolicyForbids { message } } }`;
  const input = { name: 'moving', project: 'moving', runs: [{ ...run, training: { ...run.training, epochs: 8 } }] };
  const { experiment } = (await ask(service.url, submit, { input })).data.submitExperiment;
  const { id } = experiment.runs[0];
  const follow = async (enough?: (event: any) => boolean) =>
    (await collect(service.url, EVENTS, { run: id, after: 0 }, (value) => enough?.(value.runEvents) ?? false)).map(
      ({ runEvents }) => runEvents,
    );
  await follow(({ __typename }) => __typename === 'CheckpointSaved');
  await allow(['US-NW-BPAT']);
  const events = await follow();
  expect(events.at(-1)).toMatchObject({ to: 'SUCCEEDED' });
  expect(events.some(({ pauseReason }) => pauseReason === 'MIGRATING')).toBe(true);
  const query =
    'query ($id: ID!) { run(id: $id) { zone spec { zone } segments { number zone host firstStep } decisions { decision zone reason } emissionsGco2eq savings { unknownBecause } } }';
  const done = (await ask(service.url, query, { id })).data.run;
  expect(done.segments).toMatchObject([
    { zone: 'US-CAL-CISO', host: 'california', firstStep: 0 },
    { zone: 'US-NW-BPAT', host: 'oregon' },
  ]);
  expect(done.segments[1].firstStep).toBeGreaterThan(0);
  expect(done.decisions.find(({ decision }: any) => decision === 'MIGRATE')).toMatchObject({
    reason: expect.stringContaining('moves to US-NW-BPAT'),
  });
  expect(done).toMatchObject({ zone: 'US-NW-BPAT', spec: { zone: 'US-CAL-CISO' } });
}, 180_000);
