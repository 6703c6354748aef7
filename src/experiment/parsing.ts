/** What the parsers of users' input share: a problem with its path, and fields that say what they allow. */
import { z } from 'zod';
import { parseDurationMs } from '../units/time.js';

/** One thing wrong with an input. `path` is in the input's own names, like `runs[0].training.batchSize`. */
export interface Problem {
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens, 1 to 64 characters');
export const duration = (least: string, most: string) => {
  const allowed = `an ISO-8601 duration from ${least} to ${most}`;
  return z.string(allowed).transform((text, context) => {
    let ms = Number.NaN;
    try {
      ms = parseDurationMs(text);
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure;
    }
    if (!(ms >= parseDurationMs(least) && ms <= parseDurationMs(most))) {
      context.addIssue({ code: 'custom', message: allowed, input: text });
      return z.NEVER;
    }
    return ms;
  });
};

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');

const given = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    input,
  );

const problemsOf = (issue: z.core.$ZodIssue, input: unknown): Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      given: given(valueAt(input, [...issue.path, key])),
      allowed: 'no such field here',
    }));
  }
  const expected =
    issue.code === 'invalid_type' && issue.message.startsWith('Invalid input') ? `a value of type ${issue.expected}` : issue.message;
  return [{ path: pathText(issue.path), given: given(valueAt(input, issue.path)), allowed: expected }];
};

/** Everything wrong with an input at once, or the value with its defaults. */
export const parse = <T>(schema: z.ZodType<T>, input: unknown): Parsed<T> => {
  const result = schema.safeParse(input);
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, input)) };
};
