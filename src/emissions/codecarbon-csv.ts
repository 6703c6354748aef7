/** CodeCarbon's emissions.csv: written with all 38 columns of its version 3, read in that and in every older form. */
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { kilowattHours, type Joules } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import { componentEnergy, scopedEmissions, scopedEnergy, type ExportedRun, type ExportScope } from './exported-run.js';

/** In the order CodeCarbon 3.3 writes them (its `EmissionsData`). */
export const CODECARBON_COLUMNS = [
  'timestamp',
  'project_name',
  'run_id',
  'experiment_id',
  'duration',
  'emissions',
  'emissions_rate',
  'cpu_power',
  'gpu_power',
  'ram_power',
  'cpu_energy',
  'gpu_energy',
  'ram_energy',
  'energy_consumed',
  'water_consumed',
  'country_name',
  'country_iso_code',
  'region',
  'cloud_provider',
  'cloud_region',
  'os',
  'python_version',
  'codecarbon_version',
  'cpu_count',
  'cpu_model',
  'gpu_count',
  'gpu_model',
  'longitude',
  'latitude',
  'ram_total_size',
  'tracking_mode',
  'cpu_utilization_percent',
  'gpu_utilization_percent',
  'ram_utilization_percent',
  'ram_used_gb',
  'on_cloud',
  'pue',
  'wue',
] as const;

type Column = (typeof CODECARBON_COLUMNS)[number];
type Row = Readonly<Record<Column, string | number | undefined>>;

const BYTES_PER_GB = 2 ** 30;

/**
 * One row a run: duration in s, emissions in kg, power in W, energy in kWh, both with PUE as CodeCarbon has them; local time
 * of this machine. What is unknown is an empty cell.
 */
export const codecarbonCsv = (runs: readonly ExportedRun[], scope: ExportScope): string =>
  stringify(
    runs.map((run) => rowOf(run, scope)),
    { header: true, columns: [...CODECARBON_COLUMNS] },
  );

const rowOf = (run: ExportedRun, scope: ExportScope): Row => {
  const seconds = run.meteredMs / 1000;
  const whole = (energy: Joules | undefined) => (energy === undefined ? undefined : kilowattHours(energy) * run.pue);
  const power = (energy: Joules | undefined) => (energy === undefined || seconds <= 0 ? undefined : (energy * run.pue) / seconds);
  const [cpu, gpu, ram] = (['cpu', 'gpu', 'ram'] as const).map((component) => componentEnergy(run, component, scope));
  const grams = scopedEmissions(run, scope);
  const [hardware] = run.hardware;
  const gpus = run.hardware.flatMap(({ gpuModels }) => gpuModels);
  const ram_utilization_percent =
    hardware === undefined || run.meanMemoryBytes === undefined ? undefined : (100 * run.meanMemoryBytes) / hardware.memoryBytes;
  return {
    timestamp: run.finishedAt === undefined ? undefined : localTime(run.finishedAt),
    project_name: run.experimentName,
    run_id: run.id,
    experiment_id: run.experimentId,
    duration: seconds,
    emissions: grams === undefined ? undefined : grams / 1000,
    emissions_rate: grams === undefined || seconds <= 0 ? undefined : grams / 1000 / seconds,
    cpu_power: power(cpu),
    gpu_power: power(gpu),
    ram_power: power(ram),
    cpu_energy: whole(cpu),
    gpu_energy: whole(gpu),
    ram_energy: whole(ram),
    energy_consumed: whole(scopedEnergy(run, scope)),
    water_consumed: undefined,
    country_name: run.country?.name,
    country_iso_code: run.country?.alpha3,
    region: run.zone,
    cloud_provider: undefined,
    cloud_region: undefined,
    os: hardware?.os,
    python_version: undefined,
    codecarbon_version: `lowtide-${run.version}`,
    cpu_count: hardware?.cpuCount,
    cpu_model: joined(run.hardware.map(({ cpuModel }) => cpuModel)),
    gpu_count: gpus.length > 0 ? gpus.length : undefined,
    gpu_model: joined(gpus),
    longitude: undefined,
    latitude: undefined,
    ram_total_size: hardware === undefined ? undefined : hardware.memoryBytes / BYTES_PER_GB,
    tracking_mode: scope,
    cpu_utilization_percent: run.meanCpuLoad === undefined ? undefined : 100 * run.meanCpuLoad,
    gpu_utilization_percent: undefined,
    ram_utilization_percent,
    ram_used_gb: run.meanMemoryBytes === undefined ? undefined : run.meanMemoryBytes / BYTES_PER_GB,
    on_cloud: 'N',
    pue: run.pue,
    wue: undefined,
  };
};

const joined = (names: readonly string[]): string | undefined => (names.length === 0 ? undefined : [...new Set(names)].join(' + '));

