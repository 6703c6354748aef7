/** What a notebook says of itself before its cells: title, description, and the parameters it takes. */
import { parse } from 'yaml';

export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** Undefined: it must be given. */
  readonly default: string | undefined;
}

export interface FrontMatter {
  readonly title: string;
  /** One sentence; undefined when the notebook has none. */
  readonly description: string | undefined;
  readonly parameters: readonly Parameter[];
}

/** @returns with how many lines of the notebook come before the body. @throws Error when it is missing or wrong */
export const parseFrontMatter = (source: string): { readonly front: FrontMatter; readonly body: string; readonly lines: number } => {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?(?:\n|$)/.exec(source);
  if (match === null) throw new Error('a notebook begins with front matter between two lines of ---, with title and parameters');
  const given = parse(match[1]!) as Readonly<Record<string, unknown>> | null;
  const { title, description, parameters } = given ?? {};
  if (typeof title !== 'string' || title.trim() === '') throw new Error('the front matter of a notebook needs a title');
  if (description !== undefined && typeof description !== 'string') throw new Error('the description of a notebook is a sentence');
  const front = { title, description, parameters: Object.entries(parameters ?? {}).map(([name, entry]) => parameterOf(name, entry)) };
  return { front, body: source.slice(match[0].length), lines: match[0].split('\n').length - 1 };
};

/** A string says what it is; an object may also have a default. */
const parameterOf = (name: string, entry: unknown): Parameter => {
  const { description, default: value } = (typeof entry === 'string' ? { description: entry } : (entry ?? {})) as Readonly<
    Record<string, unknown>
  >;
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`the parameter ${JSON.stringify(name)} needs a name of letters, digits and _`);
  if (typeof description !== 'string') throw new Error(`the parameter ${name} needs a description: ${name}: what it is`);
  if (value === undefined || value === null) return { name, description, default: undefined };
  if (typeof value === 'object') throw new Error(`the default of the parameter ${name} is a text or a number`);
  return { name, description, default: String(value as string | number | boolean) };
};

/**
 * Every parameter's value, with defaults where nothing is given.
 * @throws Error that lists what the notebook takes when something is missing or not known
 */
export const parameterValues = (
  parameters: readonly Parameter[],
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const missing = parameters.filter(({ name, default: value }) => value === undefined && !(name in given)).map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !parameters.some((parameter) => parameter.name === name));
  const problems = [
    ...(missing.length > 0 ? [`needs ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has no parameter ${unknown.join(', ')}`] : []),
  ];
  if (problems.length > 0) throw new Error(`the notebook ${problems.join(' and ')}; it takes ${listOf(parameters)}`);
  return Object.fromEntries(parameters.map(({ name, default: value }) => [name, given[name] ?? value!]));
};

const listOf = (parameters: readonly Parameter[]): string =>
  parameters.length === 0
    ? 'none'
    : parameters
        .map(({ name, description, default: value }) => `${name} (${description}${value === undefined ? '' : `; ${value} when absent`})`)
        .join(', ');
