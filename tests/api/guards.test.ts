import fs from 'node:fs';
import { getIntrospectionQuery } from 'graphql';
import WebSocket from 'ws';
import { ask, newHome, startService, type RunningService } from '../journey/running-service.js';

const TOKEN = 'a-token-of-the-test-suite';
let home: string;
let closedHome: string;
let open: RunningService;
let closed: RunningService;

beforeAll(async () => {
  [home, closedHome] = [newHome(), newHome()];
  const noWorker = { LOWTIDE_WORKER: 'false' };
  [open, closed] = await Promise.all([
    startService(home, noWorker),
    startService(closedHome, { ...noWorker, LOWTIDE_TOKEN: TOKEN, LOWTIDE_PRODUCTION: 'true' }),
  ]);
});
afterAll(async () => {
  await Promise.all([open.end('SIGTERM'), closed.end('SIGTERM')]);
  for (const each of [home, closedHome]) fs.rmSync(each, { recursive: true, force: true });
});

/** One operation by the graphql-transport-ws protocol, without a client's manners; what comes back, or how it was turned away. */
const overWebSocket = (
  url: string,
  query: string,
  options: { origin?: string; authorization?: string; cookie?: string } = {},
): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...(options.cookie === undefined ? {} : { headers: { cookie: options.cookie } }),
    });
    const done = (text: string) => {
      resolve(text);
      socket.terminate();
    };
    socket.on('error', (failure) => done(`error ${failure.message}`));
    socket.on('close', (code) => done(`closed ${code}`));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: options.authorization } })));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string };
      if (message.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      else done(data.toString());
    });
  });