/** `%Y-%m-%dT%H:%M:%S`, as CodeCarbon writes it. The Swedish way of writing dates is ISO 8601's. */
const localTime = (at: Instant): string => new Date(at).toLocaleString('sv-SE').replace(' ', 'T');

/** A run measured by CodeCarbon, in its own terms. */
export interface CodecarbonRun {
  /** As written: local time of the machine that ran it. */
  readonly timestamp: string;
  readonly projectName: string;
  readonly runId: string | undefined;
  readonly durationSeconds: number;
  readonly emissionsKg: number;
  readonly energyKwh: number;
  readonly cpuEnergyKwh: number | undefined;
  readonly gpuEnergyKwh: number | undefined;
  readonly ramEnergyKwh: number | undefined;
  readonly country: string | undefined;
  readonly region: string | undefined;
  readonly cpuModel: string | undefined;
  readonly gpuModel: string | undefined;
  readonly trackingMode: string | undefined;
  readonly codecarbonVersion: string | undefined;
  readonly pue: number | undefined;
}

export interface CsvProblem {
  /** Like `line 3, emissions`. */
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

export type CodecarbonCsv =
  | {
      readonly ok: true;
      readonly runs: readonly CodecarbonRun[];
      /** Columns no version of CodeCarbon has; they were left out. */ readonly ignored: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly CsvProblem[] };

/** Columns that every version has written, and without which a run cannot be compared. */
const NEEDED = ['timestamp', 'project_name', 'duration', 'emissions', 'energy_consumed'] as const satisfies readonly Column[];

/** Reads files of CodeCarbon 1 (12 columns), 2 and 3; columns by name, in any order. */
export const parseCodecarbonCsv = (text: string): CodecarbonCsv => {
  let rows: readonly (readonly string[])[];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, trim: true });
  } catch (failure) {
    return { ok: false, problems: [{ path: 'csv', given: (failure as Error).message, allowed: 'comma-separated values with a header' }] };
  }
  const [header, ...body] = rows;
  const missing = NEEDED.filter((column) => header?.includes(column) !== true);
  if (header === undefined || missing.length > 0)
    return {
      ok: false,
      problems: [
        {
          path: 'line 1',
          given: header === undefined ? 'nothing' : `the columns ${header.join(', ')}`,
          allowed: `the header of CodeCarbon's emissions.csv, with at least ${missing.join(', ')}`,
        },
      ],
    };
  const problems: CsvProblem[] = [];
  const runs = body.map((cells, index) => runOf(new Map(header.map((name, column) => [name, cells[column] ?? ''])), index + 2, problems));
  const ignored = header.filter((name) => !(CODECARBON_COLUMNS as readonly string[]).includes(name));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, runs, ignored };
};

const runOf = (cells: ReadonlyMap<string, string>, line: number, problems: CsvProblem[]): CodecarbonRun => {
  const text = (column: Column): string | undefined => {
    const cell = cells.get(column) ?? '';
    return cell === '' || cell.toLowerCase() === 'nan' ? undefined : cell;
  };
  const number = (column: Column): number | undefined => {
    const cell = text(column);
    if (cell === undefined) return undefined;
    const value = Number(cell);
    if (Number.isFinite(value) && value >= 0) return value;
    problems.push({ path: `line ${line}, ${column}`, given: JSON.stringify(cell), allowed: 'a number, 0 or more' });
    return undefined;
  };
  const needed = <T>(column: Column, value: T | undefined, otherwise: T, allowed: string): T => {
    if (value === undefined && text(column) === undefined) problems.push({ path: `line ${line}, ${column}`, given: 'nothing', allowed });
    return value ?? otherwise; // Refused above: a file with a problem is not imported.
  };
  return {
    timestamp: needed('timestamp', text('timestamp'), '', 'the time the run ended'),
    projectName: needed('project_name', text('project_name'), '', 'a name'),
    runId: text('run_id') ?? text('experiment_id'),
    durationSeconds: needed('duration', number('duration'), Number.NaN, 'seconds'),
    emissionsKg: needed('emissions', number('emissions'), Number.NaN, 'kg of CO2 equivalent'),
    energyKwh: needed('energy_consumed', number('energy_consumed'), Number.NaN, 'kWh'),
    cpuEnergyKwh: number('cpu_energy'),
    gpuEnergyKwh: number('gpu_energy'),
    ramEnergyKwh: number('ram_energy'),
    country: text('country_iso_code') ?? text('country_name'),
    region: text('region'),
    cpuModel: text('cpu_model'),
    gpuModel: text('gpu_model'),
    trackingMode: text('tracking_mode'),
    codecarbonVersion: text('codecarbon_version'),
    pue: number('pue'),
  };
};
