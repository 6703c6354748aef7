import { carbonAwareSdk, type SdkLocation } from '../../../src/grid/sources/carbon-aware-sdk.js';
import { HOUR_MS, instant, iso, MINUTE_MS, parseInstant } from '../../../src/units/time.js';
import { fixture, startProvider, type Provider } from './provider-server.js';
import { faultOf } from './source-contract.js';

const NOW = parseInstant('2022-07-19T14:10:00Z');
const query = {
  zone: 'US-MIDA-PJM',
  span: { start: parseInstant('2022-07-19T12:00:00Z'), end: NOW },
  signal: new AbortController().signal,
};

let provider: Provider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const open = (location: SdkLocation = { location: 'eastus' }) =>
  carbonAwareSdk({
    url: provider.url,
    clock: { now: () => NOW },
    kind: 'marginal',
    factorType: 'direct',
    locations: { 'US-MIDA-PJM': location },
    calls: { retries: 0, callsPerSecond: 1000 },
  });

test('an answer that gives its place another name is accepted under the name the settings state for it, and no other', async () => {
  const body = fixture('constructed/carbon-aware-sdk-bylocation.json');
  for (const row of body) row.location = 'PJM_DC';
  provider.answer(() => ({ body }));
  const fault = await faultOf(open().readings(query));
  expect(fault.kind).toBe('mismatched');
  expect(fault.message).toContain('"PJM_DC", asked for was eastus; if that is the same place, name it as reported_as');
  expect((await open({ location: 'eastus', reportedAs: 'PJM_DC' }).readings(query)).readings).toHaveLength(2);
});

test('an answer without content is no values, not a fault', async () => {
  provider.answer(() => ({ status: 204 }));
  expect((await open().readings(query)).readings).toEqual([]);
});

test('a source behind the SDK that cannot forecast is not offered', async () => {
  provider.answer(() => ({
    status: 501,
    body: { title: 'NotImplementedException', detail: 'The method or operation is not implemented.' },
  }));
  const fault = await faultOf(open().forecast(query));
  expect(fault.kind).toBe('not-offered');
  expect(provider.asked).toHaveLength(1);
});

test('steps without a duration are as long as the distance of the values', async () => {
  const body = fixture('constructed/carbon-aware-sdk-bylocation.json').map((row: any, index: number) => ({
    location: row.location,
    time: iso(instant(parseInstant('2022-07-19T13:00:00Z') + index * 5 * MINUTE_MS)),
    rating: 400 + index,
    ...(index === 0 ? {} : { duration: '00:00:00' }),
  }));
  provider.answer(() => ({ body }));
  const { readings } = await open().readings(query);
  expect(readings.map(({ interval }) => interval.end - interval.start)).toEqual([5, 5, 5].map((minutes) => minutes * MINUTE_MS));
});

test('durations are .NET time spans', async () => {
  const body = fixture('constructed/carbon-aware-sdk-bylocation.json').slice(0, 1);
  body[0].duration = '1.02:00:00';
  provider.answer(() => ({ body }));
  const { readings } = await open().readings(query);
  expect(readings[0]!.interval.end - readings[0]!.interval.start).toBe(26 * HOUR_MS);
});

test('neither bounds nor a window go with a request for a forecast', async () => {
  provider.answer(() => ({ body: fixture('constructed/carbon-aware-sdk-forecast.json') }));
  await open().forecast({ ...query, span: { start: NOW, end: instant(NOW + HOUR_MS) } });
  expect([...provider.asked[0]!.query.keys()]).toEqual(['location']);
});

test('a forecast in the shape of older versions is read as well', async () => {
  const body = fixture('constructed/carbon-aware-sdk-forecast.json');
  body[0].optimalDataPoint = body[0].optimalDataPoints[0];
  delete body[0].optimalDataPoints;
  provider.answer(() => ({ body }));
  const { readings } = await open().forecast({ ...query, span: { start: NOW, end: instant(NOW + HOUR_MS) } });
  expect(readings).toHaveLength(2);
});
