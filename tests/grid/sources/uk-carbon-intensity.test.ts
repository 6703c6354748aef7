import { ukCarbonIntensity } from '../../../src/grid/sources/uk-carbon-intensity.js';
import { DAY_MS, instant, iso, MINUTE_MS, parseInstant } from '../../../src/units/time.js';
import { fixture, startProvider, type Provider } from './provider-server.js';
import { faultOf } from './source-contract.js';

const NOW = parseInstant('2018-01-20T13:20:00Z');
const signal = new AbortController().signal;

let provider: Provider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const LOCATIONS: Readonly<Record<string, string>> = { GB: 'national', 'GB-R13': 'region 13' };
const open = () =>
  ukCarbonIntensity({
    url: provider.url,
    clock: { now: () => NOW },
    locationOf: (zone) => LOCATIONS[zone],
    calls: { retries: 0, callsPerSecond: 1000 },
  });

test('the half-hour that ends where the span begins is left out, though the provider sends it', async () => {
  provider.answer(() => ({ body: fixture('constructed/uk-intensity.json') }));
  const span = { start: parseInstant('2018-01-20T12:00:00Z'), end: NOW };
  const { readings } = await open().readings({ zone: 'GB', span, signal });
  expect(fixture('constructed/uk-intensity.json').data[0].to).toBe('2018-01-20T12:00Z');
  expect(iso(readings[0]!.interval.start)).toBe('2018-01-20T12:00:00.000Z');
});

test('a half-hour without an actual is a gap: its forecast is no reading', async () => {
  provider.answer(() => ({ body: fixture('constructed/uk-intensity.json') }));
  const span = { start: parseInstant('2018-01-20T12:30:00Z'), end: parseInstant('2018-01-20T13:00:00Z') };
  expect((await open().readings({ zone: 'GB', span, signal })).readings).toEqual([]);
});

test('a long history is asked for in pieces of at most 14 days', async () => {
  provider.answer(() => ({ body: { data: [] } }));
  await open().readings({ zone: 'GB', span: { start: instant(NOW - 30 * DAY_MS), end: NOW }, signal });
  const spans = provider.asked.map(({ path }) =>
    path
      .split('/')
      .slice(2)
      .map((text) => parseInstant(text)),
  );
  expect(spans).toHaveLength(3);
  for (const [from, to] of spans) expect(to! - from!).toBeLessThanOrEqual(14 * DAY_MS);
  expect(spans.slice(1).every(([from], index) => from === spans[index]![1])).toBe(true);
});

test('a region that comes wrapped in a list is the same region', async () => {
  const body = fixture('constructed/uk-regional.json');
  body.data = [body.data];
  provider.answer(() => ({ body }));
  const span = { start: parseInstant('2018-01-20T12:00:00Z'), end: NOW };
  const { readings } = await open().readings({ zone: 'GB-R13', span, signal });
  expect(readings.map(({ intensity }) => intensity)).toEqual([179, 175, 174]);
  expect(readings.every(({ provenance, interval }) => provenance === 'forecast' && interval.end - interval.start === 30 * MINUTE_MS)).toBe(
    true,
  );
});

test('what the provider says of a bad request is told', async () => {
  provider.answer(() => ({ status: 400, body: { error: { code: '400 Bad Request', message: 'The date range is too long.' } } }));
  const fault = await faultOf(open().readings({ zone: 'GB', span: { start: instant(NOW - DAY_MS), end: NOW }, signal }));
  expect(fault.kind).toBe('refused');
  expect(fault.message).toContain('answered 400: The date range is too long.');
});
