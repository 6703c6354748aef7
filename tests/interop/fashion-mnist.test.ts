/** Fashion-MNIST as Debian's package brings it: apt-get install dataset-fashion-mnist. */
import fs from 'node:fs';
import { loadDataset } from '../../src/training/datasets/load-dataset.js';

const installed = fs.existsSync('/usr/share/datasets/fashion-mnist');
const required = process.env['REQUIRE_PEERS'] === '1';
if (!installed && !required) process.stdout.write('not run: apt-get install dataset-fashion-mnist\n');

(installed || required ? test : test.skip)("Fashion-MNIST is read from the gzipped files of Debian's package, all classes alike", () => {
  const { train, test: rest } = loadDataset({ name: 'fashion-mnist', trainImages: 60_000, testImages: 10_000, classes: 10 });
  for (const [{ count, shape, labels }, each] of [
    [train, 6000],
    [rest, 1000],
  ] as const) {
    expect([count, shape]).toEqual([10 * each, [28, 28, 1]]);
    for (let label = 0; label < 10; label++) expect(labels.filter((one: number) => one === label)).toHaveLength(each);
  }
});
