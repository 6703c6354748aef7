import { watttimeAverage, watttimeMarginal } from '../../../src/grid/sources/watttime.js';
import { DAY_MS, HOUR_MS, instant, iso, MINUTE_MS, parseInstant, type Instant } from '../../../src/units/time.js';
import { fixture, startProvider, type Asked, type Provider, type Reply } from './provider-server.js';
import { faultOf } from './source-contract.js';

const NOW = parseInstant('2022-07-15T00:07:00Z');
const signal = new AbortController().signal;
const recently = (now: Instant = NOW) => ({ zone: 'US-CAL-CISO', span: { start: instant(now - 7 * MINUTE_MS), end: now }, signal });

let provider: Provider;
let now: Instant;
let logins: number;
beforeEach(async () => {
  provider = await startProvider();
  now = NOW;
  logins = 0;
});
afterEach(() => provider.close());

const open = (make = watttimeMarginal) =>
  make({
    username: 'reader',
    password: 'pass-phrase',
    url: provider.url,
    clock: { now: () => now },
    locationOf: () => 'CAISO_NORTH',
    calls: { retries: 0, callsPerSecond: 1000 },
  });
/** A token that tells how many were given before it; everything else is answered for holders of a token. */
const answer = (values: (asked: Asked) => Reply, delayMs = 0): void =>
  provider.answer((asked) => {
    if (asked.path !== '/login') return values(asked);
    const right = asked.headers.authorization === `Basic ${Buffer.from('reader:pass-phrase').toString('base64')}`;
    return right ? { body: { token: `token-${logins++}` }, delayMs } : { status: 403 };
  });
const historical = (): Reply => ({ body: fixture('recorded/watttime_v3_from_upgrade_guide.json').historical });
const dataCalls = () => provider.asked.filter(({ path }) => path !== '/login');

test('pounds per MWh become grams per kWh by the international pound', async () => {
  answer(historical);
  const { readings } = await open().readings(recently());
  expect(readings[0]!.intensity).toBeCloseTo(870 * 0.45359237, 10);
  expect(readings[0]!.intensity).toBeCloseTo((870 * 453.59237) / 1000, 10);
});

test('marginal and average are two sources of two kinds, which ask for two signals', async () => {
  answer(({ query }) =>
    query.get('signal_type') === 'co2_moer' ? historical() : { body: fixture('constructed/watttime-aoer-historical.json') },
  );
  const marginal = await open(watttimeMarginal).readings(recently());
  const average = await open(watttimeAverage).readings(recently());
  expect([marginal.kind, average.kind]).toEqual(['marginal', 'average']);
  expect([...marginal.readings, ...average.readings].every(({ factorType }) => factorType === 'direct')).toBe(true);
  expect(iso(average.readings[0]!.issuedAt)).toBe('2022-07-15T00:04:11.000Z');
});

test('one login serves all who ask at once, and every later call', async () => {
  answer(historical, 50);
  const source = open();
  await Promise.all([source.readings(recently()), source.readings(recently()), source.readings(recently())]);
  await source.readings(recently());
  expect(logins).toBe(1);
  expect(dataCalls()).toHaveLength(4);
});

test('the token is renewed before its 30 minutes are over', async () => {
  answer(historical);
  const source = open();
  await source.readings(recently());
  now = instant(NOW + 24 * MINUTE_MS);
  await source.readings(recently());
  expect(logins).toBe(1);
  now = instant(NOW + 26 * MINUTE_MS);
  await source.readings(recently());
  expect(logins).toBe(2);
  expect(dataCalls().at(-1)!.headers.authorization).toBe('Bearer token-1');
});

test('a token that is refused is renewed once, and the call made again', async () => {
  answer(({ headers }) => (headers.authorization === 'Bearer token-0' ? { status: 401 } : historical()));
  const { readings } = await open().readings(recently());
  expect(readings).toHaveLength(2);
  expect(logins).toBe(2);
});

