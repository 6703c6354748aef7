import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readRunFile } from '../../src/cli/run-file.js';
import { YamlFileError } from '../../src/cli/yaml-file.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-run-file-'));
const runFile = (model: string): string => {
  const file = path.join(folder, 'run.yaml');
  fs.writeFileSync(file, `name: own\nzone: X\ntraining:\n  model: ${model}\n  dataset: { name: mnist }\n  batch_size: 64\n`);
  return file;
};

test('a model of one’s own is named by a file beside the run file', () => {
  fs.writeFileSync(path.join(folder, 'model.json'), '{"class_name":"Sequential"}');
  const spec = readRunFile(runFile('{ name: layers, topology_file: model.json }')) as { training: { model: object } };
  expect(spec.training.model).toEqual({ name: 'layers', topology: '{"class_name":"Sequential"}' });
});

test('a topology file that is not there is named', () => {
  expect(() => readRunFile(runFile('{ name: layers, topology_file: none.json }'))).toThrow(YamlFileError);
  expect(() => readRunFile(runFile('{ name: layers, topology_file: none.json }'))).toThrow(
    `training.model.topology_file ${path.join(folder, 'none.json')}: there is no such file`,
  );
});
