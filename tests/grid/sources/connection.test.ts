import { z } from 'zod';
import { retryAfterMs, troubleOfConnection } from '../../../src/calls/connection-trouble.js';
import { redacted } from '../../../src/calls/redaction.js';
import { CallFault } from '../../../src/grid/sources/call-fault.js';
import { openConnection, type CallOptions } from '../../../src/grid/sources/connection.js';
import { wallClock } from '../../../src/units/clock.js';
import { startProvider, type Provider } from './provider-server.js';

let provider: Provider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const open = (options: Partial<CallOptions> = {}, url = provider.url) =>
  openConnection({
    source: 'a source',
    url,
    clock: wallClock,
    callsPerSecond: 1000,
    secrets: () => [],
    retries: 0,
    retryDelayMs: 1,
    ...options,
  });
const request = (signal = new AbortController().signal) => ({ path: '/values', shape: z.object({ value: z.number() }), signal });
const ONE = { body: { value: 1 } };

test('only one call tries a source that was left alone; the others wait for its outcome', async () => {
  const connection = open({ failuresToOpen: 1, leftAloneMs: 50 });
  provider.answer(() => ({ status: 500 }));
  await expect(connection.get(request())).rejects.toThrow(CallFault);
  while (connection.health.circuit === 'open') await pause(5);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  provider.answer((_asked, nth) => (nth === 0 ? { ...ONE, after: released } : ONE));
  const calls = [0, 1, 2].map(() => connection.get(request()));
  while (provider.asked.length < 2) await pause(5);
  await pause(20);
  expect(provider.asked).toHaveLength(2);
  expect(connection.health.circuit).toBe('half-open');
  release();
  expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([ONE.body, ONE.body, ONE.body]);
  expect(provider.asked).toHaveLength(4);
});

test('when that one call fails, the source is left alone again', async () => {
  const connection = open({ failuresToOpen: 2, leftAloneMs: 50, retries: 1 });
  provider.answer(() => ({ status: 500 }));
  await expect(connection.get(request())).rejects.toThrow(CallFault);
  while (connection.health.circuit === 'open') await pause(5);
  await expect(connection.get(request())).rejects.toThrow(/left alone/);
  expect(connection.health.circuit).toBe('open');
  expect(provider.asked).toHaveLength(3);
});

test('answers that are refusals do not count as failures of the source', async () => {
  const connection = open({ failuresToOpen: 2 });
  for (const status of [400, 401, 403, 404, 429, 403, 400]) {
    provider.answer(() => ({ status }));
    await expect(connection.get(request())).rejects.toThrow(`answered ${status}`);
  }
  expect(connection.health.circuit).toBe('closed');
});

test('a caller that leaves while its call waits for its turn has made none', async () => {
  provider.answer(() => ONE);
  const connection = open({ callsPerSecond: 1 });
  await connection.get(request());
  const leaving = new AbortController();
  const waiting = connection.get(request(leaving.signal)).catch((failure: unknown) => failure);
  const staying = connection.get(request());
  const reason = new Error('gone');
  leaving.abort(reason);
  expect(await waiting).toBe(reason);
  await staying;
  expect(provider.asked).toHaveLength(2);
});

test('a key does not follow a redirect to another host', async () => {
  const other = await startProvider();
  provider.answer(() => ({ status: 307, headers: { location: `${other.url}/values` } }));
  const call = open().get({ ...request(), headers: { 'auth-token': 'key' } });
  await expect(call).rejects.toThrow('answered 307');
  expect(other.asked).toHaveLength(0);
  await other.close();
});

test('a base address with a path or a slash at its end is kept', async () => {
  provider.answer(() => ONE);
  await open({}, `${provider.url}/mirror/`).get(request());
  expect(provider.asked[0]!.path).toBe('/mirror/values');
});

test('a name that does not exist is unavailable', async () => {
  const call = open({}, 'http://no-such-host.invalid').get(request());
  await expect(call).rejects.toMatchObject({ kind: 'unavailable', trouble: expect.stringMatching(/no-such-host|no-connection/) });
});

test.each([
  [{ code: 'ECONNRESET', message: 'read ECONNRESET' }, 'no-connection'],
  [{ message: 'fetch failed', cause: { code: 'UND_ERR_SOCKET', message: 'other side closed' } }, 'no-connection'],
  [{ message: 'fetch failed', cause: { code: 'CERT_HAS_EXPIRED', message: 'certificate has expired' } }, 'no-such-host'],
  [{ message: 'fetch failed', cause: { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND x' } }, 'no-such-host'],
  [new TypeError('terminated'), 'no-connection'],
])('%j is %s', (failure, trouble) => {
  expect(troubleOfConnection(failure).trouble).toBe(trouble);
});

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': ' 0 ' }, 0],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT', date: 'Tue, 24 Nov 2026 12:00:00 GMT' }, 30_000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT', date: 'Tue, 24 Nov 2026 12:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon', date: 'Tue, 24 Nov 2026 12:00:00 GMT' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{}, undefined],
])('the headers %j ask to wait for %s ms', (headers, wait) => {
  expect(retryAfterMs(new Headers(headers as Record<string, string>))).toBe(wait);
});

test('a secret is taken out in every form, the longer before its parts', () => {
  const text = `abc&d abc%26d ${Buffer.from('abc&d').toString('base64')} abc&d-long`;
  expect(redacted(text, ['abc&d', 'abc&d-long', ''])).toBe('[secret] [secret] [secret] [secret]');
});
