/** A run's state on disk, sealed by its digest; the last three are kept, so that a damaged one has others before it. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { TrainingSpec } from '../experiment/training-spec.js';
import type { Patience } from './early-stopping.js';
import type { Slot } from './optimizers/optimizer.js';
import type { BackendBuild } from './protocol.js';
import { PARTIAL, readSealed, writeSealed } from './sealed-file.js';
import type { TrainerState } from './trainer.js';

/** Raised also when the kernels sum differently: a resume is exact to the bit. */
const FORMAT = 'lowtide-checkpoint-3';
/** The newest, and those to fall back on when it is damaged. */
const KEPT = 3;

/** Where a run stands: its trainer's state, and what the loop around it remembers. */
export interface RunState extends TrainerState {
  /** Frozen when it was chosen, so that a resume does not choose anew. */
  readonly microBatchSize: number;
  /** Whether the evaluation due at this step has been made. */
  readonly evaluated: boolean;
  /** Sum of the loss over the images seen in the current epoch, and their number. */
  readonly epochLossSum: number;
  readonly epochImages: number;
  readonly patience: Patience;
}

interface Header extends Omit<RunState, 'weights' | 'slots'> {
  readonly format: string;
  readonly spec: string;
  readonly numericClass: BackendBuild['numericClass'];
  readonly build: string;
  /** Floats of each weight. */
  readonly weights: readonly number[];
  readonly slots: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface WrittenCheckpoint {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A sound checkpoint that must not be continued here: it belongs to another spec or another numeric class. */
export class ForeignCheckpoint extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ForeignCheckpoint';
  }
}

const hashOfSpec = (training: TrainingSpec): string => createHash('sha256').update(JSON.stringify(training)).digest('hex');

/** A run's state copied out of the trainer, ready to be written while training goes on. */
export interface Snapshot {
  readonly name: string;
  readonly header: object;
  /** Weights, then slots. */
  readonly body: ArrayBuffer;
}

/** @param into taken for the body where it has its size: fresh memory is many times slower to fill */
export const snapshotOf = (training: TrainingSpec, build: BackendBuild, state: RunState, into?: ArrayBuffer): Snapshot => {
  const { weights, slots, ...rest } = state;
  const header: Header = {
    ...rest,
    format: FORMAT,
    spec: hashOfSpec(training),
    numericClass: build.numericClass,
    build: `${build.name} ${build.kernels}`,
    weights: weights.map(({ length }) => length),
    slots: slots.map(({ name, shape }) => ({ name, shape })),
  };
  const arrays = [...weights, ...slots.map(({ values }) => values)];
  const bytes = bytesOf(state);
  const body = into?.byteLength === bytes ? into : new ArrayBuffer(bytes);
  const floats = new Float32Array(body);
  let at = 0;
  for (const array of arrays) {
    floats.set(array, at);
    at += array.length;
  }
  return { name: `step-${String(state.step).padStart(9, '0')}.checkpoint`, header, body };
};

/** Size of the body of a snapshot of it. */
export const bytesOf = ({ weights, slots }: TrainerState): number =>
  [...weights, ...slots.map(({ values }) => values)].reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Writes it for good, and drops what is older than the last three. @throws the file system's error */
export const storeSnapshot = (directory: string, { name, header, body }: Snapshot): WrittenCheckpoint => {
  const target = path.join(directory, name);
  const written = writeSealed(target, header, [new Uint8Array(body)]);
  // Of a process that was killed; training passes by its step again.
  const left = fs.readdirSync(directory).filter((file) => file.endsWith(PARTIAL) && file < name);
  for (const old of [...checkpointsIn(directory).slice(KEPT), ...left]) fs.rmSync(path.join(directory, old));
  return { path: target, ...written };
};

/**
 * The newest sound checkpoint of a directory; undefined when there is none.
 * @param onDamaged told of each newer one that is damaged
 * @throws ForeignCheckpoint
 */
export const readNewestCheckpoint = (
  directory: string,
  training: TrainingSpec,
  build: BackendBuild,
  onDamaged: (message: string) => void,
): { readonly path: string; readonly state: RunState } | undefined => {
  for (const name of checkpointsIn(directory)) {
    const file = path.join(directory, name);
    const sound = readSealed(file);
    if (sound === undefined) {
      onDamaged(`checkpoint ${file} is damaged (its SHA-256 does not fit its content); the one before it is used`);
      continue;
    }
    return { path: file, state: stateOf(file, sound.header as Header, sound.body, training, build) };
  }
  return undefined;
};

/** Newest first. */
const checkpointsIn = (directory: string): readonly string[] =>
  fs.existsSync(directory)
    ? fs
        .readdirSync(directory)
        .filter((name) => name.endsWith('.checkpoint'))
        .sort()
        .reverse()
    : [];

const stateOf = (file: string, header: Header, floats: Buffer, training: TrainingSpec, build: BackendBuild): RunState => {
  if (header.format !== FORMAT) throw new ForeignCheckpoint(`checkpoint ${file} has format ${header.format}, this version reads ${FORMAT}`);
  if (header.spec !== hashOfSpec(training))
    throw new ForeignCheckpoint(`checkpoint ${file} was written for another training spec; it is not continued`);
  if (header.numericClass !== build.numericClass) {
    throw new ForeignCheckpoint(
      `checkpoint ${file} was computed in numeric class ${header.numericClass} (${header.build}), this machine computes in ${build.numericClass}; continuing would not be bit-exact`,
    );
  }
  let at = floats.byteOffset;
  const take = (length: number): Float32Array => new Float32Array(floats.buffer.slice(at, (at += 4 * length)));
  const { step, microBatchSize, evaluated, epochLossSum, epochImages, patience } = header;
  const weights = header.weights.map(take);
  const slots = header.slots.map((slot): Slot => ({ ...slot, values: take(slot.shape.reduce((size, length) => size * length, 1)) }));
  return { step, microBatchSize, evaluated, epochLossSum, epochImages, patience, weights, slots };
};
