import { electricityMaps, type ElectricityMapsOptions } from '../../../src/grid/sources/electricity-maps.js';
import { DAY_MS, HOUR_MS, instant, iso, MINUTE_MS, parseInstant, type Instant } from '../../../src/units/time.js';
import { fixture, startProvider, type Asked, type Provider } from './provider-server.js';
import { faultOf } from './source-contract.js';

const NOW = parseInstant('2024-03-06T19:30:00Z');
const signal = new AbortController().signal;
const germany = (start: Instant, end: Instant) => ({ zone: 'DE', span: { start, end }, signal });
const hoursAgo = (hours: number): Instant => instant(NOW - hours * HOUR_MS);

let provider: Provider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const open = (options: Partial<ElectricityMapsOptions> = {}) =>
  electricityMaps({
    key: 'key-of-the-tests',
    url: provider.url,
    clock: { now: () => NOW },
    locationOf: (zone) => zone,
    calls: { retries: 0, callsPerSecond: 1000 },
    ...options,
  });

/** Hourly values of any past range that is asked for, both ends included. */
const pastRange = ({ query }: Asked) => {
  const [start, end] = [query.get('start')!, query.get('end')!].map((text) => parseInstant(text));
  const data = [];
  for (let at = Math.ceil(start! / HOUR_MS) * HOUR_MS; at <= end!; at += HOUR_MS)
    data.push({ zone: 'DE', carbonIntensity: 400, datetime: iso(instant(at)), updatedAt: iso(instant(at + HOUR_MS)), isEstimated: false });
  return { body: { zone: 'DE', temporalGranularity: 'hourly', data } };
};
const history = () => ({ body: fixture('recorded/em_carbon_intensity_history.json') });

test('the last 24 hours are one call of history, which every key covers', async () => {
  provider.answer(history);
  const { readings } = await open().readings(germany(hoursAgo(24), NOW));
  expect(provider.asked.map(({ path }) => path)).toEqual(['/v3/carbon-intensity/history']);
  expect(readings).toHaveLength(24);
  expect(readings.map(({ intensity }) => intensity)).toEqual(history().body.history.map((row: any) => row.carbonIntensity));
  expect(readings.filter(({ provenance }) => provenance === 'estimated')).toHaveLength(2);
  expect(iso(readings[0]!.issuedAt)).toBe('2024-03-06T15:48:54.012Z');
});

test('the step in progress alone is one call of latest', async () => {
  provider.answer(() => ({ body: fixture('recorded/em_latest_carbon_intensity.json') }));
  const { readings } = await open().readings({ zone: 'US-CAR-DUK', span: { start: hoursAgo(0.1), end: NOW }, signal });
  expect(provider.asked.map(({ path }) => path)).toEqual(['/v3/carbon-intensity/latest']);
  expect(readings).toMatchObject([
    { zone: 'US-CAR-DUK', intensity: 216, provenance: 'estimated', interval: { start: parseInstant('2024-03-06T19:00:00Z') } },
  ]);
});

test('a longer history is asked for in pieces of at most 10 days, and no step is told twice', async () => {
  provider.answer((asked) => (asked.path.endsWith('/history') ? history() : pastRange(asked)));
  const { readings } = await open().readings(germany(hoursAgo(25 * 24), NOW));
  const ranges = provider.asked.filter(({ path }) => path.endsWith('/past-range'));
  expect(ranges).toHaveLength(3);
  for (const { query } of ranges)
    expect(parseInstant(query.get('end')!) - parseInstant(query.get('start')!)).toBeLessThanOrEqual(10 * DAY_MS);
  expect(readings).toHaveLength(25 * 24 + 1);
  readings.slice(1).forEach(({ interval }, index) => expect(interval.start).toBe(readings[index]!.interval.end));
});

test('a past range of v3 and v4 without a value for an hour is a gap there', async () => {
  provider.answer(() => ({ body: fixture('constructed/electricity-maps-past-range.json') }));
  const { readings } = await open().readings(germany(parseInstant('2024-03-04T00:00:00Z'), parseInstant('2024-03-04T04:00:00Z')));
  expect(readings.map(({ interval, intensity }) => [iso(interval.start).slice(11, 13), intensity])).toEqual([
    ['00', 580],
    ['01', 575],
    ['03', 570],
  ]);
  expect(readings.every(({ interval }) => interval.end - interval.start === HOUR_MS)).toBe(true);
});

test.each([401, 403])('the free tier, which answers %i to forecasts, gets the built-in forecaster', async (status) => {
  provider.answer(() => ({ status, body: { error: 'Request unauthorized for zoneKey=DE' } }));
  const fault = await faultOf(open().forecast(germany(NOW, instant(NOW + DAY_MS))));
  expect(fault.kind).toBe('not-offered');
  expect(fault.message).toContain('the built-in forecaster is used instead');
  expect(fault.message).toContain('Request unauthorized for zoneKey=DE');
});

test('values older than 24 hours are not offered to a key that does not cover them', async () => {
  provider.answer((asked) => (asked.path.endsWith('/history') ? history() : { status: 403 }));
  expect((await faultOf(open().readings(germany(hoursAgo(48), NOW)))).kind).toBe('not-offered');
});

