/** PNG images of one size in <path>/train/<class>/ and <path>/test/<class>/; classes are numbered in their names' order. */
import fs from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { DatasetError, type Dataset, type Examples, type LoadDataset } from './dataset.js';

/** @throws DatasetError naming the file or folder at fault */
export const loadImageFolder: LoadDataset = ({ path: folder, trainImages, testImages, classes }): Dataset => {
  const root = folder ?? '.';
  const names = classNames(path.join(root, 'train'), classes);
  const train = readPart(path.join(root, 'train'), names, trainImages, undefined);
  return { train, test: readPart(path.join(root, 'test'), names, testImages, train.shape) };
};

const classNames = (directory: string, classes: number): readonly string[] => {
  if (!fs.existsSync(directory)) throw new DatasetError(`dataset folder ${directory} is missing`);
  const names = fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  if (names.length !== classes)
    throw new DatasetError(`dataset folder ${directory} has ${names.length} class folders, the spec says ${classes}`);
  return names.sort();
};

/** Images are taken from the classes in turn, so that the first so many hold all classes. */
const readPart = (directory: string, names: readonly string[], count: number, shape: readonly number[] | undefined): Examples => {
  const byClass = names.map((name) => pngsOf(path.join(directory, name)));
  const longest = Math.max(...byClass.map(({ length }) => length));
  const files = Array.from({ length: longest }, (_none, turn) =>
    byClass.flatMap((each, label) => (each[turn] === undefined ? [] : [{ file: each[turn], label }])),
  ).flat();
  if (files.length < count) throw new DatasetError(`dataset folder ${directory} holds ${files.length} PNG images, ${count} were asked for`);
  const images = files.slice(0, count).map(({ file }) => readPng(file));
  const expected = shape ?? images[0]!.shape;
  const values = new Uint8Array(count * expected.reduce((size, length) => size * length, 1));
  images.forEach(({ shape: found, pixels }, index) => {
    if (String(found) !== String(expected))
      throw new DatasetError(`dataset image ${files[index]!.file} is ${found.join('×')}, the others are ${expected.join('×')}`);
    values.set(pixels, index * pixels.length);
  });
  return { count, shape: expected, values, labels: Int32Array.from(files.slice(0, count), ({ label }) => label) };
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
