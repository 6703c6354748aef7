/** YAML files of users: read, and renamed between the files' snake_case and the API's camelCase. */
import fs from 'node:fs';
import { parse } from 'yaml';
import { withApiNames, withFileNames } from '../client/run-file.js';
import type { Problem } from '../experiment/parsing.js';

/** A file that cannot be used; the message lists every problem with the file's own names. */
export class YamlFileError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`${file}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'YamlFileError';
  }
}

/** The content of a file under the API's names. @throws YamlFileError */
export const readYaml = (file: string): unknown => {
  if (!fs.existsSync(file)) throw new YamlFileError(file, ['there is no such file']);
  try {
    return withApiNames(parse(fs.readFileSync(file, 'utf8')));
  } catch (failure) {
    throw new YamlFileError(file, [`is not YAML: ${failure instanceof Error ? failure.message : String(failure)}`]);
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
