/** YAML files of users: read, and renamed between the files' snake_case and the API's camelCase. */
import fs from 'node:fs';
import { parse } from 'yaml';
import { withApiNames, withFileNames } from '../client/run-file.js';
import type { Problem } from '../experiment/parsing.js';
import { whyNot } from './given-file.js';

/** A file that cannot be used; the message lists every problem with the file's own names. */
export class YamlFileError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`${file}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'YamlFileError';
  }
}

/** The content of a file under the API's names. @throws YamlFileError */
export const readYaml = (file: string): unknown => {
  const content = parsed(file, textOf(file));
  if (content === null) throw new YamlFileError(file, [`it is empty; ${FIELDS}`]);
  if (typeof content !== 'object' || Array.isArray(content)) throw new YamlFileError(file, [`it holds no fields; ${FIELDS}`]);
  return withApiNames(content);
};

const FIELDS = 'needed are fields, like those of the files in configs/';

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (failure) {
    throw new YamlFileError(file, [whyNot(failure)]);
  }
};

const parsed = (file: string, text: string): unknown => {
  try {
    return parse(text);
  } catch (failure) {
    // Below its first line the parser draws where in the text that is.
    const [what] = (failure instanceof Error ? failure.message : String(failure)).split('\n');
    throw new YamlFileError(file, [`it is not YAML: ${what!.replace(/:$/, '')}`]);
  }
};

/** A field's name within a sentence; a unit like gCO2eq is none. */
const FIELD = /\b[a-z]+(?:[A-Z][a-z]+)+\b/g;

/** Problems under the file's own names. */
export const wrongYaml = (file: string, problems: readonly Problem[]): YamlFileError =>
  new YamlFileError(
    file,
    problems.map(
      ({ path, given, allowed }) =>
        `${withFileNames(path) || 'the file'}: got ${given}, allowed is ${allowed.replace(FIELD, withFileNames)}`,
    ),
  );
