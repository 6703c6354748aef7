/** The IDX format of MNIST (LeCun, Cortes, Burges): a big-endian header of magic number and sizes, then bytes. */
import fs from 'node:fs';
import { DatasetError, type LabelledImages } from './dataset.js';

const IMAGES = 0x0803;
const LABELS = 0x0801;

/** @throws DatasetError naming the file, what was found and what was expected */
export const readIdx = (imagesFile: string, labelsFile: string, first: number): LabelledImages => {
  const [rows, columns, images] = readImages(imagesFile, first);
  const labels = readLabels(labelsFile, first);
  return { count: first, pixels: rows * columns, images, labels };
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

const readWhole = (file: string, header: number): Buffer => {
  if (!fs.existsSync(file)) throw new DatasetError(`dataset file ${file} is missing; run npm ci`);
  const bytes = fs.readFileSync(file);
  if (bytes.length < header)
    throw new DatasetError(`dataset file ${file} is cut short: ${bytes.length} bytes, its header alone has ${header}`);
  return bytes;
};

const expectMagic = (file: string, bytes: Buffer, expected: number): void => {
  const found = bytes.readUInt32BE(0);
  if (found !== expected) throw new DatasetError(`dataset file ${file} begins with ${found}, an IDX file of this kind with ${expected}`);
};

const expectRoom = (file: string, bytes: Buffer, expected: number, count: number, first: number): void => {
  if (bytes.length !== expected) throw new DatasetError(`dataset file ${file} has ${bytes.length} bytes, its header promises ${expected}`);
  if (first > count) throw new DatasetError(`dataset file ${file} holds ${count} items, ${first} were asked for`);
};
