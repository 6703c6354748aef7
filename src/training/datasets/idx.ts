/** The IDX format of MNIST (LeCun, Cortes, Burges): a big-endian header of magic number and sizes, then bytes; gzipped or not. */
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DatasetSpec } from '../../experiment/training-spec.js';
import { DatasetError, type Dataset, type Examples, type ExamplesOnDisk } from './dataset.js';

const IMAGES = 0x0803;
const LABELS = 0x0801;

/** A folder of the four files under the names of MNIST. */
export const idxFrom = (directory: string, { trainImages, testImages }: DatasetSpec): Dataset => ({
  train: readIdx(...partIn(directory, 'train'), trainImages),
  test: readIdx(...partIn(directory, 't10k'), testImages),
});

/** The same with the images left where they are; undefined where they are gzipped, and so can only be read whole. */
export const idxOnDisk = (
  directory: string,
  { trainImages, testImages }: DatasetSpec,
): { readonly train: ExamplesOnDisk; readonly test: ExamplesOnDisk } | undefined => {
  const [train, test] = [partIn(directory, 'train'), partIn(directory, 't10k')];
  if (![train, test].every(([images]) => fs.existsSync(images))) return undefined;
  return { train: leaveIdx(...train, trainImages), test: leaveIdx(...test, testImages) };
};

const partIn = (directory: string, part: 'train' | 't10k'): [string, string] => [
  path.join(directory, `${part}-images-idx3-ubyte`),
  path.join(directory, `${part}-labels-idx1-ubyte`),
];

/** The four files, under the name each has there. */
export const idxFiles = (directory: string): readonly string[] =>
  ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map((name) => {
    const file = path.join(directory, name);
    return fs.existsSync(file) ? file : `${file}.gz`;
  });

/** @throws DatasetError naming the file, what was found and what was expected */
export const readIdx = (imagesFile: string, labelsFile: string, first: number): Examples => {
  const [rows, columns, opened] = openImages(imagesFile, first);
  return {
    count: first,
    shape: [rows, columns, 1],
    values: opened.part(16, first * rows * columns),
    labels: readLabels(labelsFile, first),
  };
};

const leaveIdx = (imagesFile: string, labelsFile: string, first: number): ExamplesOnDisk => {
  const [rows, columns] = openImages(imagesFile, first);
  const files = [{ file: imagesFile, offset: 16, rows: first }];
  return { count: first, shape: [rows, columns, 1], type: 'bytes', files, labels: readLabels(labelsFile, first) };
};

const openImages = (file: string, first: number): readonly [number, number, Opened] => {
  const opened = openFile(file, 16);
  expectMagic(file, opened.header, IMAGES);
  const [count, rows, columns] = [4, 8, 12].map((at) => opened.header.readUInt32BE(at)) as [number, number, number];
  expectRoom(file, opened.size, 16 + count * rows * columns, count, first);
  return [rows, columns, opened];
};

const readLabels = (file: string, first: number): Uint8Array => {
  const opened = openFile(file, 8);
  expectMagic(file, opened.header, LABELS);
  const count = opened.header.readUInt32BE(4);
  expectRoom(file, opened.size, 8 + count, count, first);
  return opened.part(8, first);
};

interface Opened {
  readonly header: Buffer;
  /** Of all, unzipped. */
  readonly size: number;
  part(from: number, length: number): Uint8Array;
}

/** The file itself, or the one with .gz after its name. */
const openFile = (file: string, header: number): Opened => {
  const zipped = `${file}.gz`;
  if (!fs.existsSync(file) && !fs.existsSync(zipped))
    throw new DatasetError(`dataset file ${file} (or ${path.basename(zipped)}) is missing`);
  const opened = fs.existsSync(file) ? plain(file, header) : inMemory(unzipped(zipped), header);
  if (opened.size < header)
    throw new DatasetError(`dataset file ${file} is cut short: ${opened.size} bytes, its header alone has ${header}`);
  return opened;
};

const inMemory = (bytes: Buffer, header: number): Opened => ({
  header: bytes.subarray(0, header),
  size: bytes.length,
  part: (from, length) => bytes.subarray(from, from + length),
});

/** Only what is asked for is read. */
const plain = (file: string, header: number): Opened => {
  const part = (from: number, length: number): Buffer => {
    const opened = fs.openSync(file, 'r');
    try {
      const bytes = Buffer.allocUnsafeSlow(length);
      let read = 0;
      for (let more = -1; more !== 0 && read < length; read += more) more = fs.readSync(opened, bytes, read, length - read, from + read);
      return bytes.subarray(0, read);
    } finally {
      fs.closeSync(opened);
    }
  };
  return { header: part(0, header), size: fs.statSync(file).size, part };
};

const unzipped = (file: string): Buffer => {
  try {
    return gunzipSync(fs.readFileSync(file));
  } catch (failure) {
    throw new DatasetError(
      `dataset file ${file} is not a whole gzip file: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }
};

const expectMagic = (file: string, bytes: Buffer, expected: number): void => {
  const found = bytes.readUInt32BE(0);
  if (found !== expected) throw new DatasetError(`dataset file ${file} begins with ${found}, an IDX file of this kind with ${expected}`);
};

const expectRoom = (file: string, size: number, expected: number, count: number, first: number): void => {
  if (size !== expected) throw new DatasetError(`dataset file ${file} has ${size} bytes, its header promises ${expected}`);
  if (first > count) throw new DatasetError(`dataset file ${file} holds ${count} items, ${first} were asked for`);
};
