/** The live export on a real service, to a server that speaks enough of MLflow's API and fails when told to. With MLflow itself: tests/interop. */
import fs from 'node:fs';
import { startMadeUpMlflow, type MadeUpMlflow } from '../tracking/mlflow-server.js';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

const home = newHome();
let mlflow: MadeUpMlflow;
let service: RunningService;

beforeAll(async () => {
  mlflow = await startMadeUpMlflow();
  service = await startService(home, { LOWTIDE_MLFLOW_URI: mlflow.uri, LOWTIDE_MLFLOW_TOKEN: 'open-sesame' });
});
afterAll(async () => {
  await service.end('SIGTERM');
  await mlflow.close();
  fs.rmSync(home, { recursive: true, force: true });
});

const trained = async (name: string): Promise<string> => {
  const { data } = await ask(service.url, SUBMIT, { input: { name, runs: [smallRun('one')] } });
  const { id } = data.submitExperiment.experiment.runs[0];
  await collect(service.url, EVENTS, { run: id, after: 0 });
  return id;
};

const state = async (): Promise<any> =>
  (await ask(service.url, '{ trackerExport { name failure runsWaiting runsUpToDate givenUp { run reason } } }')).data.trackerExport;

const until = async (holds: (state: any) => boolean): Promise<any> => {
  for (;;) {
    const now = await state();
    if (holds(now)) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const inMlflow = (id: string): any => mlflow.runs.find(({ data }) => data.tags.some(({ value }: any) => value === id));
const energies = (id: string): readonly number[] =>
  inMlflow(id).data.metrics.flatMap(({ key, value }: any) => (key === 'energy_kwh' ? [value] : []));

test('a server that fails loses nothing and holds up no run: what it missed is sent once when it is back', async () => {
  let batches = 0;
  // The second batch of the run is taken and its answer lost; then nothing is answered.
  mlflow.fail(({ path }) => {
    if (path.endsWith('/log-batch')) batches += 1;
    return batches === 2 ? 'lost' : batches > 2 ? { status: 503 } : undefined;
  });
  const id = await trained('failing');
  const { failure, runsWaiting } = await until((now) => now.failure !== null);
  expect(failure).toMatch(/could not be reached|was answered with 503/);
  expect(failure).not.toContain('open-sesame');
  expect(runsWaiting).toBe(1);
  mlflow.fail(() => undefined);
  expect(await until((now) => now.runsWaiting === 0 && now.failure === null)).toMatchObject({ runsUpToDate: 1, givenUp: [] });
  const query = 'query ($id: ID!) { run(id: $id) { energyKwh events(first: 1000) { __typename } } }';
  const { run } = (await ask(service.url, query, { id })).data;
  expect(energies(id)).toHaveLength(run.events.filter(({ __typename }: any) => __typename === 'EnergyBooked').length);
  expect(energies(id).at(-1)).toBeCloseTo(run.energyKwh, 15);
  expect(inMlflow(id).info.status).toBe('FINISHED');
  expect(mlflow.asked.every(({ authorization }) => authorization === 'Bearer open-sesame')).toBe(true);
});

test('a run that MLflow refuses is given up, with its reason, and the next one is exported', async () => {
  mlflow.fail(({ path, body }) =>
    path.endsWith('/log-batch') && body.metrics !== undefined
      ? { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'not this one' } }
      : undefined,
  );
  const refused = await trained('refused');
  const { givenUp } = await until((now) => now.givenUp.length > 0);
  expect(givenUp).toEqual([{ run: refused, reason: expect.stringContaining('not this one') }]);
  mlflow.fail(() => undefined);
  const id = await trained('next');
  await until((now) => now.runsUpToDate === 2);
  expect(inMlflow(id).info.status).toBe('FINISHED');
});
