/**
 * A run's state on disk: a JSON header, the raw floats, and a SHA-256 over both. Written to a temporary name, synced and
 * renamed; the last two are kept, so that a damaged one has one before it.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { TrainingSpec } from '../experiment/spec.js';
import type { BackendBuild } from './protocol.js';

const FORMAT = 'lowtide-checkpoint-1';
const DIGEST_BYTES = 32;
const KEPT = 2;

export interface TrainerState {
  /** Optimiser steps done. */
  readonly step: number;
  /** Whether the evaluation due at this step has been made. */
  readonly evaluated: boolean;
  /** Sum of the loss over the images seen in the current epoch, and their number. */
  readonly epochLossSum: number;
  readonly epochImages: number;
  /** Weights, then means, then squares, each in the variables' order. */
  readonly arrays: readonly Float32Array[];
}

interface Header {
  readonly format: string;
  readonly spec: string;
  readonly numericClass: BackendBuild['numericClass'];
  readonly build: string;
  readonly step: number;
  readonly evaluated: boolean;
  readonly epochLossSum: number;
  readonly epochImages: number;
  readonly lengths: readonly number[];
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

export const writeCheckpoint = (directory: string, training: TrainingSpec, build: BackendBuild, state: TrainerState): WrittenCheckpoint => {
  const { step, evaluated, epochLossSum, epochImages, arrays } = state;
  const header: Header = {
    format: FORMAT,
    spec: hashOfSpec(training),
    numericClass: build.numericClass,
    build: `${build.name} ${build.kernels}`,
    step,
    evaluated,
    epochLossSum,
    epochImages,
    lengths: arrays.map(({ length }) => length),
  };
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const body = Buffer.concat([length, head, ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength))]);
  const digest = createHash('sha256').update(body).digest();
  fs.mkdirSync(directory, { recursive: true });
  const target = path.join(directory, `step-${String(step).padStart(9, '0')}.checkpoint`);
  writeDurably(target, Buffer.concat([body, digest]));
  for (const old of checkpointsIn(directory).slice(KEPT)) fs.rmSync(path.join(directory, old));
  return { path: target, bytes: body.length + DIGEST_BYTES, sha256: digest.toString('hex') };
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
): { readonly path: string; readonly state: TrainerState } | undefined => {
  for (const name of checkpointsIn(directory)) {
    const file = path.join(directory, name);
    const sound = soundContent(fs.readFileSync(file));
    if (sound === undefined) {
      onDamaged(`checkpoint ${file} is damaged (its SHA-256 does not fit its content); the one before it is used`);
      continue;
    }
    return { path: file, state: stateOf(file, sound.header, sound.floats, training, build) };
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

const writeDurably = (target: string, content: Buffer): void => {
  const partial = `${target}.partial`;
  const file = fs.openSync(partial, 'w');
  try {
    fs.writeSync(file, content);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(partial, target);
  const folder = fs.openSync(path.dirname(target), 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
};

const soundContent = (content: Buffer): { readonly header: Header; readonly floats: Buffer } | undefined => {
  if (content.length < 4 + DIGEST_BYTES) return undefined;
  const body = content.subarray(0, content.length - DIGEST_BYTES);
  if (!createHash('sha256').update(body).digest().equals(content.subarray(body.length))) return undefined;
  const headEnd = 4 + body.readUInt32LE(0);
  return { header: JSON.parse(body.subarray(4, headEnd).toString()) as Header, floats: body.subarray(headEnd) };
};

const stateOf = (file: string, header: Header, floats: Buffer, training: TrainingSpec, build: BackendBuild): TrainerState => {
  if (header.format !== FORMAT) throw new ForeignCheckpoint(`checkpoint ${file} has format ${header.format}, this version reads ${FORMAT}`);
  if (header.spec !== hashOfSpec(training))
    throw new ForeignCheckpoint(`checkpoint ${file} was written for another training spec; it is not continued`);
  if (header.numericClass !== build.numericClass) {
    throw new ForeignCheckpoint(
      `checkpoint ${file} was computed in numeric class ${header.numericClass} (${header.build}), this machine computes in ${build.numericClass}; continuing would not be bit-exact`,
    );
  }
  const arrays: Float32Array[] = [];
  let at = 0;
  for (const length of header.lengths) {
    arrays.push(new Float32Array(floats.buffer.slice(floats.byteOffset + at, floats.byteOffset + at + 4 * length)));
    at += 4 * length;
  }
  const { step, evaluated, epochLossSum, epochImages } = header;
  return { step, evaluated, epochLossSum, epochImages, arrays };
};