test('a new token that is refused as well is a fault, not a loop', async () => {
  answer(() => ({ status: 401, body: { error: 'no' } }));
  expect((await faultOf(open().readings(recently()))).kind).toBe('unauthorized');
  expect([logins, dataCalls().length]).toEqual([2, 2]);
});

test('a password the provider does not accept is told as such', async () => {
  provider.answer(() => ({ status: 401, body: { error: 'Invalid username or password' } }));
  const fault = await faultOf(open().readings(recently()));
  expect(fault.kind).toBe('unauthorized');
  expect(fault.message).toContain('/login answered 401: Invalid username or password');
});

test('a caller that leaves during a shared login does not end it for the others, and the last one does', async () => {
  provider.answer((asked) => (asked.path === '/login' ? { body: { token: 'late' }, delayMs: 150 } : historical()));
  const source = open();
  const leaving = new AbortController();
  const first = source.readings({ ...recently(), signal: leaving.signal }).catch((failure: unknown) => failure);
  const second = source.readings(recently());
  while (provider.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const reason = new Error('gone');
  leaving.abort(reason);
  expect(await first).toBe(reason);
  expect((await second).readings).toHaveLength(2);

  provider.answer(() => ({ fault: 'hangs' }));
  const alone = new AbortController();
  const call = open()
    .readings({ ...recently(), signal: alone.signal })
    .catch((failure: unknown) => failure);
  const before = provider.asked.length;
  while (provider.asked.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  alone.abort(reason);
  expect(await call).toBe(reason);
  await provider.hungUp;
});

test('a long history is asked for in pieces of 30 days, and the value two pieces share is told once', async () => {
  answer(({ query }) => {
    const [start, end] = [query.get('start')!, query.get('end')!].map((text) => parseInstant(text));
    const data = [];
    for (let at = start!; at <= end!; at = instant(at + HOUR_MS)) data.push({ point_time: iso(at), value: 900 });
    const meta = { region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'lbs_co2_per_mwh', data_point_period_seconds: 3600 };
    return { body: { data, meta } };
  });
  const span = { start: instant(NOW - 70 * DAY_MS), end: NOW };
  const { readings } = await open().readings({ zone: 'US-CAL-CISO', span, signal });
  expect(dataCalls()).toHaveLength(3);
  for (const { query } of dataCalls())
    expect(parseInstant(query.get('end')!) - parseInstant(query.get('start')!)).toBeLessThanOrEqual(30 * DAY_MS);
  expect(readings).toHaveLength(70 * 24 + 1);
  readings.slice(1).forEach(({ interval }, index) => expect(interval.start).toBe(readings[index]!.interval.end));
});

test.each([
  ['units', 'percentile'],
  ['signal_type', 'health_damage'],
  ['region', 'ERCOT_NORTHCENTRAL'],
])('an answer whose %s is %s is mismatched', async (field, value) => {
  answer(() => {
    const { body } = historical() as { body: any };
    body.meta[field] = value;
    return { body };
  });
  const fault = await faultOf(open().readings(recently()));
  expect(fault.kind).toBe('mismatched');
  expect(fault.message).toContain(`"${value}"`);
});

test('a region the plan does not cover is forbidden, and says so in the words of the provider', async () => {
  answer(() => ({ status: 403, body: { error: 'The requested region is not in your plan' } }));
  const fault = await faultOf(open().readings(recently()));
  expect(fault).toMatchObject({ kind: 'forbidden' });
  expect(fault.message).toContain('not in your plan');
});

test('no forecast of more than 72 hours is asked for', async () => {
  answer(() => ({ body: fixture('recorded/watttime_v3_from_upgrade_guide.json').forecast }));
  await open().forecast({ zone: 'US-CAL-CISO', span: { start: NOW, end: instant(NOW + 9 * DAY_MS) }, signal });
  expect(dataCalls()[0]!.query.get('horizon_hours')).toBe('72');
});
