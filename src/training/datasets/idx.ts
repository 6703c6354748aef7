/** The IDX format of MNIST (LeCun, Cortes, Burges): a big-endian header of magic number and sizes, then bytes; gzipped or not. */
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DatasetError, type Dataset, type Examples, type LoadDataset } from './dataset.js';

const IMAGES = 0x0803;
const LABELS = 0x0801;

/** A folder of the four files under the names of MNIST. @param directory where they lie, unless the spec says so */
export const idxFrom =
  (directory: () => string): LoadDataset =>
  ({ path: given, trainImages, testImages }): Dataset => {
    const file = (name: string) => path.join(given ?? directory(), name);
    return {
      train: readIdx(file('train-images-idx3-ubyte'), file('train-labels-idx1-ubyte'), trainImages),
      test: readIdx(file('t10k-images-idx3-ubyte'), file('t10k-labels-idx1-ubyte'), testImages),
    };
  };

/** The four files, under the name each has there. */
export const idxFiles = (directory: string): readonly string[] =>
  ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map((name) => {
    const file = path.join(directory, name);
    return fs.existsSync(file) ? file : `${file}.gz`;
  });

/** @throws DatasetError naming the file, what was found and what was expected */
export const readIdx = (imagesFile: string, labelsFile: string, first: number): Examples => {
  const [rows, columns, values] = readImages(imagesFile, first);
  return { count: first, shape: [rows, columns, 1], values, labels: readLabels(labelsFile, first) };
};

const readImages = (file: string, first: number): readonly [number, number, Uint8Array] => {
  const bytes = readWhole(file, 16);
  expectMagic(file, bytes, IMAGES);
  const [count, rows, columns] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8), bytes.readUInt32BE(12)];
  expectRoom(file, bytes, 16 + count * rows * columns, count, first);
  return [rows, columns, bytes.subarray(16, 16 + first * rows * columns)];
};

const readLabels = (file: string, first: number): Uint8Array => {
  const bytes = readWhole(file, 8);
  expectMagic(file, bytes, LABELS);
  const count = bytes.readUInt32BE(4);
  expectRoom(file, bytes, 8 + count, count, first);
  return bytes.subarray(8, 8 + first);
};

/** The file itself, or the one with .gz after its name. */
const readWhole = (file: string, header: number): Buffer => {
  const zipped = `${file}.gz`;
  if (!fs.existsSync(file) && !fs.existsSync(zipped))
    throw new DatasetError(`dataset file ${file} (or ${path.basename(zipped)}) is missing`);
  const bytes = fs.existsSync(file) ? fs.readFileSync(file) : unzipped(zipped);
  if (bytes.length < header)
    throw new DatasetError(`dataset file ${file} is cut short: ${bytes.length} bytes, its header alone has ${header}`);
  return bytes;
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

const expectRoom = (file: string, bytes: Buffer, expected: number, count: number, first: number): void => {
  if (bytes.length !== expected) throw new DatasetError(`dataset file ${file} has ${bytes.length} bytes, its header promises ${expected}`);
  if (first > count) throw new DatasetError(`dataset file ${file} holds ${count} items, ${first} were asked for`);
};
