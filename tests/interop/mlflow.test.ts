/** Runs in a real MLflow server from PyPI, in a virtual environment of its own, that goes away and comes back while they train. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { readYaml } from '../../src/cli/yaml-file.js';
import { parseCodecarbonCsv } from '../../src/emissions/codecarbon-csv.js';
import { parseRun } from '../../src/experiment/spec.js';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from '../journey/running-service.js';

/** Made by .ci/run: python3 -m venv, pip install mlflow. */
const PYTHON = process.env['PEER_PYTHON'] ?? '/opt/codecarbon/bin/python';
const installed = fs.existsSync(path.join(path.dirname(PYTHON), 'mlflow'));
const required = process.env['REQUIRE_PEERS'] === '1';
if (!installed && !required)
  process.stdout.write(`not run: no mlflow beside ${PYTHON} (python3 -m venv, pip install mlflow==3.17.2, PEER_PYTHON)\n`);
const when = installed || required ? test : test.skip;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-mlflow-'));
const home = newHome();
let port: number;
let mlflow: ChildProcess | undefined;
let service: RunningService | undefined;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });

const QUIET = { MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };

const startMlflow = async (): Promise<void> => {
  const store = ['--backend-store-uri', `sqlite:///${folder}/mlflow.sqlite`, '--artifacts-destination', path.join(folder, 'artifacts')];
  mlflow = spawn(PYTHON, ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store], {
    env: { ...process.env, ...QUIET },
    stdio: 'ignore',
    detached: true,
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok === true);
};

/** With the processes it started. */
const killMlflow = async (): Promise<void> => {
  const gone = new Promise((resolve) => mlflow!.once('exit', resolve));
  process.kill(-mlflow!.pid!, 'SIGKILL');
  await gone;
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 200));
};

const READ = `
import json, sys
from mlflow.tracking import MlflowClient
client = MlflowClient(sys.argv[1])
out = []
experiment = client.get_experiment_by_name(sys.argv[2])
for run in client.search_runs([experiment.experiment_id], order_by=["attributes.start_time"]):
    id = run.info.run_id
    files = {file.path: open(client.download_artifacts(id, file.path)).read() for file in client.list_artifacts(id, "lowtide")}
    history = {key: [[m.timestamp, m.step, m.value] for m in client.get_metric_history(id, key)] for key in run.data.metrics}
    out.append({"name": run.info.run_name, "status": run.info.status, "start": run.info.start_time, "end": run.info.end_time,
        "params": run.data.params, "tags": run.data.tags, "metrics": run.data.metrics, "history": history, "files": files})
print(json.dumps(out))
`;

const running = promisify(execFile);

/** As MLflow's own client sees the runs of an experiment. In a process that is waited for beside all else: it takes seconds to start. */
const inMlflow = async (experiment: string): Promise<readonly any[]> => {
  const options = { env: { ...process.env, ...QUIET }, maxBuffer: 2 ** 26 };
  const { stdout } = await running(PYTHON, ['-W', 'ignore', '-c', READ, `http://127.0.0.1:${port}`, experiment], options);
  return JSON.parse(stdout) as readonly any[];
};

/** Points of the training loss that MLflow has of the first run of an experiment, asked without its client, which takes seconds to start. */
const lossIn = async (name: string): Promise<number> => {
  const api = `http://127.0.0.1:${port}/api/2.0/mlflow`;
  const json = async (path: string, body?: object): Promise<any> =>
    (
      await fetch(
        `${api}/${path}`,
        body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      )
    ).json();
  const { experiment } = await json(`experiments/get-by-name?experiment_name=${name}`);
  if (experiment === undefined) return 0;
  const { runs = [] } = await json('runs/search', { experiment_ids: [experiment.experiment_id], max_results: 1 });
  if (runs.length === 0) return 0;
  return ((await json(`metrics/get-history?run_id=${runs[0].info.run_id}&metric_key=loss`)).metrics ?? []).length;
};

const submit = async (
  name: string,
  runs: readonly object[],
): Promise<{ readonly id: string; readonly runs: readonly { readonly id: string }[] }> =>
  (await ask(service!.url, SUBMIT, { input: { name, runs } })).data.submitExperiment.experiment;

const long = (name: string, epochs: number) => {
  const run = smallRun(name);
  return { ...run, training: { ...run.training, epochs } };
};