test.each([
  [1, '6'],
  [6, '24'],
  [30, '48'],
  [72, '72'],
  [100, '72'],
])('a forecast of %i hours asks for the least horizon that reaches, %s hours', async (hours, horizon) => {
  provider.answer(() => ({ body: fixture('constructed/electricity-maps-forecast.json') }));
  await open().forecast(germany(NOW, instant(NOW + hours * HOUR_MS)));
  expect(provider.asked[0]!.query.get('horizonHours')).toBe(horizon);
});

test('no horizon beyond what the key covers is asked for', async () => {
  provider.answer(() => ({ body: fixture('constructed/electricity-maps-forecast.json') }));
  const source = open({ horizonHours: 24 });
  await source.forecast(germany(NOW, instant(NOW + 3 * DAY_MS)));
  expect(provider.asked[0]!.query.get('horizonHours')).toBe('24');
  expect(source.forecastHours).toBe(24);
});

test('made-up values of a sandbox key are refused, whatever they look like', async () => {
  for (const marked of ['_disclaimer', 'estimationMethod']) {
    const body = fixture('constructed/electricity-maps-sandbox.json');
    if (marked === 'estimationMethod') delete body._disclaimer;
    else body.history[0].estimationMethod = null;
    provider.answer(() => ({ body }));
    const fault = await faultOf(open().readings(germany(hoursAgo(4), NOW)));
    expect(fault.kind).toBe('forbidden');
    expect(fault.message).toContain('sandbox');
  }
  const forecast = { ...fixture('constructed/electricity-maps-forecast.json'), _disclaimer: 'SANDBOX MODE' };
  provider.answer(() => ({ body: forecast }));
  expect((await faultOf(open().forecast(germany(NOW, instant(NOW + DAY_MS))))).kind).toBe('forbidden');
});

test('without estimations, what is estimated is a gap, and the provider is told so', async () => {
  provider.answer(history);
  const { readings } = await open({ disableEstimations: true }).readings(germany(hoursAgo(24), NOW));
  expect(provider.asked[0]!.query.get('disableEstimations')).toBe('true');
  expect(readings).toHaveLength(22);
  expect(readings.every(({ provenance }) => provenance === 'measured')).toBe(true);
});

test('steps of 15 minutes are as long as the reply says', async () => {
  provider.answer(() => ({ body: fixture('constructed/electricity-maps-v4-history.json') }));
  const { readings } = await open({ version: 'v4', granularity: '15_minutes' }).readings(germany(hoursAgo(1), NOW));
  expect(provider.asked[0]!.query.get('temporalGranularity')).toBe('15_minutes');
  expect(readings.map(({ intensity, provenance }) => [intensity, provenance])).toEqual([
    [661.5, 'measured'],
    [664.25, 'measured'],
    [670, 'estimated'],
    [672, 'estimated'],
  ]);
  expect(readings.every(({ interval }) => interval.end - interval.start === 15 * MINUTE_MS)).toBe(true);
});

test.each<[string, (body: any) => void]>([
  ['other granularity', (body) => (body.temporalGranularity = 'daily')],
  ['other factor type', (body) => (body.history[3].emissionFactorType = 'direct')],
  ['other unit', (body) => (body.history[3].unit = 'kgCO2eq/MWh')],
  ['other zone in one row', (body) => (body.history[3].zone = 'FR')],
])('an answer of %s than asked is mismatched', async (_what, edit) => {
  const { body } = history();
  edit(body);
  provider.answer(() => ({ body }));
  expect((await faultOf(open().readings(germany(hoursAgo(24), NOW)))).kind).toBe('mismatched');
});

test('an answer that names no zone at all is mismatched', async () => {
  provider.answer(() => ({ body: { history: [{ carbonIntensity: 300, datetime: '2024-03-06T19:00:00Z', isEstimated: false }] } }));
  expect((await faultOf(open().readings(germany(hoursAgo(24), NOW)))).kind).toBe('mismatched');
});

test('direct factors are asked for, and said of every reading', async () => {
  const { body } = history();
  for (const row of body.history) row.emissionFactorType = 'direct';
  provider.answer(() => ({ body }));
  const source = open({ factorType: 'direct' });
  const series = await source.readings(germany(hoursAgo(24), NOW));
  expect(provider.asked[0]!.query.get('emissionFactorType')).toBe('direct');
  expect([source, series, ...series.readings].every(({ factorType }) => factorType === 'direct')).toBe(true);
});

test('a value of which the reply does not say that it is measured counts as estimated', async () => {
  const { body } = history();
  for (const row of body.history) delete row.isEstimated;
  provider.answer(() => ({ body }));
  const { readings } = await open().readings(germany(hoursAgo(24), NOW));
  expect(readings.every(({ provenance }) => provenance === 'estimated')).toBe(true);
});

test('nothing of the future is asked for', async () => {
  const { readings } = await open().readings(germany(instant(NOW + HOUR_MS), instant(NOW + DAY_MS)));
  expect(readings).toHaveLength(0);
  expect(provider.asked).toHaveLength(0);
});
