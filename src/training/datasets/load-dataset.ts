/** Loaders of the catalogue's datasets: a new one is its file and one line here. */
import type { DatasetName } from '../../experiment/catalogue.js';
import { loadCsv } from './csv.js';
import { DatasetError, type Examples, type LoadDataset } from './dataset.js';
import { idxFrom } from './idx.js';
import { loadImageFolder } from './image-folder.js';
import { mnistDirectory } from './mnist.js';
import { syntheticImages, syntheticText } from './synthetic.js';

/** Of the Debian package dataset-fashion-mnist. */
const FASHION_DIRECTORY = '/usr/share/datasets/fashion-mnist';

const LOADERS: Readonly<Record<DatasetName, LoadDataset>> = {
  mnist: idxFrom(mnistDirectory),
  'fashion-mnist': idxFrom(() => FASHION_DIRECTORY),
  idx: idxFrom(() => '.'),
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

const expectClasses = ({ labels }: Examples, classes: number, where: string): void => {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw new DatasetError(`${where}: example ${wrong} has class ${labels[wrong]}, the spec says there are ${classes}, from 0`);
};
