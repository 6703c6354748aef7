import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeReport } from '../../src/report/make-report.js';
import { shelfOf } from '../../src/report/shelf.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-shelf-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const NOTEBOOK =
  '---\ntitle: Good\ndescription: What it shows.\nparameters: { experiment: which }\n---\nFor {{ $parameters.experiment }}.\n';
fs.writeFileSync(path.join(folder, 'good.md'), NOTEBOOK);
fs.writeFileSync(path.join(folder, 'bad.md'), 'no front matter');
fs.writeFileSync(path.join(folder, 'notes.txt'), '');
const shelf = shelfOf(folder);

test('the notebooks are listed by name, one that cannot be read with why', () => {
  expect(shelf.list()).toEqual([
    { name: 'bad', title: 'bad', description: expect.stringContaining('begins with front matter'), parameters: [] },
    {
      name: 'good',
      title: 'Good',
      description: 'What it shows.',
      parameters: [{ name: 'experiment', description: 'which', default: undefined }],
    },
  ]);
});

test.each(['../good', './good', 'good.md', 'notes.txt', '', '.', '__proto__', 'good\0', path.join(folder, 'good')])(
  'the name %j leads to no file',
  (name) => {
    expect(() => shelf.read(name)).toThrow('there is bad, good');
  },
);

test('a change of a notebook is told, also when an editor puts another file in its place', async () => {
  const file = path.join(folder, 'good.md');
  const versions: string[] = [];
  let next: () => void = () => undefined;
  const end = shelf.watch('good', (version) => {
    versions.push(version);
    next();
  });
  const change = new Promise<void>((resolve) => (next = resolve));
  fs.writeFileSync(path.join(folder, '.good.swp'), `${NOTEBOOK}More.\n`);
  fs.renameSync(path.join(folder, '.good.swp'), file);
  await change;
  end();
  fs.writeFileSync(file, NOTEBOOK);
  expect(new Set(versions).size).toBe(2);
});

const ID = 'b7109789-8b1b-4024-a1d9-68d2b631ff35';
const NEWEST = { id: ID, name: 'mnist-cnn', submittedAt: '2026-01-01T00:00:00Z' };
const make = (experiment: string) =>
  makeReport(shelf, {
    name: 'good',
    parameters: { experiment },
    query: (document, { id, name }) =>
      Promise.resolve(
        document.includes('FindExperiment')
          ? { experiment: id === ID || name === 'mnist-cnn' ? NEWEST : null }
          : { experiments: { edges: [{ node: NEWEST }] } },
      ),
    generatedAt: '2026-01-02T00:00:00Z',
  });

test('an experiment is found by its id, or by its name as the newest of it', async () => {
  for (const given of [ID, 'mnist-cnn']) {
    const report = await make(given);
    expect(report.body).toContain(`For ${ID}.`);
    expect(report.experiment).toEqual(NEWEST);
    expect(report.data.parameters).toEqual({ experiment: ID });
  }
});

test('an experiment there is not is one error with the names there are', async () => {
  await expect(make('mnist')).rejects.toThrow('no experiment has the id or the name "mnist"; the newest are mnist-cnn');
});
