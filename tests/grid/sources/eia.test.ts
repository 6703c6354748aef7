import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { eia } from '../../../src/grid/sources/eia.js';
import { intensityOfMix, IPCC_AR5, type Fuel } from '../../../src/grid/sources/fuel-mix.js';
import { DAY_MS, HOUR_MS, instant, iso, parseInstant, type Instant, type Interval } from '../../../src/units/time.js';
import { startProvider, type Asked, type Provider } from './provider-server.js';
import { faultOf } from './source-contract.js';

interface Row {
  readonly period: string;
  readonly respondent: string;
  readonly fueltype: string;
  readonly value: string | number | null;
  readonly 'value-units': string;
}
const PAGE = 5000;
const signal = new AbortController().signal;

let provider: Provider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const RESPONDENTS: Readonly<Record<string, string>> = {
  'US-CAL-CISO': 'CISO',
  'US-TEX-ERCO': 'ERCO',
  'US-NW-BPAT': 'BPAT',
  'US-MIDA-PJM': 'PJM',
};
const open = (now: Instant) =>
  eia({
    key: 'key-of-the-tests',
    url: provider.url,
    clock: { now: () => now },
    locationOf: (zone) => RESPONDENTS[zone],
    calls: { retries: 0, callsPerSecond: 1000 },
  });

/** Serves rows as the API does: those from start to end, both included, sorted by period, 5,000 a page. */
const serve = (rows: readonly Row[]): void => {
  provider.answer(({ query }: Asked) => {
    const matching = rows.filter(
      ({ period, respondent }) =>
        respondent === query.get('facets[respondent][]') && period >= query.get('start')! && period <= query.get('end')!,
    );
    const offset = Number(query.get('offset'));
    const data = matching.slice(offset, offset + Math.min(PAGE, Number(query.get('length'))));
    return { body: { response: { total: String(matching.length), data }, request: { params: Object.fromEntries(query) } } };
  });
};
/** The hour that begins then, as the API names it: by its end. */
const periodOf = (start: Instant): string => iso(instant(start + HOUR_MS)).slice(0, 13);
const rowsOf = (respondent: string, start: Instant, mix: Readonly<Record<string, string | number | null>>): readonly Row[] =>
  Object.entries(mix).map(([fueltype, value]) => ({
    period: periodOf(start),
    respondent,
    fueltype,
    value,
    'value-units': 'megawatthours',
  }));

const FUEL_TYPES = { wind: 'WND', solar: 'SUN', hydro: 'WAT', oil: 'OIL', gas: 'NG', coal: 'COL', nuclear: 'NUC', other: 'OTH' } as const;

/** The shipped trace of a zone: hour, generation by the API's fuel types, and the intensity it states; blank hours left out. */
const traceOf = (zone: string) => {
  const [header = '', ...lines] = fs
    .readFileSync(path.resolve(`configs/traces/${zone}-2022.csv`), 'utf8')
    .trimEnd()
    .split('\n');
  const columns = header.split(',');
  return lines.flatMap((line) => {
    const cells = Object.fromEntries(line.split(',').map((cell, index) => [columns[index]!, cell]));
    if (cells['intensity_gco2eq_per_kwh'] === '') return [];
    const mix = Object.fromEntries(Object.entries(FUEL_TYPES).map(([fuel, type]) => [type, cells[`${fuel}_mwh`]!]));
    return [{ start: parseInstant(cells['time_utc']!), mix, intensity: Number(cells['intensity_gco2eq_per_kwh']) }];
  });
};

test.each(Object.entries(RESPONDENTS))(
  'the year of %s, served by fuel, has the intensity the shipped trace states, to its last digit',
  async (zone, respondent) => {
    const trace = traceOf(zone);
    serve(trace.flatMap(({ start, mix }) => rowsOf(respondent, start, mix)));
    const year: Interval = { start: parseInstant('2022-01-01T00:00:00Z'), end: parseInstant('2023-01-01T00:00:00Z') };
    const { readings } = await open(parseInstant('2023-06-01T00:00:00Z')).readings({ zone, span: year, signal });
    expect(readings.map(({ interval }) => interval.start)).toEqual(trace.map(({ start }) => start));
    // The traces are rounded to 0.01.
    const worst = Math.max(...readings.map(({ intensity }, index) => Math.abs(intensity - trace[index]!.intensity)));
    expect(worst).toBeLessThanOrEqual(0.005 + 1e-9);
    expect(provider.asked.map(({ query }) => Number(query.get('offset')))).toEqual(
      Array.from({ length: Math.ceil((trace.length * 8) / PAGE) }, (_page, index) => index * PAGE),
    );
  },
);

const START = parseInstant('2026-03-01T12:00:00Z');
const MIX = { COL: '100', NG: '200', NUC: '100' };
const MIX_INTENSITY = (100 * 820 + 200 * 490 + 100 * 12) / 400;
/** Readings of the hours from noon on, each with its mix, asked for when they are over. */
const readingsOf = async (...mixes: readonly Readonly<Record<string, string | number | null>>[]) => {
  serve(mixes.flatMap((mix, index) => rowsOf('CISO', instant(START + index * HOUR_MS), mix)));
  const end = instant(START + mixes.length * HOUR_MS);
  const { readings } = await open(end).readings({ zone: 'US-CAL-CISO', span: { start: START, end }, signal });
  return readings.map(({ interval, intensity }) => [(interval.start - START) / HOUR_MS, intensity]);
};

test('a period is the end of its hour', async () => {
  expect(await readingsOf(MIX)).toEqual([[0, MIX_INTENSITY]]);
  expect(periodOf(START)).toBe('2026-03-01T13');
});

