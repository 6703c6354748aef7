import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { DatasetSpec } from '../../src/experiment/training-spec.js';
import { DatasetError } from '../../src/training/datasets/dataset.js';
import { readIdx } from '../../src/training/datasets/idx.js';
import { fashionDirectory, loadDataset, openDataset } from '../../src/training/datasets/load-dataset.js';
import { mnistDirectory } from '../../src/training/datasets/mnist.js';

const newDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-dataset-'));
const spec = (over: Partial<DatasetSpec> & Pick<DatasetSpec, 'name'>): DatasetSpec => ({
  trainImages: 64,
  testImages: 64,
  classes: 10,
  ...over,
});
const mnistFile = (name: string): string => path.join(mnistDirectory(), name);

test('MNIST is whole, and a file that is not is named with what is wrong', () => {
  const labels = mnistFile('t10k-labels-idx1-ubyte');
  expect(readIdx(mnistFile('t10k-images-idx3-ubyte'), labels, 10_000)).toMatchObject({ count: 10_000, shape: [28, 28, 1] });
  const directory = newDirectory();
  const cut = path.join(directory, 'cut');
  fs.writeFileSync(cut, fs.readFileSync(mnistFile('t10k-images-idx3-ubyte')).subarray(0, 5000));
  expect(() => readIdx(cut, labels, 10)).toThrow(`${cut} has 5000 bytes, its header promises 7840016`);
  expect(() => readIdx(labels, labels, 10)).toThrow(DatasetError);
  expect(() => readIdx(path.join(directory, 'none'), cut, 10)).toThrow('is missing');
});

test('any folder of IDX files is a dataset, gzipped ones too, and a broken gzip is named', () => {
  const directory = newDirectory();
  for (const part of ['train', 't10k']) {
    for (const name of ['images-idx3-ubyte', 'labels-idx1-ubyte'])
      fs.writeFileSync(path.join(directory, `${part}-${name}.gz`), gzipSync(fs.readFileSync(mnistFile(`t10k-${name}`))));
  }
  expect(loadDataset(spec({ name: 'idx', path: directory })).train.shape).toEqual([28, 28, 1]);
  const file = path.join(directory, 'train-images-idx3-ubyte.gz');
  fs.writeFileSync(file, fs.readFileSync(file).subarray(0, 5000));
  expect(() => loadDataset(spec({ name: 'idx', path: directory }))).toThrow(`${file} is not a whole gzip file`);
});

test('Fashion-MNIST that is not installed is refused with the name of the package', () => {
  expect(() => fashionDirectory(path.join(newDirectory(), 'none'))).toThrow('apt-get install dataset-fashion-mnist');
});

test.each(['idx', 'csv', 'image-folder'] as const)('%s without a path is refused, and nothing else is read in its place', (name) => {
  expect(() => loadDataset(spec({ name }))).toThrow(`dataset ${name} needs a path`);
  expect(() => openDataset(spec({ name }))).toThrow(`dataset ${name} needs a path`);
});

test('a label beyond the classes of the spec is refused before anything trains', () => {
  expect(() => loadDataset(spec({ name: 'idx', path: mnistDirectory(), classes: 5 }))).toThrow(
    /example \d+ has class \d, the spec says there are 5/,
  );
});

test('columns of a CSV file are standardised over its training rows, and a cell that is no number is named with its line', () => {
  const file = path.join(newDirectory(), 'rows.csv');
  const rows = Array.from({ length: 130 }, (_none, index) => `${index},${index % 2 === 0 ? 5 : 7},${index % 3}`);
  fs.writeFileSync(file, ['a,b,class', ...rows].join('\n'));
  const { train, test: rest } = loadDataset(spec({ name: 'csv', path: file, classes: 3 }));
  expect(train.shape).toEqual([2]);
  expect(train.values[1]).toBeCloseTo(-1, 5);
  expect(rest.labels[0]).toBe(64 % 3);
  fs.writeFileSync(file, ['a,b,class', ...rows.slice(0, 10), '1,x,0', ...rows].join('\n'));
  expect(() => loadDataset(spec({ name: 'csv', path: file, classes: 3 }))).toThrow(`line 12 of dataset file ${file} has "x" in column 2`);
  fs.writeFileSync(file, ['a,b,class', ...rows.slice(0, 99)].join('\n'));
  expect(() => loadDataset(spec({ name: 'csv', path: file, classes: 3 }))).toThrow('holds 99 rows, 64 + 64 were asked for');
});

test('folders of PNG images are a dataset, classes in the order of their names, and an image of another size is named', () => {
  const directory = newDirectory();
  const png = (width: number, red: number): Buffer => {
    const image = new PNG({ width, height: 4 });
    for (let at = 0; at < image.data.length; at += 4) image.data.set([red, 0, 9, 255], at);
    return PNG.sync.write(image);
  };
  for (const part of ['train', 'test']) {
    for (const [name, red] of [
      ['b', 20],
      ['a', 10],
    ] as const) {
      // prettier-ignore
      fs.mkdirSync(path.join(directory, part, name), { recursive: true });
      for (let index = 0; index < 40; index++) fs.writeFileSync(path.join(directory, part, name, `${index}.png`), png(5, red));
    }
  }
  const { train } = loadDataset(spec({ name: 'image-folder', path: directory, classes: 2 }));
  expect(train.shape).toEqual([4, 5, 3]);
  expect([...train.labels.slice(0, 4)]).toEqual([0, 1, 0, 1]);
  expect([...train.values.slice(0, 3)]).toEqual([10, 0, 9]);
  fs.writeFileSync(path.join(directory, 'test/a/1.png'), png(6, 1));
  expect(() => loadDataset(spec({ name: 'image-folder', path: directory, classes: 2 }))).toThrow(
    'test/a/1.png is 4×6×3, the others are 4×5×3',
  );
});

test('synthetic data are the same for the same seed, and hold every class', () => {
  const [a, b] = [loadDataset(spec({ name: 'synthetic' })), loadDataset(spec({ name: 'synthetic' }))];
  expect(a).toEqual(b);
  expect(new Set(a.train.labels).size).toBe(10);
  expect(loadDataset(spec({ name: 'synthetic-text', classes: 4 })).vocabulary).toBe(1000);
});
