/** Files out of a real service and into it, by the command line, as a user does it. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { parseCodecarbonCsv } from '../../src/emissions/codecarbon-csv.js';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;
let experiment: string;
let runs: readonly { readonly id: string }[];

beforeAll(async () => {
  home = newHome();
  service = await startService(home, { LOWTIDE_EMBODIED_KGCO2EQ: '1200', LOWTIDE_EMBODIED_SOURCE: 'constructed for this test' });
  const { data } = await ask(service.url, SUBMIT, {
    input: { name: 'exported', runs: [smallRun('baseline', { role: 'BASELINE' }), smallRun('other')] },
  });
  ({ id: experiment, runs } = data.submitExperiment.experiment);
  await Promise.all(runs.map(({ id }) => collect(service.url, EVENTS, { run: id, after: 0 })));
});
afterAll(async () => {
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

const out = () => path.join(home, 'out');
const environment = () => ({ ...process.env, NODE_OPTIONS: '', LOWTIDE_URL: service.url });
const lowtide = (...words: readonly string[]): string =>
  execFileSync(process.execPath, ['dist/src/main.js', ...words], { env: environment(), encoding: 'utf8' }).trim();
const refused = (...words: readonly string[]): string =>
  spawnSync(process.execPath, ['dist/src/main.js', ...words], { env: environment(), encoding: 'utf8' }).stderr.trim();
const exported = (format: string, ...more: readonly string[]): string =>
  fs.readFileSync(lowtide('export', format, '--experiment', experiment, '--out', out(), ...more), 'utf8');

test('the CSV says what the API says, for the host and for the run’s share', async () => {
  const query = 'query ($id: ID!) { run(id: $id) { energyKwh attributedEnergyKwh emissionsGco2eq trainingSeconds } }';
  const { run } = (await ask(service.url, query, { id: runs[0]!.id })).data;
  for (const [scope, energy] of [
    ['machine', run.energyKwh],
    ['process', run.attributedEnergyKwh],
  ]) {
    const read = parseCodecarbonCsv(exported('codecarbon', '--scope', scope));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(read.runs).toHaveLength(2);
    expect(read.runs[0]!.energyKwh).toBeCloseTo(energy, 12);
    expect(read.runs[0]!.durationSeconds).toBeCloseTo(run.trainingSeconds, 9);
    if (scope === 'machine') expect(read.runs[0]!.emissionsKg).toBeCloseTo(run.emissionsGco2eq / 1000, 15);
  }
});

test('samples add up to the run’s energy', async () => {
  const file = lowtide('export', 'samples', '--run', runs[0]!.id, '--out', out());
  const bytes = fs.readFileSync(file);
  const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer });
  const { run } = (await ask(service.url, 'query ($id: ID!) { run(id: $id) { energyKwh } }', { id: runs[0]!.id })).data;
  const microjoules = rows.reduce((sum, row) => sum + (row['energy_uj'] as bigint), 0n);
  expect(Number(microjoules) / 3.6e12).toBeCloseTo(run.energyKwh, 15);
  expect(new Set(rows.map((row) => row['run_id']))).toEqual(new Set([runs[0]!.id]));
});

test('SCI, summary, BoAmps and the AI Act section are written', () => {
  const [sci] = JSON.parse(exported('sci', '--unit', 'inference', '--inferences', '1000'));
  expect(sci.sciGco2eqPerUnit).toBeCloseTo((sci.operationalGco2eq + sci.embodiedGco2eq) / 1000, 12);
  expect(sci.embodiedSource).toBe('constructed for this test');
  expect(JSON.parse(exported('summary'))).toMatchObject([
    { run_name: 'baseline', final_accuracy: expect.any(Number), hardware: [{ cpuCount: expect.any(Number) }] },
    { run_name: 'other' },
  ]);
  expect(JSON.parse(exported('boamps'))[0]).toMatchObject({
    task: { algorithms: [{ algorithmName: 'mlp' }] },
    environment: { country: expect.stringContaining('United States') },
  });
  expect(exported('ai-act')).toContain('> The grid is a replay');
});

test('a CodeCarbon file stands beside the experiment’s runs, once however often it is imported, and in the report', async () => {
  const file = path.join(home, 'emissions.csv');
  const rows = Array.from({ length: 450 }, (_none, index) => `2025-01-01T00:00:00,past,run-${index},10,0.00000${index + 1},0.00001,DEU`);
  fs.writeFileSync(file, `timestamp,project_name,run_id,duration,emissions,energy_consumed,country_iso_code\n${rows.join('\n')}\n`);
  expect(lowtide('import', file, '--experiment', experiment)).toBe(`${file}: 450 runs imported`);
  expect(lowtide('import', file, '--experiment', experiment)).toBe(`${file}: 0 runs imported, 450 were there already`);
  const query =
    'query ($id: ID!) { experiment(id: $id) { importedRuns { name run emissionsGco2eq energyKwh intensityGco2eqPerKwh country provenance } } }';
  const { importedRuns } = (await ask(service.url, query, { id: experiment })).data.experiment;
  expect(importedRuns).toHaveLength(450);
  expect(importedRuns[0]).toMatchObject({
    name: 'past',
    run: 'run-0',
    energyKwh: 0.00001,
    country: 'DEU',
    provenance: expect.stringContaining('CodeCarbon'),
  });
  expect(importedRuns[0].intensityGco2eqPerKwh).toBeCloseTo(100, 9);
  const written = lowtide('report', 'baseline-vs-optimized', '--experiment', experiment, '--out', out());
  const page = fs.readFileSync(/^report: +(\S+)/m.exec(written)![1]!, 'utf8');
  expect(page).toContain('measured by CodeCarbon');
});

test('what cannot be exported or imported is refused in one message, without a stack', () => {
  const bad = path.join(home, 'bad.csv');
  fs.writeFileSync(bad, 'timestamp,project_name,duration,emissions,energy_consumed\n2025,p,1,many,1\n');
  expect(refused('import', bad, '--experiment', experiment)).toContain('line 2, emissions: got "many", allowed is a number, 0 or more');
  expect(refused('import', bad, '--experiment', 'nope')).toContain('no experiment has the id or the name "nope"');
  expect(refused('import', '/no/such.csv', '--experiment', experiment)).toBe('lowtide: /no/such.csv: there is no such file');
  expect(refused('export', 'sci', '--unit', 'inference', '--experiment', experiment)).toContain('inferences');
  expect(refused('export', 'codecarbon', '--run', 'nope')).toContain('allowed is the id of a run');
  expect(refused('export', 'codecarbon')).toContain('--experiment <id or name>');
  expect(refused('export', 'spreadsheet')).toContain('Allowed choices are codecarbon');
  for (const words of [
    ['import', bad, '--experiment', experiment],
    ['export', 'codecarbon'],
  ])
    expect(refused(...words)).not.toMatch(/\n\s+at /);
});
