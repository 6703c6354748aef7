/** Loaders of the catalogue's datasets: a new one is its file and one line here. */
import type { DatasetName } from '../../experiment/catalogue.js';
import type { LoadDataset } from './dataset.js';
import { mnistDirectory, mnistFrom } from './mnist.js';

export const DATASET_LOADERS: Readonly<Record<DatasetName, LoadDataset>> = { mnist: mnistFrom(mnistDirectory) };