test('net generation below zero counts as none', async () => {
  expect(await readingsOf({ ...MIX, SUN: '-20', WAT: -500 })).toEqual([[0, MIX_INTENSITY]]);
});

test('storage is left out: it gives back what was counted when it was charged', async () => {
  expect(await readingsOf({ ...MIX, BAT: '900', PS: '-400', OES: 3, UES: '4' })).toEqual([[0, MIX_INTENSITY]]);
});

test('solar and wind beside a battery are solar and wind, unknown fuels are other', async () => {
  expect(await readingsOf({ SNB: '100' }, { SNB: '0', WNB: '50' }, { SNB: '0', WNB: '0', UNK: 7 })).toEqual([
    [0, 41],
    [1, 11],
    [2, 230],
  ]);
});

test('an hour in which nothing is generated has no intensity', async () => {
  expect(await readingsOf({ NG: '0' }, { NG: '10' })).toEqual([[1, 490]]);
});

test('an hour without a fuel that was there before is a gap: the newest hours arrive fuel by fuel', async () => {
  expect(await readingsOf(MIX, { COL: '100', NUC: '100' }, MIX, { ...MIX, NG: null })).toEqual([
    [0, MIX_INTENSITY],
    [2, MIX_INTENSITY],
  ]);
});

test('the hours before the span tell which fuels belong to it', async () => {
  serve([...rowsOf('CISO', instant(START - HOUR_MS), MIX), ...rowsOf('CISO', START, { COL: '100', NUC: '100' })]);
  const span = { start: START, end: instant(START + HOUR_MS) };
  expect((await open(span.end).readings({ zone: 'US-CAL-CISO', span, signal })).readings).toEqual([]);
});

test('a fuel that is no longer reported is missed for three days', async () => {
  const hours = 80;
  const later = await readingsOf(MIX, ...Array.from({ length: hours }, () => ({ COL: '1', NG: '1' })));
  expect(later[0]).toEqual([0, MIX_INTENSITY]);
  expect(later[1]![0]).toBe((3 * DAY_MS) / HOUR_MS + 1);
  expect(later).toHaveLength(1 + hours - 72);
});

test('generation of a fuel without a factor makes its hour a gap, and none of it does not', async () => {
  expect(await readingsOf(MIX, { ...MIX, FUS: '5' }, { ...MIX, FUS: '0' })).toEqual([
    [0, MIX_INTENSITY],
    [2, MIX_INTENSITY],
  ]);
});

test('when such a fuel leaves no hour known, the fault names it', async () => {
  serve(rowsOf('CISO', START, { ...MIX, FUS: '5' }));
  const span = { start: START, end: instant(START + HOUR_MS) };
  const fault = await faultOf(open(span.end).readings({ zone: 'US-CAL-CISO', span, signal }));
  expect(fault.kind).toBe('malformed');
  expect(fault.message).toContain('no factor in IPCC AR5 (2014) medians for the fuel FUS');
});

test('an answer that ends before all its rows were sent is malformed', async () => {
  provider.answer(() => ({ body: { response: { total: 12, data: [] } } }));
  const span = { start: START, end: instant(START + HOUR_MS) };
  const fault = await faultOf(open(span.end).readings({ zone: 'US-CAL-CISO', span, signal }));
  expect(fault).toMatchObject({ kind: 'malformed' });
  expect(fault.message).toContain('counts 12 rows, but ends after 0');
});

test('an answer in another unit is mismatched', async () => {
  serve(rowsOf('CISO', START, MIX).map((row) => ({ ...row, 'value-units': 'megawatts' })));
  const span = { start: START, end: instant(START + HOUR_MS) };
  expect((await faultOf(open(span.end).readings({ zone: 'US-CAL-CISO', span, signal }))).kind).toBe('mismatched');
});

test('a missing key is told in the words of the provider, and its address without the key', async () => {
  provider.answer(() => ({ status: 403, body: { error: { code: 'API_KEY_INVALID', message: 'An invalid api_key was supplied.' } } }));
  const span = { start: START, end: instant(START + HOUR_MS) };
  const fault = await faultOf(open(span.end).readings({ zone: 'US-CAL-CISO', span, signal }));
  expect(fault.kind).toBe('forbidden');
  expect(fault.message).toMatch(/fuel-type-data\/data\/ answered 403: An invalid api_key was supplied\.$/);
});

test('the source names its factor set where its values are shown', () => {
  expect(open(START).attribution).toContain('IPCC AR5 (2014) medians');
});

test('the intensity of a mix lies between those of its fuels, and does not depend on its scale', () => {
  const fuels = Object.keys(IPCC_AR5.factors) as Fuel[];
  const mixes = fc.uniqueArray(fc.tuple(fc.constantFrom(...fuels), fc.double({ min: 0.001, max: 1e6, noNaN: true })), {
    selector: ([fuel]) => fuel,
    minLength: 1,
  });
  fc.assert(
    fc.property(mixes, fc.double({ min: 0.01, max: 100, noNaN: true }), (mix, scale) => {
      const intensity = intensityOfMix(new Map(mix), IPCC_AR5)!;
      const factors = mix.map(([fuel]) => IPCC_AR5.factors[fuel]);
      expect(intensity).toBeGreaterThanOrEqual(Math.min(...factors) - 1e-9);
      expect(intensity).toBeLessThanOrEqual(Math.max(...factors) + 1e-9);
      const scaled = intensityOfMix(new Map(mix.map(([fuel, amount]) => [fuel, amount * scale])), IPCC_AR5)!;
      expect(Math.abs(scaled / intensity - 1)).toBeLessThan(1e-9);
    }),
  );
});