const RUN = `query ($id: ID!) { run(id: $id) { state energyKwh emissionsGco2eq attributedEnergyKwh accuracy startedAt finishedAt
  savings { savedGco2eq timingGco2eq } } }`;
const LOG = `query ($id: ID!, $after: Int!) { run(id: $id) { events(first: 1000, after: $after) { __typename sequence at
    ... on TrainingProgressed { step trainingLoss imagesPerSecond } ... on EvaluationRecorded { step accuracy final } } } }`;

/** With its whole log. */
const read = async (id: string): Promise<any> => {
  const { run } = (await ask(service!.url, RUN, { id })).data;
  const events: any[] = [];
  for (let more = true; more;) {
    const page = (await ask(service!.url, LOG, { id, after: events.at(-1)?.sequence ?? 0 })).data.run.events;
    events.push(...page);
    more = page.length === 1000;
  }
  return { ...run, events };
};

const progressOf = async (id: string): Promise<number> =>
  (await read(id)).events.filter(({ __typename }: any) => __typename === 'TrainingProgressed').length;

const exporting = async (): Promise<any> =>
  (await ask(service!.url, '{ trackerExport { name failure failingSince runsWaiting runsUpToDate givenUp { run } } }')).data.trackerExport;

const exported = (): Promise<void> =>
  until(async () => {
    const { runsWaiting, failure } = await exporting();
    return runsWaiting === 0 && failure === null;
  });

const ended = (id: string) => collect(service!.url, EVENTS, { run: id, after: 0 });

const live = () => ({ LOWTIDE_MLFLOW_URI: `http://127.0.0.1:${port}` });

beforeAll(async () => {
  if (!installed) return;
  port = await freePort();
  await startMlflow();
  service = await startService(home);
}, 900_000);

afterAll(async () => {
  await service?.end('SIGTERM');
  if (mlflow?.exitCode === null && mlflow.signalCode === null) await killMlflow();
  for (const each of [folder, home]) fs.rmSync(each, { recursive: true, force: true });
});

when(
  'a run that is over is exported whole by the command, and exporting it again changes nothing',
  async () => {
    const { id: experiment, runs } = await submit('afterwards', [smallRun('one'), smallRun('two')]);
    for (const { id } of runs) await ended(id);
    expect(await exporting()).toBeNull();
    const words = ['dist/src/main.js', 'export', 'mlflow', '--experiment', experiment, '--tracking-uri', `http://127.0.0.1:${port}`];
    const lowtide = async () =>
      (await running(process.execPath, [...words, '--url', service!.url], { env: { ...process.env, NODE_OPTIONS: '' } })).stdout;
    expect(await lowtide()).toMatch(/^one \S+: finished in MLflow at \S+, experiment afterwards, up to event \d+\n/);
    const first = await inMlflow('afterwards');
    expect(first.map(({ name }) => name).sort()).toEqual(['one', 'two']);
    for (const there of first) expectSame(there, await read(there.tags['lowtide.run_id']));
    await lowtide();
    expect(await inMlflow('afterwards')).toEqual(first);
  },
  900_000,
);

when(
  'a run trains on while MLflow is killed, and everything of it is there once when MLflow is back',
  async () => {
    await service!.end('SIGTERM');
    service = await startService(home, live());
    const [run] = (await submit('interrupted', [long('one', 60)])).runs;
    const over = ended(run!.id);
    await until(async () => (await progressOf(run!.id)) > 3 && (await lossIn('interrupted')) > 0);
    expect((await inMlflow('interrupted'))[0]).toMatchObject({ status: 'RUNNING', end: null });
    await killMlflow();
    const atKill = await read(run!.id);
    expect(atKill.state).toBe('RUNNING');
    await until(async () => (await exporting()).failure !== null);
    expect((await exporting()).failure).toMatch(/could not be reached|was not answered/);
    await over;
    const stored = await read(run!.id);
    expect(stored.state).toBe('SUCCEEDED');
    expect((await exporting()).runsWaiting).toBe(1);
    await startMlflow();
    await exported();
    expect(service.output()).toMatch(/MLflow at \S+ is not told of runs for now, which go on: /);
    expect(service.output()).toMatch(/MLflow at \S+ is back; what it missed is sent/);
    const [there, ...others] = await inMlflow('interrupted');
    expect(others).toEqual([]);
    expectSame(there, stored);
    expect(there.tags).toMatchObject({
      'lowtide.run_id': run!.id,
      'lowtide.state': 'succeeded',
      'lowtide.emissions': 'known of all energy',
    });
  },
  900_000,
);

