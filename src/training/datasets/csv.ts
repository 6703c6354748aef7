/** A CSV file of numbers: a header, then rows whose last column is the class; first the training rows, then the test rows. */
import fs from 'node:fs';
import { DatasetError, type Dataset, type Examples, type LoadDataset } from './dataset.js';

/** Columns are scaled to mean 0 and variance 1 over the training rows. @throws DatasetError naming the line at fault */
export const loadCsv: LoadDataset = ({ path: file, trainImages, testImages, classes }): Dataset => {
  if (file === undefined) throw new DatasetError('dataset csv needs a path: its file');
  if (!fs.existsSync(file)) throw new DatasetError(`dataset file ${file} is missing`);
  const [header, ...lines] = fs.readFileSync(file, 'utf8').split(/\r?\n/);
  const columns = (header ?? '').split(',').length - 1;
  if (columns < 1) throw new DatasetError(`dataset file ${file} has ${columns + 1} column, at least one number and the class are needed`);
  const rows = lines.filter((line) => line.trim() !== '');
  if (rows.length < trainImages + testImages)
    throw new DatasetError(`dataset file ${file} holds ${rows.length} rows, ${trainImages} + ${testImages} were asked for`);
  const read = (from: number, count: number) => readRows(file, rows.slice(from, from + count), from + 2, columns, classes);
  const [train, test] = [read(0, trainImages), read(trainImages, testImages)];
  standardise(train.values, test.values, columns);
  return { train, test };
};

const readRows = (file: string, rows: readonly string[], firstLine: number, columns: number, classes: number) => {
  const values = new Float32Array(rows.length * columns);
  const labels = new Int32Array(rows.length);
  rows.forEach((row, index) => {
    const cells = row.split(',');
    const numbers = cells.map(Number);
    const where = `line ${firstLine + index} of dataset file ${file}`;
    if (cells.length !== columns + 1) throw new DatasetError(`${where} has ${cells.length} columns, its header ${columns + 1}`);
    const wrong = cells.findIndex((cell, column) => cell.trim() === '' || !Number.isFinite(numbers[column]));
    if (wrong >= 0) throw new DatasetError(`${where} has ${JSON.stringify(cells[wrong])} in column ${wrong + 1}, a number is needed`);
    const label = numbers[columns]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new DatasetError(`${where} has class ${label}, a whole number from 0 to ${classes - 1} is needed`);
    labels[index] = label;
    values.set(numbers.slice(0, columns), index * columns);
  });
  return { count: rows.length, shape: [columns], values, labels } satisfies Examples;
};

const standardise = (train: Float32Array, test: Float32Array, columns: number): void => {
  const rows = train.length / columns;
  for (let column = 0; column < columns; column++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += train[row * columns + column]!;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += (train[row * columns + column]! - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (const values of [train, test]) {
      for (let at = column; at < values.length; at += columns) values[at] = deviation > 0 ? (values[at]! - mean) / deviation : 0;
    }
  }
};
