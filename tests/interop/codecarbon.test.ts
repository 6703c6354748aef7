/** Files exchanged with the real codecarbon package from PyPI, in a virtual environment of its own. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { boampsReport } from '../../src/emissions/boamps.js';
import { codecarbonCsv, parseCodecarbonCsv } from '../../src/emissions/codecarbon-csv.js';
import { instant } from '../../src/units/time.js';
import { constructedRun } from '../emissions/constructed-run.js';

/** Made by .ci/run: python3 -m venv, pip install codecarbon. */
const PYTHON = process.env['PEER_PYTHON'] ?? '/opt/codecarbon/bin/python';
const installed = fs.existsSync(PYTHON);
const required = process.env['REQUIRE_PEERS'] === '1';
if (!installed && !required)
  process.stdout.write(`not run: no codecarbon under ${PYTHON} (python3 -m venv, pip install codecarbon==3.3.2, PEER_PYTHON)\n`);
const when = installed || required ? test : test.skip;

const python = (code: string, ...given: readonly string[]): string =>
  execFileSync(PYTHON, ['-W', 'ignore', '-c', code, ...given], { encoding: 'utf8' });

const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-codecarbon-'));

const READ = `
import dataclasses, json, sys
import pandas as pd
from codecarbon.output_methods.emissions_data import EmissionsData
from codecarbon.output_methods.file import FileOutput
folder = sys.argv[1]
before = pd.read_csv(folder + "/emissions.csv")
rows = [EmissionsData(**row) for row in before.to_dict("records")]
output = FileOutput("emissions.csv", folder, "append")
# What codecarbon does with a file it does not know is to move it away and begin another.
valid = output.has_valid_headers(rows[0])
output.out(dataclasses.replace(rows[0], run_id="appended by codecarbon"), None)
after = pd.read_csv(folder + "/emissions.csv")
print(json.dumps({
  "valid": valid,
  "columns": list(before.columns),
  "fields": [field.name for field in dataclasses.fields(EmissionsData)],
  "rows": len(after),
  "ids": list(after.run_id),
  "energy": rows[0].energy_consumed, "emissions": rows[0].emissions, "duration": rows[0].duration,
  "numbers": [name for name in ("duration", "emissions", "cpu_energy", "ram_energy", "pue", "cpu_count", "ram_total_size") if before[name].dtype.kind in "if"],
}))
`;

when('codecarbon reads our emissions.csv row by row, keeps the file, and appends its own run to it', () => {
  const directory = folder();
  const csv = codecarbonCsv([constructedRun, { ...constructedRun, id: 'second', emissions: undefined }], 'machine');
  fs.writeFileSync(path.join(directory, 'emissions.csv'), csv);
  const read = JSON.parse(python(READ, directory));
  expect(read.columns).toEqual(read.fields);
  expect(read).toMatchObject({ valid: true, rows: 3, ids: [constructedRun.id, 'second', 'appended by codecarbon'], duration: 100 });
  expect(read.emissions).toBeCloseTo(0.0022, 12);
  expect(read.energy).toBeCloseTo((1.2 * 22_000) / 3.6e6, 12);
  expect(read.numbers).toHaveLength(7);
  const back = parseCodecarbonCsv(fs.readFileSync(path.join(directory, 'emissions.csv'), 'utf8'));
  // The second row has no emissions, which an import must not take for zero.
  expect(back).toMatchObject({ ok: false, problems: [{ path: 'line 3, emissions', given: 'nothing' }] });
});

const TRACK = `
import sys, time
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(project_name="tracked", country_iso_code="DEU", output_dir=sys.argv[1], measure_power_secs=1, log_level="critical", force_cpu_power=85)
tracker.start()
end = time.time() + 2
while time.time() < end: sum(range(1000))
tracker.stop()
`;

when('a file that codecarbon itself has just written is imported as it stands', () => {
  const directory = folder();
  python(TRACK, directory);
  const read = parseCodecarbonCsv(fs.readFileSync(path.join(directory, 'emissions.csv'), 'utf8'));
  expect(read).toMatchObject({ ok: true, ignored: [], runs: [{ projectName: 'tracked', country: 'DEU', trackingMode: 'machine' }] });
  if (!read.ok) return;
  const [run] = read.runs;
  expect(run!.energyKwh).toBeGreaterThan(0);
  // Its own yearly mean for Germany in 2023, as its tables have it.
  expect((1000 * run!.emissionsKg) / run!.energyKwh).toBeCloseTo(380.95, 0);
});

const BOAMPS = `
import json, sys
from codecarbon.output_methods.boamps.models import BoAmpsReport
given = json.load(open(sys.argv[1]))
print(json.dumps({"given": given, "back": BoAmpsReport.from_dict(given).to_dict()}))
`;

when('codecarbon’s BoAmps model holds every field of our report', () => {
  const file = path.join(folder(), 'boamps.json');
  fs.writeFileSync(file, JSON.stringify(boampsReport(constructedRun, instant(0))));
  const { given, back } = JSON.parse(python(BOAMPS, file));
  expect(back).toEqual(given);
});

const MODELS = `
import json
from codecarbon.external.ram import RAM
from codecarbon.external.hardware import CPU
ram = RAM(tracking_mode="machine")
cpu = CPU("/tmp", "cpu_load", "constructed", 100)
def at(load):
    cpu._cpu_load_meter.percent = lambda: load
    return cpu._get_power_from_cpu_load().W
print(json.dumps({"ram": [[gb, ram._calculate_ram_power(gb)] for gb in (2, 8, 16, 32, 64, 128, 192, 256, 768, 2048, 4096)], "x86": not ram.is_arm_cpu, "cpu": [[load, at(load)] for load in (0, 10, 33, 50, 99, 100)]}))
`;

when('the models give what codecarbon’s give, to the watt', async () => {
  const { ramPower } = await import('../../src/energy/ram-dimm-model.js');
  const { cpuPower } = await import('../../src/energy/cpu-load-model.js');
  const { watts } = await import('../../src/units/quantities.js');
  const theirs = JSON.parse(python(MODELS));
  for (const [gigabytes, power] of theirs.ram) expect(ramPower(gigabytes, theirs.x86 ? 'x86' : 'arm')).toBeCloseTo(power, 9);
  for (const [load, power] of theirs.cpu) expect(cpuPower(watts(100), load / 100)).toBeCloseTo(power, 9);
});
