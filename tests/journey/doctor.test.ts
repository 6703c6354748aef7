/** `lowtide doctor` as a user runs it: the built program in a process of its own, without a server or a database. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startOtlpReceiver } from './otlp-receiver.js';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-doctor-'));
afterAll(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

const doctor = (environment: Readonly<Record<string, string>> = {}, ...options: string[]) =>
  new Promise<{ status: number | null; out: string; errors: string }>((resolve) => {
    const child = spawn(process.execPath, [path.resolve('dist/src/main.js'), 'doctor', ...options], {
      cwd: directory,
      env: { ...process.env, NODE_OPTIONS: '', ...environment },
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('close', (status) => {
      resolve({ status, out, errors });
    });
  });

test('it says what would train, what meters, which grid and which data, writes nothing, and ends well where training works', async () => {
  const { status, out, errors } = await doctor({}, '--json');
  const found = JSON.parse(out);
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  expect(found.node).toEqual({ version: process.versions.node, required: '>=20.19.0', suitable: true });
  const { backends, chosen } = found.training;
  expect(backends.map(({ name }: any) => name)).toEqual(['tensorflow-gpu', 'tensorflow', 'webgpu', 'native', 'wasm']);
  expect(backends.at(-1)).toMatchObject({ usable: true, kernels: expect.stringMatching(/^assemblyscript/) });
  for (const { usable, reason, fix } of backends) if (!usable) expect([reason, fix]).not.toContain(undefined);
  expect(chosen.backend).toBe(backends.find(({ usable }: any) => usable).name);
  expect(backends.map(({ notExercisedOn }: any) => notExercisedOn)).toEqual(['CUDA', undefined, 'a WebGPU adapter', undefined, undefined]);
  expect(found.energy.covered.map(({ component }: any) => component)).toEqual(expect.arrayContaining(['cpu', 'ram']));
  expect(found.grid).toMatchObject({ mode: 'replay', zone: 'US-CAL-CISO', day: '2022-12-10' });
  expect(found.datasets).toContainEqual(expect.objectContaining({ name: 'mnist', found: true, missing: [] }));
  expect(found.obstacles).toEqual([]);
  expect(fs.readdirSync(directory)).toEqual([]);
});

test('on a terminal it says of what cannot be used why and what to do, and fails when that was asked for', async () => {
  const { status, out } = await doctor({ LOWTIDE_BACKEND: 'tensorflow-gpu' });
  expect(status).toBe(1);
  expect(out).toMatch(/- tensorflow-gpu +npm package @tensorflow\/tfjs-node-gpu is not installed; not exercised on CUDA\n +to do: /);
  expect(out).toMatch(/training would not work here:\n {2}no backend for LOWTIDE_BACKEND=tensorflow-gpu\n$/);
});

test('a native library that takes its process with it is not usable, and the next backend is chosen', async () => {
  const hooks = path.join(directory, 'hooks.mjs');
  const source = `export const resolve = (name, context, next) => name === '@tensorflow/tfjs-node'
    ? { url: 'data:text/javascript,process.kill(process.pid,"SIGKILL")', shortCircuit: true } : next(name, context);`;
  fs.writeFileSync(
    hooks,
    `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)});`,
  );
  const { status, out } = await doctor({ NODE_OPTIONS: `--import=${pathToFileURL(hooks).href}` }, '--json');
  fs.rmSync(hooks);
  const { backends, chosen } = JSON.parse(out).training;
  expect(backends[1]).toMatchObject({
    name: 'tensorflow',
    usable: false,
    reason: expect.stringContaining('its process was ended by SIGKILL'),
  });
  expect(['native', 'wasm']).toContain(chosen.backend);
  expect(status).toBe(0);
});

test('what a service would report to is asked whether it is there, and nothing of that keeps training from working', async () => {
  const off = JSON.parse((await doctor({}, '--json')).out).reporting;
  expect(off.map(({ name, on }: any) => [name, on])).toEqual([
    ['MLflow', false],
    ['traces', false],
    ['metrics', true],
  ]);
  const receiver = await startOtlpReceiver();
  const there = { LOWTIDE_OTLP_ENDPOINT: receiver.url, LOWTIDE_MLFLOW_URI: 'http://127.0.0.1:9', LOWTIDE_MLFLOW_TOKEN: 'sesame' };
  const { status, out } = await doctor(there);
  await receiver.close();
  expect(status).toBe(0);
  expect(out).toContain(`+ traces          ${receiver.url}/v1/traces`);
  expect(out).toMatch(
    /- MLflow +POST http:\/\/127\.0\.0\.1:9\/api\/2\.0\/mlflow\/experiments\/search could not be reached: .*\n +to do: start the server/,
  );
  expect(out).not.toContain('sesame');
});

test('every zone of a live grid is listed with its sources and what their settings lack, and no key is repeated', async () => {
  const { status, out } = await doctor(
    { LOWTIDE_ZONES: 'US-CAL-CISO=electricity-maps+eia,GB=uk-carbon-intensity', LOWTIDE_EIA_KEY: 'sesame' },
    '--json',
  );
  expect(status).toBe(1);
  expect(out).not.toContain('sesame');
  const { grid, obstacles } = JSON.parse(out);
  expect(grid.zones).toEqual([
    { zone: 'US-CAL-CISO', sources: ['electricity-maps', 'eia'], problems: [expect.stringContaining('sources.electricity-maps.key')] },
    { zone: 'GB', sources: ['uk-carbon-intensity'], problems: [] },
  ]);
  expect(obstacles).toEqual(grid.zones[0].problems);
});

test('a day that cannot be replayed, and a setting that is wrong, are one clear message', async () => {
  const { status, out } = await doctor({ LOWTIDE_REPLAY_DAY: '2030-01-01' });
  expect([status, out]).toEqual([1, expect.stringContaining('replayed day 2030-01-01: US-CAL-CISO has no 24 h of readings')]);
  const wrong = await doctor({ LOWTIDE_BACKEND: 'abacus' });
  expect([wrong.status, wrong.out]).toEqual([1, '']);
  expect(wrong.errors).toContain('LOWTIDE_BACKEND: got "abacus", allowed is one of auto');
});
