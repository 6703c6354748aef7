/** PNG images of one size in <path>/train/<class>/ and <path>/test/<class>/; classes are numbered in their names' order. */
import fs from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import type { DatasetSpec } from '../../experiment/training-spec.js';
import { DatasetError, type Dataset, type Examples, type LoadDataset, type OpenedDataset } from './dataset.js';

interface Labelled {
  readonly file: string;
  readonly label: number;
}

/** @throws DatasetError naming the file or folder at fault */
export const loadImageFolder: LoadDataset = (spec): Dataset => {
  const { train, test } = openImageFolder(spec);
  return { train: train.read(0, train.count), test: test.read(0, test.count) };
};

/** The same in pieces, so that preparing it can stop between two. */
export const openImageFolder = ({ path: root, trainImages, testImages, classes }: DatasetSpec): OpenedDataset => {
  if (root === undefined) throw new DatasetError('dataset image-folder needs a path: the folder of train/ and test/');
  const names = classNames(path.join(root, 'train'), classes);
  const [train, test] = [filesOf(path.join(root, 'train'), names, trainImages), filesOf(path.join(root, 'test'), names, testImages)];
  const { shape } = readPng(train[0]!.file);
  const part = (files: readonly Labelled[]) => ({
    count: files.length,
    read: (from: number, to: number) => readFiles(files.slice(from, to), shape),
  });
  return { train: part(train), test: part(test), sources: [...train, ...test].map(({ file }) => file) };
};

const classNames = (directory: string, classes: number): readonly string[] => {
  if (!fs.existsSync(directory)) throw new DatasetError(`dataset folder ${directory} is missing`);
  const names = fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  if (names.length !== classes)
    throw new DatasetError(`dataset folder ${directory} has ${names.length} class folders, the spec says ${classes}`);
  return names.sort();
};

/** Images are taken from the classes in turn, so that the first so many hold all classes. */
const filesOf = (directory: string, names: readonly string[], count: number): readonly Labelled[] => {
  const byClass = names.map((name) => pngsOf(path.join(directory, name)));
  const longest = Math.max(...byClass.map(({ length }) => length));
  const files = Array.from({ length: longest }, (_none, turn) =>
    byClass.flatMap((each, label) => (each[turn] === undefined ? [] : [{ file: each[turn], label }])),
  ).flat();
  if (files.length < count) throw new DatasetError(`dataset folder ${directory} holds ${files.length} PNG images, ${count} were asked for`);
  return files.slice(0, count);
};

const readFiles = (files: readonly Labelled[], shape: readonly number[]): Examples => {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = new Uint8Array(files.length * size);
  files.forEach(({ file }, index) => {
    const { shape: found, pixels } = readPng(file);
    if (String(found) !== String(shape))
      throw new DatasetError(`dataset image ${file} is ${found.join('×')}, the others are ${shape.join('×')}`);
    values.set(pixels, index * size);
  });
  return { count: files.length, shape, values, labels: Int32Array.from(files, ({ label }) => label) };
};

const pngsOf = (directory: string): readonly string[] => {
  if (!fs.existsSync(directory)) throw new DatasetError(`dataset folder ${directory} is missing`);
  return fs
    .readdirSync(directory)
    .filter((name) => name.toLowerCase().endsWith('.png'))
    .sort()
    .map((name) => path.join(directory, name));
};

/** Red, green and blue; what is transparent counts as it is stored. */
const readPng = (file: string): { readonly shape: readonly number[]; readonly pixels: Uint8Array } => {
  let image: PNG;
  try {
    image = PNG.sync.read(fs.readFileSync(file));
  } catch (failure) {
    throw new DatasetError(`dataset image ${file} is no whole PNG: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  const { width, height, data } = image;
  const pixels = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * pixel + channel] = data[4 * pixel + channel]!;
  }
  return { shape: [height, width, 3], pixels };
};
