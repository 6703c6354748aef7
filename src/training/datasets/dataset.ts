/** Labelled examples in memory, as the training loop takes them. */
import type { DatasetSpec } from '../../experiment/training-spec.js';

export interface Examples {
  readonly count: number;
  /** Of one example: height, width and channels of an image, the number of columns, the length of a text. */
  readonly shape: readonly number[];
  /** count × shape values: bytes of pixels (0 to 255, seen as 0 to 1), numbers, or indices of words. */
  readonly values: Uint8Array | Float32Array | Int32Array;
  /** One class per example, from 0. */
  readonly labels: Uint8Array | Int32Array;
}

export interface Dataset {
  readonly train: Examples;
  readonly test: Examples;
  /** Of texts: how many words there are. */
  readonly vocabulary?: number;
}

/** Where rows of values lie in a file, one after the other from `offset` on. */
export interface RowFile {
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  readonly rows: number;
}

export type ValueType = 'bytes' | 'floats' | 'words';

/** Examples whose values stay on disk; their labels are in memory. */
export interface ExamplesOnDisk extends Omit<Examples, 'values'> {
  readonly type: ValueType;
  /** In the examples' order. */
  readonly files: readonly RowFile[];
}

/** What a trainer takes: small parts in memory, large ones on disk. */
export interface TrainingData {
  readonly train: Examples | ExamplesOnDisk;
  readonly test: Examples | ExamplesOnDisk;
  readonly vocabulary?: number;
}

export const isOnDisk = (examples: Examples | ExamplesOnDisk): examples is ExamplesOnDisk => 'files' in examples;

/** A dataset that can be read piece by piece. */
export interface OpenedDataset {
  readonly train: OpenedPart;
  readonly test: OpenedPart;
  readonly vocabulary?: number;
  /** The files whose content it is made of. */
  readonly sources: readonly string[];
}

export interface OpenedPart {
  readonly count: number;
  /** Examples `from` up to `to`. */
  read(from: number, to: number): Examples;
}

/** Loads the first so many examples of each part. @throws DatasetError */
export type LoadDataset = (spec: DatasetSpec) => Dataset;

/** A dataset's file that is missing, cut short or not what it should be. */
export class DatasetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatasetError';
  }
}