when(
  'a service that is killed half-way goes on where MLflow stands, and a paused run is scheduled there',
  async () => {
    const [run] = (await submit('killed', [long('one', 40)])).runs;
    await until(async () => (await progressOf(run!.id)) > 3 && (await lossIn('killed')) > 0);
    await service!.end('SIGKILL');
    service = await startService(home, live());
    await until(async () => (await read(run!.id)).state === 'RUNNING');
    const pause = 'mutation ($id: ID!) { pauseRun(id: $id) { __typename } }';
    await ask(service.url, pause, { id: run!.id });
    await until(async () => (await read(run!.id)).state === 'PAUSED');
    await exported();
    expect((await inMlflow('killed'))[0]).toMatchObject({ status: 'SCHEDULED', end: null, tags: { 'lowtide.pause_reason': 'by-user' } });
    await ask(service.url, pause.replace('pauseRun', 'resumeRun'), { id: run!.id });
    await ended(run!.id);
    await exported();
    const [there, ...others] = await inMlflow('killed');
    expect(others).toEqual([]);
    expectSame(there, await read(run!.id));
    // What was over before the live export was switched on is not sent by it, and what was sent is not sent again.
    expect((await exporting()).runsUpToDate).toBe(2);
  },
  900_000,
);

/** Points of the log and of MLflow's history, one for one. */
const expectSame = (there: any, stored: any): void => {
  const events = (kind: string) => stored.events.filter(({ __typename }: any) => __typename === kind);
  const progress = events('TrainingProgressed');
  expect(there.history.loss).toEqual(progress.map(({ at, step, trainingLoss }: any) => [Date.parse(at), step, trainingLoss]));
  expect(there.history.images_per_second).toHaveLength(progress.length);
  expect(there.history.val_acc).toHaveLength(events('EvaluationRecorded').filter(({ final }: any) => !final).length);
  expect(there.history.test_acc.map(([, , value]: any) => value)).toEqual([stored.accuracy]);
  expect(there.history.energy_kwh).toHaveLength(events('EnergyBooked').length);
  const energies = there.history.energy_kwh.map(([, , value]: any) => value);
  expect(energies).toEqual([...energies].sort((a, b) => a - b));
  const times = there.history.power_watts.map(([at]: any) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(there.metrics.energy_kwh).toBeCloseTo(stored.energyKwh, 15);
  expect(there.metrics.emissions_gco2eq).toBeCloseTo(stored.emissionsGco2eq, 12);
  expect(there.metrics.attributed_energy_kwh).toBeCloseTo(stored.attributedEnergyKwh, 15);
  expect(there.metrics.saved_emissions_gco2eq).toBeCloseTo(stored.savings.savedGco2eq, 12);
  expect(there.metrics.saved_by_timing_gco2eq).toBeCloseTo(stored.savings.timingGco2eq, 12);
  expect(there.history.saved_emissions_gco2eq).toHaveLength(1);
  expect(there.status).toBe('FINISHED');
  expect(there.end).toBe(Date.parse(stored.finishedAt));
  expect(there.params).toMatchObject({
    'model.name': 'mlp',
    batch_size: '64',
    'optimizer.learning_rate': '0.001',
    'schedule.mode': 'immediate',
  });
  expect(there.tags['mlflow.note.content']).toContain('The grid is a replay');
  expect(there.tags['lowtide.intensity_source']).toContain('recorded');
  const files = there.files;
  expect(Object.keys(files).sort()).toEqual(['emissions.csv', 'sci.json', 'spec.yaml', 'summary.json'].map((name) => `lowtide/${name}`));
  expect(JSON.parse(files['lowtide/summary.json'])[0].total_energy_kwh).toBeCloseTo(stored.energyKwh, 15);
  expect(parseCodecarbonCsv(files['lowtide/emissions.csv'])).toMatchObject({ ok: true, runs: [{}] });
  const file = path.join(folder, 'spec.yaml');
  fs.writeFileSync(file, files['lowtide/spec.yaml']);
  expect(parseRun(readYaml(file))).toMatchObject({ ok: true, value: { training: { batchSize: 64, model: { name: 'mlp' } } } });
};
