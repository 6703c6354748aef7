import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportRun } from '../../src/tracking/export-run.js';
import { batchesOf, MOST_METRICS } from '../../src/tracking/mlflow/batches.js';
import { mlflowTracker } from '../../src/tracking/mlflow/mlflow-tracker.js';
import type { TrackedPoint, TrackedRun, TrackedSource } from '../../src/tracking/tracked-run.js';
import { instant } from '../../src/units/time.js';
import { startMadeUpMlflow, type AskedOf, type MadeUpMlflow } from './mlflow-server.js';

const SECRET = 'open-sesame';
let server: MadeUpMlflow;

beforeEach(async () => {
  server = await startMadeUpMlflow();
});
afterEach(() => server.close());

const signal = new AbortController().signal;
const pointOf = (sequence: number, metrics = 1): TrackedPoint => ({
  sequence,
  metrics: Array.from({ length: metrics }, (_none, index) => ({
    key: `m${index}`,
    value: sequence,
    at: instant(sequence),
    step: sequence,
  })),
});

const run: TrackedRun = {
  id: 'run-1',
  name: 'one',
  experimentName: 'made-up',
  status: 'finished',
  submittedAt: instant(1000),
  endedAt: instant(9000),
  params: { 'model.name': 'mlp' },
  tags: { 'lowtide.state': 'succeeded' },
  totals: { saved_emissions_gco2eq: -0.5 },
  step: 10,
  lastSequence: 10,
};

/** A log of ten events in pages of four. */
const source: TrackedSource = {
  run: () => Promise.resolve(run),
  page: (_id, after) => {
    const points = Array.from({ length: 10 }, (_none, index) => pointOf(index + 1)).filter(({ sequence }) => sequence > after);
    return Promise.resolve({ points: points.slice(0, 4), until: points[3]?.sequence ?? 10, complete: points.length <= 4 });
  },
  files: () => Promise.resolve([{ path: 'lowtide/spec.yaml', mediaType: 'application/yaml', content: 'name: one\n' }]),
};

const tracker = (over: object = {}) =>
  mlflowTracker({ uri: server.uri, credentials: { kind: 'basic', username: 'me', password: SECRET }, ...over });
const exportNow = () => exportRun(tracker(), source, 'run-1', instant(9500), signal);
const sequencesOf = (): readonly number[] =>
  server.runs[0].data.metrics.filter(({ key }: any) => key === 'm0').map(({ step }: any) => step);
const ALL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test('a run is made once, its points come in order, files and totals follow, and its status is last', async () => {
  await exportNow();
  expect(sequencesOf()).toEqual(ALL);
  expect(server.runs[0]).toMatchObject({ info: { status: 'FINISHED' } });
  const put = server.asked.find(({ method }) => method === 'PUT');
  expect(put).toMatchObject({ path: '/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts/lowtide/spec.yaml', body: 'name: one\n' });
  expect(server.asked.at(-1)!.path).toBe('/api/2.0/mlflow/runs/update');
  await exportNow();
  expect(server.runs).toHaveLength(1);
  expect(sequencesOf()).toEqual(ALL);
  expect(server.runs[0].data.metrics.filter(({ key }: any) => key === 'saved_emissions_gco2eq')).toHaveLength(1);
});

const isBatch = ({ path, body }: AskedOf): boolean => path.endsWith('/log-batch') && body.metrics?.length > 0;

test.each([2, 3])('when the answer to batch %i is lost, the next attempt goes on where the server stands', async (nth) => {
  let count = 0;
  server.fail((asked) => (isBatch(asked) && ++count === nth ? 'lost' : undefined));
  await expect(exportNow()).rejects.toMatchObject({ remedy: 'again', trouble: 'no-connection' });
  await exportNow();
  expect(sequencesOf()).toEqual(ALL);
});

test('when the answer to the run’s making is lost, the run is found and not made twice', async () => {
  let lost = false;
  server.fail(({ path }) => {
    if (lost || !path.endsWith('/runs/create')) return undefined;
    lost = true;
    return 'lost';
  });
  await expect(exportNow()).rejects.toMatchObject({ remedy: 'again' });
  await exportNow();
  expect(server.runs).toHaveLength(1);
});

test.each([
  ['not let in', { status: 401, body: { message: `no: ${SECRET}` } }, { remedy: 'again', trouble: 'not-let-in' }],
  ['told to wait', { status: 429, headers: { 'retry-after': '7' } }, { remedy: 'again', retryAfterMs: 7000 }],
  ['met by an error', { status: 503 }, { remedy: 'again', trouble: 'server-error' }],
  ['answered by something else', { status: 404, body: '<html>' }, { remedy: 'again', trouble: 'not-mlflow' }],
  [
    'refused',
    { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Changing param values is not allowed.' } },
    { remedy: 'give-up', message: expect.stringContaining('Changing param values is not allowed.') },
  ],
])('a call that is %s says so, and repeats no secret', async (_how, fault, expected) => {
  server.fail(({ path }) => (path.endsWith('/log-batch') ? fault : undefined));
  const failure: unknown = await exportNow().catch((reason: unknown) => reason);
  expect(failure).toMatchObject(expected);
  expect(String(failure)).not.toContain(SECRET);
  expect(String(failure)).not.toContain(Buffer.from(`me:${SECRET}`).toString('base64'));
});

test('a run that was deleted in MLflow is given up, not made again', async () => {
  await exportNow();
  server.runs[0].info.lifecycle_stage = 'deleted';
  await expect(exportNow()).rejects.toMatchObject({ remedy: 'give-up', message: expect.stringContaining('is deleted in MLflow (r1)') });
  expect(server.runs).toHaveLength(1);
});

test('a server that hangs is left after its time, and at once when the caller leaves', async () => {
  const leave = new AbortController();
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await expect(tracker({ uri, timeoutMs: 50 }).check(signal)).rejects.toMatchObject({ trouble: 'no-answer-in-time', remedy: 'again' });
  const checking = tracker({ uri }).check(leave.signal);
  leave.abort(new Error('left'));
  await expect(checking).rejects.toThrow('left');
  silent.closeAllConnections();
  silent.close();
});

test('batches keep to what MLflow takes at once, and none ends within an event', () => {
  const points = Array.from({ length: 700 }, (_none, index) => pointOf(index + 1, 3));
  const batches = batchesOf(points, 705);
  expect(batches.map(({ metrics }) => metrics.length)).toEqual([900, 900, 300]);
  expect(batches.map(({ until }) => until)).toEqual([300, 600, 705]);
  for (const { metrics } of batches) expect(metrics.length).toBeLessThanOrEqual(MOST_METRICS);
  expect(batches.flatMap(({ metrics }) => metrics)).toEqual(points.flatMap(({ metrics }) => metrics));
  expect(batchesOf([], 12)).toEqual([{ metrics: [], until: 12 }]);
});
