import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { aiActSection } from '../../src/emissions/ai-act-annex.js';
import { boampsReport } from '../../src/emissions/boamps.js';
import { CODECARBON_COLUMNS, codecarbonCsv, parseCodecarbonCsv } from '../../src/emissions/codecarbon-csv.js';
import { samplesParquet } from '../../src/emissions/samples-parquet.js';
import { sciOf } from '../../src/emissions/sci.js';
import { runSummaryJson } from '../../src/emissions/summary-json.js';
import { grams, joules, microjoules } from '../../src/units/quantities.js';
import { instant } from '../../src/units/time.js';
import { constructedRun } from './constructed-run.js';

const run = constructedRun;

const cells = (csv: string): ReadonlyMap<string, string> => {
  const parsed = csv.trim().split('\n');
  // Without the quoted cell, so that commas separate.
  const [header, row] = [parsed[0]!, parsed[1]!.replace(/"[^"]*(""[^"]*)*"/, 'quoted')].map((line) => line.split(','));
  return new Map(header!.map((name, index) => [name, row![index]!]));
};

describe("CodeCarbon's emissions.csv", () => {
  test('has its 38 columns, always all of them, in its order', () => {
    expect(CODECARBON_COLUMNS).toHaveLength(38);
    for (const runs of [[], [run]]) expect(codecarbonCsv(runs, 'machine').split('\n')[0]!.split(',')).toEqual(CODECARBON_COLUMNS);
  });

  test('states seconds, kg, W and kWh of the host, with PUE as CodeCarbon has it', () => {
    const row = cells(codecarbonCsv([run], 'machine'));
    expect(Number(row.get('duration'))).toBe(100);
    expect(Number(row.get('emissions'))).toBeCloseTo(0.0022, 12);
    expect(Number(row.get('emissions_rate'))).toBeCloseTo(0.000022, 12);
    expect(Number(row.get('cpu_power'))).toBeCloseTo(240, 9);
    expect(Number(row.get('cpu_energy'))).toBeCloseTo((1.2 * 20_000) / 3.6e6, 12);
    expect(Number(row.get('energy_consumed'))).toBeCloseTo((1.2 * 22_000) / 3.6e6, 12);
    expect(Number(row.get('energy_consumed'))).toBeCloseTo(Number(row.get('cpu_energy')) + Number(row.get('ram_energy')), 12);
    expect(row.get('timestamp')).toMatch(/^2026-01-0\dT\d\d:\d\d:45$/);
    expect([row.get('country_iso_code'), row.get('tracking_mode'), row.get('ram_utilization_percent'), row.get('pue')]).toEqual([
      'DEU',
      'machine',
      '25',
      '1.2',
    ]);
  });

  test('states the run’s own share in the scope process', () => {
    const row = cells(codecarbonCsv([run], 'process'));
    expect(Number(row.get('cpu_energy'))).toBeCloseTo((1.2 * 12_000) / 3.6e6, 12);
    expect(Number(row.get('emissions'))).toBeCloseTo(0.0012, 12);
    expect(row.get('tracking_mode')).toBe('process');
  });

  test('leaves what is unknown empty: no zero for a GPU nobody metered, for water, or for emissions that are not whole', () => {
    const row = cells(codecarbonCsv([{ ...run, emissions: undefined, share: undefined, hardware: [] }], 'machine'));
    for (const column of [
      'emissions',
      'emissions_rate',
      'gpu_power',
      'gpu_energy',
      'gpu_count',
      'water_consumed',
      'wue',
      'cpu_model',
      'python_version',
    ])
      expect([column, row.get(column)]).toEqual([column, '']);
    expect(cells(codecarbonCsv([{ ...run, share: undefined }], 'process')).get('energy_consumed')).toBe('');
  });

  test('a run of no length has no power and no rate', () => {
    const row = cells(codecarbonCsv([{ ...run, meteredMs: 0, energy: joules(0), components: [], emissions: grams(0) }], 'machine'));
    expect([row.get('duration'), row.get('cpu_power'), row.get('emissions_rate'), row.get('energy_consumed')]).toEqual(['0', '', '', '0']);
  });

  test('is read back as it was written', () => {
    const read = parseCodecarbonCsv(codecarbonCsv([run, { ...run, id: 'other' }], 'machine'));
    expect(read).toMatchObject({
      ok: true,
      ignored: [],
      runs: [{ projectName: 'mnist, "quoted"', runId: run.id, durationSeconds: 100, trackingMode: 'machine' }, { runId: 'other' }],
    });
  });

  // Headers as CodeCarbon's versions wrote them; the values are made up.
  test.each([
    [
      '1',
      'timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,region,on_cloud,cloud_provider,cloud_region',
      '2021-03-01T10:00:00,abc,old,12.5,0.001,0.002,Germany,DEU,bavaria,N,,',
    ],
    [
      '2',
      'timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue',
      '2023-03-01T10:00:00,old,abc,12.5,0.001,0.0001,42.5,0,10,0.0015,0,0.0005,0.002,Germany,DEU,bavaria,,,Linux,3.8,2.3.4,8,Xeon,,,11.5,48.1,32,machine,N,1',
    ],
  ])('of version %s is read', (_version, header, row) => {
    expect(parseCodecarbonCsv(`\uFEFF${header}\r\n${row}\r\n`)).toMatchObject({
      ok: true,
      runs: [
        {
          projectName: 'old',
          runId: 'abc',
          durationSeconds: 12.5,
          emissionsKg: 0.001,
          energyKwh: 0.002,
          country: 'DEU',
          region: 'bavaria',
        },
      ],
    });
  });

  test('columns may stand in any order, and one that CodeCarbon does not have is named and left out', () => {
    const csv = 'emissions,note,energy_consumed,duration,project_name,timestamp\n1,hello,2,3,p,2026-01-01T00:00:00\n';
    expect(parseCodecarbonCsv(csv)).toMatchObject({
      ok: true,
      ignored: ['note'],
      runs: [{ emissionsKg: 1, energyKwh: 2, durationSeconds: 3 }],
    });
  });

  test.each([
    ['nothing', '', 'line 1'],
    ['another table', 'a,b\n1,2\n', 'line 1'],
    ['no CSV', 'timestamp,"project\n1', 'csv'],
  ])('%s is refused, with what is allowed', (_what, csv, path) => {
    const read = parseCodecarbonCsv(csv);
    expect(read).toMatchObject({ ok: false, problems: [{ path }] });
  });

  test('every bad cell is named with its line', () => {
    const header = 'timestamp,project_name,duration,emissions,energy_consumed';
    const read = parseCodecarbonCsv(`${header}\n2026-01-01T00:00:00,p,1,many,nan\n,p,-1,1,1\n`);
    expect(!read.ok && read.problems.map(({ path, given }) => [path, given])).toEqual([
      ['line 2, emissions', '"many"'],
      ['line 2, energy_consumed', 'nothing'],
      ['line 3, timestamp', 'nothing'],
      ['line 3, duration', '"-1"'],
    ]);
  });

  test('whatever text is given is read or refused, never thrown', () => {
    fc.assert(fc.property(fc.string(), (text) => ['boolean'].includes(typeof parseCodecarbonCsv(text).ok)));
  });
});

describe('software carbon intensity', () => {
  // A year has 8765.82 hours: 4 years of 100 s each 365.2425 days.
  const embodied = { total: grams(1_262_278_080), lifetimeYears: 4, source: 'constructed' };

  test('is (E × I + M) per functional unit', () => {
    const sci = sciOf(run, 'epoch', undefined, embodied);
    expect(sci.energyKwh * sci.intensityGco2eqPerKwh!).toBeCloseTo(2.2, 9);
    expect(sci.embodiedGco2eq).toBeCloseTo(1000, 6);
    expect(sci.sciGco2eqPerUnit).toBeCloseTo((2.2 + 1000) / 3, 6);
    expect(sciOf(run, 'accuracy-point', undefined, embodied).units).toBeCloseTo(85, 9);
    expect(sciOf(run, 'inference', 1000, embodied).sciGco2eqPerUnit).toBeCloseTo(1.0022, 6);
  });

  test.each([
    ['without embodied emissions', sciOf(run, 'run', undefined, undefined), 'embodied emissions of the host are not set'],
    ['without a known intensity', sciOf({ ...run, emissions: undefined }, 'run', undefined, embodied), 'no known intensity'],
    [
      'without accuracy above guessing',
      sciOf({ ...run, accuracy: 0.1 }, 'accuracy-point', undefined, embodied),
      'no units of accuracy-point',
    ],
  ])('%s there is no score, and it says why', (_what, sci, why) => {
    expect(sci.sciGco2eqPerUnit).toBeUndefined();
    expect(sci.unknownBecause).toContain(why);
  });
});

test('a summary states a loss as a loss, and null for what is unknown', () => {
  expect(runSummaryJson(run)).toMatchObject({ total_emissions_kg: 0.0022, saved_emissions_kg: -0.0002, gradient_accumulation_steps: 4 });
  expect(runSummaryJson({ ...run, emissions: undefined, accuracy: undefined })).toMatchObject({
    total_emissions_kg: null,
    final_accuracy: null,
  });
});

test('the section for the AI Act says known or estimated, and by which method', () => {
  const estimated = aiActSection([run], instant(0));
  expect(estimated).toContain('Estimated: 0.00611111 kWh at the host');
  expect(estimated).toContain('up to 40 %');
  const counted = { ...run, components: run.components.map((each) => ({ ...each, method: 'rapl' as const })) };
  expect(aiActSection([counted], instant(0))).toContain('Known: 0.00611111 kWh');
  expect(aiActSection([{ ...run, emissions: undefined, coveredPercent: 40 }], instant(0))).toContain(
    'Emissions: unknown (40.0 % of the energy has a known intensity)',
  );
});

test('a BoAmps report has what its schema requires', () => {
  const report = boampsReport(run, instant(0)) as Record<string, any>;
  expect(report).toMatchObject({
    header: { reportDatetime: '1970-01-01 00:00:00' },
    task: { taskStage: 'training', taskFamily: 'image classification', measuredAccuracy: 0.95 },
    infrastructure: { infraType: 'onPremise' },
    environment: { country: 'Germany' },
    quality: 'low',
  });
  expect(report['measures']).toEqual([
    expect.objectContaining({ measurementMethod: 'lowtide', powerConsumption: 22_000 / 3.6e6, cpuTrackingMode: 'cpu-load-model' }),
  ]);
  expect(JSON.stringify(report)).not.toContain('null');
});

test('raw samples in Parquet are read back to the microjoule, unknown as null', async () => {
  const sample = {
    runId: 'r',
    sequence: 7,
    interval: { start: instant(1000), end: instant(2000) },
    grid: { start: instant(360_000), end: instant(720_000) },
    purpose: 'active',
    zone: 'DE',
    components: [
      { component: 'cpu', method: 'rapl', energy: microjoules(2 ** 52 + 1), idle: undefined, attributed: undefined },
      { component: 'ram', method: 'ram-dimm-model', energy: microjoules(5), idle: microjoules(5), attributed: microjoules(0) },
    ],
  } as const;
  const bytes = samplesParquet([sample]);
  const rows = await parquetReadObjects({ file: bytes.slice().buffer });
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    run_id: 'r',
    sequence: 7,
    component: 'cpu',
    energy_uj: BigInt(2 ** 52 + 1),
    idle_uj: null,
    attributed_uj: null,
  });
  expect(rows[1]).toMatchObject({ started_at: new Date(1000), grid_end: new Date(720_000), energy_uj: 5n, idle_uj: 5n, attributed_uj: 0n });
});
