/** Run files between their own names (snake_case) and the API's: what a parsed YAML file means as `RunSpecInput`. */

/** The content under the API's names. */
export const withApiNames = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withApiNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [camelCase(key), withApiNames(each)]));
};

/** The API's enumerations are upper-case words. What is no run at all stays as it is, for the server to refuse. */
export const withApiEnums = (spec: unknown): Readonly<Record<string, unknown>> => {
  const { role, schedule, ...rest } = spec as { readonly role?: unknown; readonly schedule?: unknown };
  return {
    ...rest,
    ...(role === undefined ? {} : { role: upperCase(role) }),
    ...(schedule === undefined ? {} : { schedule: withUpperMode(schedule) }),
  };
};

const withUpperMode = (schedule: unknown): unknown =>
  typeof schedule === 'object' && schedule !== null && 'mode' in schedule ? { ...schedule, mode: upperCase(schedule.mode) } : schedule;

const upperCase = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value);

const camelCase = (key: string): string => key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** The API's names in a text, like the path of a problem, as the file has them. */
export const withFileNames = (text: string): string =>
  text.replace(/([a-z])([A-Z])/g, (_match, before: string, letter: string) => `${before}_${letter.toLowerCase()}`);
