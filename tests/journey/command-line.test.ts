/** The commands where something is wrong, as a user meets them: one message that says what to do, and never a stack. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { stringify } from 'yaml';
import { ask, newHome, startService, type RunningService } from './running-service.js';

const TOKEN = 'a-token-of-the-test-suite';
const folder = newHome();
const home = newHome();
let service: RunningService;

const file = (name: string, content: string): string => {
  const at = path.join(folder, name);
  fs.writeFileSync(at, content);
  return at;
};
const runFile = (name: string, epochs: number): string =>
  stringify({
    name,
    zone: 'US-CAL-CISO',
    training: {
      model: { name: 'mlp' },
      dataset: { name: 'mnist', train_images: 6400, test_images: 1000 },
      batch_size: 64,
      epochs,
    },
  });

beforeAll(async () => {
  service = await startService(home, { LOWTIDE_TOKEN: TOKEN });
});
afterAll(async () => {
  await service.end('SIGTERM');
  for (const each of [home, folder]) fs.rmSync(each, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}

/** @param onOutput may end it early */
const lowtide = (
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onOutput: (out: string, interrupt: () => void) => void = () => undefined,
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [path.resolve('dist/src/main.js'), ...words], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', LOWTIDE_URL: service.url, LOWTIDE_TOKEN: TOKEN, ...environment },
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      onOutput(out, () => child.kill('SIGINT'));
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('close', (status) => {
      resolve({ status, out, errors: errors.trim() });
    });
  });

test.each([
  [['watch', 'none', '--url', 'nowhere'], /^lowtide: option '--url <url>' argument 'nowhere' is invalid\. Allowed is an address like/],
  [['watch', 'none', '--url', 'http://127.0.0.1:9'], /^lowtide: no answer from http:\/\/127\.0\.0\.1:9\/graphql: is the server running/],
  [['watch', 'none', '--token', 'wrong'], /^lowtide: the server at \S+ refused the token it was given: give its LOWTIDE_TOKEN/],
  [['submit', '.', '--experiment', 'x'], /^lowtide: \.:\n {2}it is a folder, not a file$/],
  [['submit', 'empty.yaml', '--experiment', 'x'], /^lowtide: empty\.yaml:\n {2}it is empty; /],
  [['submit', 'broken.yaml', '--experiment', 'x'], /^lowtide: broken\.yaml:\n {2}it is not YAML: .* at line 2, column 1$/],
  [
    ['submit', 'run.yaml', 'run.yaml', '--experiment', 'A B'],
    /^lowtide: --experiment: got "A B", .*\nrun\.yaml: name: got "short", allowed is a name no/,
  ],
  [['import', 'run.yaml', '--experiment', 'none'], /^lowtide: no experiment has the id or the name "none"/],
  [['raise-budget', '--gco2eq', '5'], /^lowtide: whose budget\? /],
  [['plan', '--trace', '.', '--jobs', '.'], /^lowtide: trace \. is a folder, not a file$/],
  [['report', 'zone-map', '--out', 'run.yaml'], /^lowtide: run\.yaml: it is a file, not a folder; name a folder to write to$/],
  [['nonsense'], /^lowtide: unknown command 'nonsense'\n\(lowtide --help says what it takes\)$/],
])('%j ends in one message', async (words, message) => {
  file('run.yaml', runFile('short', 1));
  file('empty.yaml', '');
  file('broken.yaml', 'name: [\n');
  const { status, out, errors } = await lowtide(words);
  expect(errors).toMatch(message);
  expect(errors).not.toMatch(/^ +at /m);
  expect({ status, out }).toEqual({ status: 1, out: '' });
});

test.each([
  [['demo', '--day', '2099-01-01'], {}, /^lowtide: replayed day 2099-01-01: .*; allowed are 2021-12-31 to 2022-12-29/],
  [['serve'], { LOWTIDE_REPLAY_ZONE: 'GB' }, /^lowtide: no source is set for GB \(United Kingdom\); name one of US-CAL-CISO/],
  [['serve'], { LOWTIDE_HOST: '0.0.0.0', LOWTIDE_TOKEN: '' }, /^lowtide: refusing to listen on 0\.0\.0\.0 without a token/],
  [['work', '--zone', 'GB'], { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x' }, /^lowtide: no source is set for GB/],
])('%j with %j is refused before anything is opened', async (words, environment, message) => {
  const untouched = path.join(folder, 'untouched');
  const { status, out, errors } = await lowtide(words, { LOWTIDE_HOME: untouched, ...environment });
  expect(errors).toMatch(message);
  expect(errors.split('\n')).toHaveLength(1);
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(fs.existsSync(untouched)).toBe(false);
});

test('a port that is in use, and a database that does not answer, are said in one line', async () => {
  const taken = net.createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const other = newHome();
  const serving = await lowtide(['serve'], { LOWTIDE_HOME: other, LOWTIDE_PORT: String(port) });
  taken.close();
  fs.rmSync(other, { recursive: true, force: true });
  expect(serving).toMatchObject({ status: 1, errors: `lowtide: port ${port} of 127.0.0.1 is in use; set LOWTIDE_PORT to another` });
  const { status, errors } = await lowtide(['migrate'], { DATABASE_URL: 'postgres://user:secret@127.0.0.1:9/none' });
  expect(errors).toMatch(/^lowtide: no connection to the Postgres of DATABASE_URL: connect ECONNREFUSED/);
  expect(errors).not.toContain('secret');
  expect(status).toBe(1);
});

test('Ctrl-C leaves the runs to go on; they are followed again by the name of their experiment, to the comparison', async () => {
  let interrupted = false;
  const first = await lowtide(
    ['submit', file('long.yaml', runFile('long', 20)), '--experiment', 'left-alone', '--watch'],
    {},
    (out, interrupt) => {
      if (interrupted || !out.includes('running')) return;
      interrupted = true;
      interrupt();
    },
  );
  expect(first).toMatchObject({ status: 130, errors: '' });
  expect(first.out).toMatch(/no longer followed; the runs go on\. Follow them again with lowtide watch [0-9a-f-]{36}\n$/);
  const second = await lowtide(['watch', 'left-alone']);
  expect(second).toMatchObject({ status: 0, errors: '' });
  expect(second.out).toMatch(
    /long: succeeded: trained all[\s\S]*│ final accuracy +│[\s\S]*\nas a report: http:\S+experiment=[0-9a-f-]{36}\n$/,
  );
});

test('watching a run that does not succeed ends with what became of it and status 1, after the comparison', async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  let cancelling: Promise<unknown> | undefined;
  const cancel = async () => {
    const { data } = await ask(service.url, '{ runs(first: 1) { edges { node { id } } } }', {}, headers);
    const { id } = data.runs.edges[0].node;
    await ask(service.url, 'mutation ($id: ID!) { cancelRun(id: $id) { __typename } }', { id }, headers);
  };
  const { status, out, errors } = await lowtide(
    ['submit', file('abandoned.yaml', runFile('abandoned', 20)), '--experiment', 'abandoned', '--watch'],
    {},
    (said) => {
      if (said.includes('abandoned: running')) cancelling ??= cancel();
    },
  );
  await cancelling;
  expect(errors).toBe('lowtide: 1 of 1 runs did not succeed: abandoned (cancelled)');
  expect(out).toMatch(/abandoned: cancelled[\s\S]*\nas a report: /);
  expect(status).toBe(1);
});
