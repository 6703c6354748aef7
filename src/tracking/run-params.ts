/** A spec as a tracker's parameters: flat, in the words of a run file. */
import { createHash } from 'node:crypto';
import type { RunSpec } from '../experiment/spec.js';
import { snakeCased, writtenSpec } from '../experiment/written-spec.js';

/** MLflow 1.28 and later take 500 characters, newer ones more. */
const MOST_VALUE = 500;

/** Like `model.name`, `optimizer.learning_rate`, `schedule.mode`. A text that is too long stands as its hash. */
export const runParams = (spec: RunSpec): Readonly<Record<string, string>> => {
  const { name: _name, training, ...rest } = writtenSpec(spec);
  return Object.fromEntries(flat(snakeCased({ ...training, ...rest }), ''));
};

const flat = (value: unknown, path: string): readonly (readonly [string, string])[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, shortened(value)]];
  return Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : flat(each, path === '' ? key : `${path}.${key}`)));
};

const shortened = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= MOST_VALUE) return text;
  return `sha256:${createHash('sha256').update(text).digest('hex')} (${text.length} characters, whole in the spec's file)`;
};