const overHttp = async (url: string, query: string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  JSON.stringify(await ask(url, query, {}, headers));

const DEEP = `{ runs { edges { node ${'{ experiment { runs '.repeat(8)}{ id }${' } }'.repeat(8)} } } }`;
const ALIASES = `{ ${Array.from({ length: 60 }, (_none, index) => `a${index}: runs(first: 100) { edges { node { id name emissionsTimeline { energyKwh } } } }`).join(' ')} }`;
const TOKENS = `{ ${'__typename '.repeat(5000)} }`;

test.each([
  ['too deep', DEEP, 'levels deep'],
  ['a bomb of aliases', ALIASES, 'complexity'],
  ['too many tokens', TOKENS, 'tokens'],
])('an operation that is %s is refused at both doors', async (_what, query, why) => {
  expect(await overHttp(open.url, query)).toContain(why);
  expect(await overWebSocket(open.url, query)).toContain(why);
});

test('the standard introspection passes at both doors, and in production at neither', async () => {
  const query = getIntrospectionQuery();
  expect(await overHttp(open.url, query)).toContain('"queryType"');
  expect(await overWebSocket(open.url, query)).toContain('"queryType"');
  const authorization = `Bearer ${TOKEN}`;
  expect(await overHttp(closed.url, query, { authorization })).toContain('introspection');
  expect(await overWebSocket(closed.url, query, { authorization })).toContain('introspection');
});

test('a page of another origin is turned away at both doors', async () => {
  expect(await overHttp(open.url, '{ __typename }', { origin: 'http://evil.example' })).toContain('FORBIDDEN');
  expect(await overWebSocket(open.url, '{ __typename }', { origin: 'http://evil.example' })).toContain('401');
  expect(await overHttp(open.url, '{ __typename }', { origin: open.url })).toContain('"Query"');
  expect(await overWebSocket(open.url, '{ __typename }', { origin: open.url })).toContain('"Query"');
});

test('with a token configured, nothing is answered without it', async () => {
  for (const authorization of ['', 'Bearer wrong', TOKEN]) {
    expect(await overHttp(closed.url, '{ __typename }', { authorization })).toContain('UNAUTHENTICATED');
    expect(await overWebSocket(closed.url, '{ __typename }', { authorization })).toBe('closed 4403');
  }
  const byGet = await fetch(`${closed.url}/graphql?query=%7B__typename%7D`, { headers: { 'apollo-require-preflight': 'yes' } });
  expect(byGet.status).toBe(401);
  const authorization = `Bearer ${TOKEN}`;
  expect(await overHttp(closed.url, '{ __typename }', { authorization })).toContain('"Query"');
  expect(await overWebSocket(closed.url, '{ __typename }', { authorization })).toContain('"Query"');
});

test('the session of a browser that logged in opens both doors, to its own pages only', async () => {
  const login = await fetch(`${closed.url}/login`, { method: 'POST', body: new URLSearchParams({ token: TOKEN }), redirect: 'manual' });
  const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
  const origin = closed.url;
  expect(await overHttp(closed.url, '{ reports { name } }', { cookie, origin })).toContain('"carbon-per-accuracy"');
  expect(await overWebSocket(closed.url, '{ __typename }', { cookie, origin })).toContain('"Query"');
  expect(await overHttp(closed.url, '{ __typename }', { cookie, origin: 'http://evil.example' })).toContain('FORBIDDEN');
  expect(await overWebSocket(closed.url, '{ __typename }', { cookie, origin: 'http://evil.example' })).toContain('401');
});

test('it refuses to listen beyond this machine without a token', async () => {
  const elsewhere = newHome();
  await expect(startService(elsewhere, { LOWTIDE_HOST: '0.0.0.0', LOWTIDE_WORKER: 'false' })).rejects.toThrow(
    'refusing to listen on 0.0.0.0 without a token',
  );
  fs.rmSync(elsewhere, { recursive: true, force: true });
});

test('bodies that are too large or no JSON are answered in JSON, without a stack', async () => {
  const post = async (body: string) => {
    const response = await fetch(`${open.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { status: response.status, text: await response.text() };
  };
  expect(await post('{ not json')).toEqual({ status: 400, text: expect.stringContaining('the body is not JSON') });
  const large = await post(JSON.stringify({ query: ' '.repeat(300_000) }));
  expect(large.status).toBe(413);
  expect(large.text).not.toContain('at ');
});

test('bad input is one error with every path, what was given and what is allowed', async () => {
  const mutation = `mutation { submitExperiment(input: { name: "Bad Name", runs: [{ name: "x", zone: "DE", training: { model: { name: "resnet" }, dataset: { name: "mnist" }, batchSize: 0 } }] }) { __typename } }`;
  const { errors } = await ask(open.url, mutation);
  expect(errors).toHaveLength(1);
  expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors![0]!.extensions.problems.map(({ path }: { path: string }) => path)).toEqual([
    'input.name',
    'input.runs[0].training.model.name',
    'input.runs[0].training.batchSize',
  ]);
});

test.each([
  ['{ carbonIntensity(zone: "DE") { start } }', 'zone', 'US-CAL-CISO'],
  ['{ intensityForecast(zone: "US-CAL-CISO", horizonHours: 500) { method } }', 'horizonHours', 'from 1 to 72'],
  ['{ runs(first: 1000) { edges { cursor } } }', 'first', 'from 1 to 100'],
  ['{ comparison(runs: ["nope"]) { notice } }', 'runs[0]', 'the id of a run'],
  ['{ experiment { id } }', 'id', 'exactly one'],
  [
    '{ intensityHistory(zone: "US-CAL-CISO", from: "2022-01-01T00:00:00Z", to: "2022-01-02T00:00:00Z", stepMinutes: 0) { start } }',
    'stepMinutes',
    'a whole number from 1 to 1440',
  ],
  ['{ intensityHistory(zone: "US-CAL-CISO", from: "2022-02-01T00:00:00Z", to: "2022-01-01T00:00:00Z") { start } }', 'to', 'after from'],
])('%s is bad input at %s', async (query, path, allowed) => {
  const { errors } = await ask(open.url, query);
  expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors![0]!.extensions.problems[0].path).toBe(path);
  expect(errors![0]!.message).toContain(allowed);
});

test('history comes in steps of any length, each the mean of what it spans', async () => {
  const history = async (more: string) => {
    const span = 'from: "2022-03-01T00:00:00Z", to: "2022-03-02T00:00:00Z"';
    const { data } = await ask(open.url, `{ intensityHistory(zone: "usa + california", ${span}${more}) { start intensityGco2eqPerKwh } }`);
    return data.intensityHistory;
  };
  const [hours, thirds] = [await history(''), await history(', stepMinutes: 480')];
  expect(hours).toHaveLength(24);
  expect(thirds).toHaveLength(3);
  for (const [index, third] of thirds.entries()) {
    const within = hours.slice(8 * index, 8 * index + 8);
    expect(third.start).toBe(within[0].start);
    const sum = within.reduce((total: number, hour: any) => total + hour.intensityGco2eqPerKwh, 0);
    expect(third.intensityGco2eqPerKwh).toBeCloseTo(sum / 8, 9);
  }
});

test('what is not there is null or a refusal, also for an id that is no UUID', async () => {
  for (const id of ['nope', '00000000-0000-0000-0000-000000000000', "'; drop table run; --"]) {
    expect(await ask(open.url, 'query ($id: ID!) { run(id: $id) { id } }', { id })).toEqual({ data: { run: null } });
    const { data } = await ask(open.url, 'mutation ($id: ID!) { pauseRun(id: $id) { __typename } }', { id });
    expect(data.pauseRun.__typename).toBe('RunNotFound');
  }
  expect(await overWebSocket(open.url, 'subscription { runEvents(run: "nope") { sequence } }')).toContain('the id of a run');
});

test('the health check answers, and the explorer asks for nothing from elsewhere', async () => {
  expect(await (await fetch(`${open.url}/healthz`)).json()).toMatchObject({ status: 'ok' });
  const explorer = await (await fetch(`${open.url}/graphiql`)).text();
  expect(explorer).not.toMatch(/(src|href)="https?:/);
  expect((await fetch(`${closed.url}/graphiql`)).status).toBe(404);
});

test('a fault inside shows an id and nothing of the database', async () => {
  const faultyHome = newHome();
  const faulty = await startService(faultyHome, { LOWTIDE_WORKER: 'false' });
  const [pid] = fs.readFileSync(`${faultyHome}/postgres/postmaster.pid`, 'utf8').split('\n');
  process.kill(Number(pid), 'SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { errors } = await ask(faulty.url, '{ runs { edges { cursor } } }');
  expect(errors![0]!.message).toMatch(/^Internal server error \([0-9a-f-]{36}\)$/);
  expect(JSON.stringify(errors)).not.toMatch(/postgres|ECONN|select|stack/i);
  expect((await fetch(`${faulty.url}/healthz`)).status).toBe(503);
  await faulty.end('SIGKILL');
  fs.rmSync(faultyHome, { recursive: true, force: true });
});
