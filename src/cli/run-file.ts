/** YAML run files: read, checked with the spec's own parser, and turned into the API's input. */
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { parseRun } from '../experiment/spec.js';

/** A run file that cannot be used; the message lists every problem with the file's own names. */
export class RunFileError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`${file}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'RunFileError';
  }
}

/** `RunSpecInput` of a run file. @throws RunFileError */
export const readRunFile = (file: string): Readonly<Record<string, unknown>> => {
  if (!fs.existsSync(file)) throw new RunFileError(file, ['there is no such file']);
  let content: unknown;
  try {
    content = parse(fs.readFileSync(file, 'utf8'));
  } catch (failure) {
    throw new RunFileError(file, [`is not YAML: ${failure instanceof Error ? failure.message : String(failure)}`]);
  }
  const spec = withTopology(renamed(content, camelCase), file);
  const parsed = parseRun(spec);
  if (!parsed.ok) {
    throw new RunFileError(
      file,
      parsed.problems.map(({ path, given, allowed }) => `${snakeCase(path) || 'the file'}: got ${given}, allowed is ${snakeCase(allowed)}`),
    );
  }
  return withEnums(spec as SpecFile);
};

/** `topology_file` of a model, a path from the run file, becomes the file's text as `topology`. @throws RunFileError */
const withTopology = (spec: unknown, file: string): unknown => {
  const { training } = (spec ?? {}) as { readonly training?: { readonly model?: { readonly topologyFile?: unknown } } };
  if (typeof training?.model?.topologyFile !== 'string') return spec;
  const { topologyFile, ...model } = training.model;
  const at = path.resolve(path.dirname(file), topologyFile);
  if (!fs.existsSync(at)) throw new RunFileError(file, [`training.model.topology_file: there is no file ${at}`]);
  return { ...(spec as object), training: { ...training, model: { ...model, topology: fs.readFileSync(at, 'utf8') } } };
};

interface SpecFile {
  readonly role?: string;
  readonly schedule?: { readonly mode: string };
}

/** The API's enumerations are upper-case words. */
const withEnums = (spec: SpecFile): Readonly<Record<string, unknown>> => ({
  ...spec,
  ...(spec.role === undefined ? {} : { role: spec.role.toUpperCase() }),
  ...(spec.schedule === undefined ? {} : { schedule: { ...spec.schedule, mode: spec.schedule.mode.toUpperCase() } }),
});

const renamed = (value: unknown, rename: (key: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [rename(key), renamed(each, rename)]));
};

const camelCase = (key: string): string => key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
const snakeCase = (text: string): string =>
  text.replace(/([a-z])([A-Z])/g, (_match, before: string, letter: string) => `${before}_${letter.toLowerCase()}`);
