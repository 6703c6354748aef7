/** The backend that trains: the one asked for, or the best there is. */
import * as tf from '@tensorflow/tfjs';
import { PREFERRED_BACKENDS, type BackendName, type SurveyedBackend, type TrainerHost } from '../protocol.js';
import type { TrainingBackend } from './backend.js';
import { isNotInstalled } from './optional-package.js';
import { stockBackend } from './stock-backend.js';
import { wasmBackend } from './wasm-backend.js';
import { webgpuBackend } from './webgpu-backend.js';

/** Not in a trainer's bundle: it registers the cpu backend with the tfjs that is loaded, as tfjs-node does its own. */
const WITH_CPU: string = '@tensorflow/tfjs';

export interface OpenedBackend {
  readonly backend: TrainingBackend;
  /** What a reader of the run's log should know about the choice. */
  readonly warnings: readonly string[];
}

/** @throws Error when what was forced is not there, naming why */
export const openBackend = async (host: TrainerHost): Promise<OpenedBackend> => {
  const warnings: string[] = [];
  const backend = host.backend === 'auto' ? await best(host, warnings) : await forced(host);
  backend.limitMemory(host.memoryLimitBytes);
  return { backend, warnings };
};

/** Whether a backend starts here. Only one is to be asked for in a process: each changes what the next one finds. */
export const surveyBackend = async (name: BackendName, host: TrainerHost): Promise<SurveyedBackend> => {
  const opened = await open(name, host);
  return 'missing' in opened ? { usable: false, installed: opened.broken, reason: opened.missing } : { usable: true, build: opened.build };
};

const best = async (host: TrainerHost, warnings: string[]): Promise<TrainingBackend> => {
  for (const name of PREFERRED_BACKENDS) {
    const opened = await open(name, host);
    if (!('missing' in opened)) return opened;
    if (opened.broken) warnings.push(`backend ${name} is installed but cannot be used: ${opened.missing}`);
  }
  throw new Error('no backend can train here');
};

const forced = async (host: TrainerHost): Promise<TrainingBackend> => {
  const opened = await open(host.backend, host);
  if ('missing' in opened) throw new Error(`backend ${host.backend} was asked for (LOWTIDE_BACKEND), but ${opened.missing}`);
  return opened;
};

/** Why a backend is not there; `broken`: although it is installed. */
interface Missing {
  readonly missing: string;
  readonly broken: boolean;
}

const open = async (name: BackendName, { threads }: TrainerHost): Promise<TrainingBackend | Missing> => {
  switch (name) {
    case 'tensorflow-gpu':
      return tensorflow('@tensorflow/tfjs-node-gpu', 'tensorflow-gpu');
    case 'tensorflow':
      return tensorflow('@tensorflow/tfjs-node', 'tensorflow');
    case 'webgpu':
      return webgpuBackend();
    case 'native':
      return orMissing(() => wasmBackend({ source: 'native', threads }));
    case 'wasm':
      return wasmBackend({ source: 'assemblyscript' });
    case 'wasm-plain':
      return wasmBackend({ source: 'assemblyscript', assembly: 'plain' });
    case 'cpu':
      await import(WITH_CPU);
      await tf.setBackend('cpu');
      return stockBackend({ name: 'cpu', kernels: 'tfjs', numericClass: 'cpu' });
    case 'auto':
      throw new Error('auto is a choice, not a backend');
  }
};

const orMissing = async (make: () => Promise<TrainingBackend>): Promise<TrainingBackend | Missing> => {
  try {
    return await make();
  } catch (failure) {
    return { missing: failure instanceof Error ? failure.message : String(failure), broken: false };
  }
};

/** tfjs-node registers itself with the tfjs that is loaded already. */
const tensorflow = async (name: string, numericClass: 'tensorflow' | 'tensorflow-gpu'): Promise<TrainingBackend | Missing> => {
  try {
    await import(name);
  } catch (failure) {
    const notInstalled = isNotInstalled(failure, name);
    return { missing: notInstalled ? `npm package ${name} is not installed` : String(failure), broken: !notInstalled };
  }
  if (!(await tf.setBackend('tensorflow'))) return { missing: `${name} does not start`, broken: true };
  tf.enableProdMode();
  return stockBackend({ name, kernels: 'libtensorflow', numericClass });
};
