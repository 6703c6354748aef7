/** Loaders of the catalogue's datasets: a new one is its file and one line here. */
import fs from 'node:fs';
import path from 'node:path';
import type { DatasetName } from '../../experiment/catalogue.js';
import type { DatasetSpec } from '../../experiment/training-spec.js';
import type { SurveyedDataset } from '../protocol.js';
import { loadCsv } from './csv.js';
import { DatasetError, type Examples, type LoadDataset, type OpenedDataset, type OpenedPart, type TrainingData } from './dataset.js';
import { idxFiles, idxFrom, idxOnDisk } from './idx.js';
import { loadImageFolder, openImageFolder } from './image-folder.js';
import { mnistDirectory } from './mnist.js';
import { rowBytesOf } from './rows.js';
import { syntheticImages, syntheticText } from './synthetic.js';

/** Of the Debian package dataset-fashion-mnist. */
const FASHION_DIRECTORY = '/usr/share/datasets/fashion-mnist';

const loadIdx: LoadDataset = (spec) => idxFrom(directoryOf(spec), spec);

const LOADERS: Readonly<Record<DatasetName, LoadDataset>> = {
  mnist: loadIdx,
  'fashion-mnist': loadIdx,
  idx: loadIdx,
  'image-folder': loadImageFolder,
  csv: loadCsv,
  synthetic: syntheticImages,
  'synthetic-text': syntheticText,
};

/** @throws DatasetError */
export const loadDataset: LoadDataset = (spec) => {
  const dataset = LOADERS[spec.name](spec);
  expectClasses(dataset.train, spec.classes, `${spec.name}, training part`);
  expectClasses(dataset.test, spec.classes, `${spec.name}, test part`);
  return dataset;
};

/**
 * The same for training: parts in plain IDX files that are larger than so many bytes stay on disk, to be read row by row.
 * @throws DatasetError
 */
export const openForTraining = (spec: DatasetSpec, mostHeldBytes: number): TrainingData => {
  const onDisk = LOADERS[spec.name] === loadIdx ? idxOnDisk(directoryOf(spec), spec) : undefined;
  if (onDisk === undefined || onDisk.train.count * rowBytesOf(onDisk.train) <= mostHeldBytes) return loadDataset(spec);
  expectClasses(onDisk.train, spec.classes, `${spec.name}, training part`);
  expectClasses(onDisk.test, spec.classes, `${spec.name}, test part`);
  return onDisk;
};

/** The same in pieces. Only folders of images are read piece by piece, the others as a whole. @throws DatasetError */
export const openDataset = (spec: DatasetSpec): OpenedDataset => {
  if (spec.name === 'image-folder') return openImageFolder(spec);
  const dataset = loadDataset(spec);
  return { ...dataset, train: slices(dataset.train), test: slices(dataset.test), sources: sourcesOf(spec) };
};

const slices = (examples: Examples): OpenedPart => {
  const { count, shape, values, labels } = examples;
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    count,
    read: (from, to) => ({ count: to - from, shape, values: values.subarray(from * size, to * size), labels: labels.subarray(from, to) }),
  };
};

const sourcesOf = (spec: DatasetSpec): readonly string[] => {
  if (LOADERS[spec.name] === loadIdx) return idxFiles(directoryOf(spec));
  return spec.name === 'csv' ? [spec.path!] : [];
};

/** Of the four IDX files. */
const directoryOf = ({ name, path: given }: DatasetSpec): string => {
  if (given !== undefined) return given;
  if (name === 'mnist') return mnistDirectory();
  if (name !== 'fashion-mnist') throw new DatasetError(`dataset ${name} needs a path: the folder of its four IDX files`);
  return fashionDirectory();
};

/** Where Fashion-MNIST is installed. @throws DatasetError where it is not */
export const fashionDirectory = (place = FASHION_DIRECTORY): string => {
  if (fs.existsSync(place)) return place;
  throw new DatasetError(
    `fashion-mnist is not in ${place}: apt-get install dataset-fashion-mnist, or name a folder of its four files as path`,
  );
};

/** Which datasets with a place of their own are there. */
export const surveyDatasets = (): readonly SurveyedDataset[] =>
  Object.entries({ mnist: mnistDirectory(), 'fashion-mnist': FASHION_DIRECTORY }).map(([name, directory]) => ({
    name,
    directory,
    missing: idxFiles(directory).flatMap((file) => (fs.existsSync(file) ? [] : [path.basename(file)])),
  }));

const expectClasses = ({ labels }: Pick<Examples, 'labels'>, classes: number, where: string): void => {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw new DatasetError(`${where}: example ${wrong} has class ${labels[wrong]}, the spec says there are ${classes}, from 0`);
};
