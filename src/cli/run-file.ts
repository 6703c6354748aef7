/** YAML run files: checked with the spec's own parser, and turned into the API's input. */
import fs from 'node:fs';
import path from 'node:path';
import { withApiEnums } from '../client/run-file.js';
import { parseRun } from '../experiment/spec.js';
import { whyNot } from './given-file.js';
import { readYaml, wrongYaml, YamlFileError } from './yaml-file.js';

/** `RunSpecInput` of a run file. @throws YamlFileError */
export const readRunFile = (file: string): Readonly<Record<string, unknown>> => {
  const spec = withTopology(readYaml(file), file);
  const parsed = parseRun(spec);
  if (!parsed.ok) throw wrongYaml(file, parsed.problems);
  return withApiEnums(spec);
};

/** `topology_file` of a model, a path from the run file, becomes the file's text as `topology`. @throws YamlFileError */
const withTopology = (spec: unknown, file: string): unknown => {
  const { training } = (spec ?? {}) as { readonly training?: { readonly model?: { readonly topologyFile?: unknown } } };
  if (typeof training?.model?.topologyFile !== 'string') return spec;
  const { topologyFile, ...model } = training.model;
  const at = path.resolve(path.dirname(file), topologyFile);
  try {
    return { ...(spec as object), training: { ...training, model: { ...model, topology: fs.readFileSync(at, 'utf8') } } };
  } catch (failure) {
    throw new YamlFileError(file, [`training.model.topology_file ${at}: ${whyNot(failure)}`]);
  }
};
