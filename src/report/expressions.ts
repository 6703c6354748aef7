/** JSONata expressions over a notebook's results, with functions that put units on numbers. */
import jsonata from 'jsonata';
import { BYTES, duration, ENERGY, fixed, inUnit, MASS, number, signed, UNKNOWN, withUnit } from './numbers.js';

export type Evaluate = (expression: string, input: unknown) => Promise<unknown>;

const times = (value: unknown, factor: number): unknown => (typeof value === 'number' ? value * factor : undefined);
const signedUnit = (value: unknown, digits: number, unit: string): string => withUnit(signed(fixed(value, digits), value), unit);
const utc = (text: unknown, length: number): string =>
  typeof text === 'string' ? `${text.slice(0, length).replace('T', ' ')} UTC` : UNKNOWN;

/**
 * What expressions may call besides JSONata's own. Undefined arguments reach them as undefined: an unknown stays unknown.
 * `mass`, `energy` and `bytes` choose the unit by size; a second argument, a value of typical size, makes a column keep one unit.
 */
const FUNCTIONS: Readonly<Record<string, (...given: readonly unknown[]) => unknown>> = {
  figure: (value) => number(value),
  fixed: (value, digits) => fixed(value, Number(digits)),
  mass: (grams, like) => inUnit(MASS, grams, like),
  signedMass: (grams, like) => signed(inUnit(MASS, grams, like), grams),
  mg: (grams) => withUnit(fixed(times(grams, 1000), 2), 'mgCO2eq'),
  signedMg: (grams) => signedUnit(times(grams, 1000), 2, 'mgCO2eq'),
  energy: (kwh, like) => inUnit(ENERGY, kwh, like),
  signedEnergy: (kwh, like) => signed(inUnit(ENERGY, kwh, like), kwh),
  mWh: (kwh) => withUnit(fixed(times(kwh, 1e6), 1), 'mWh'),
  power: (watts) => withUnit(number(watts), 'W'),
  intensity: (value) => withUnit(fixed(value, 0), 'gCO2eq/kWh'),
  percent: (value, digits = 1) => withUnit(fixed(value, Number(digits)), '%'),
  share: (fraction, digits = 2) => withUnit(fixed(times(fraction, 100), Number(digits)), '%'),
  signedPercent: (value) => signedUnit(value, 1, '%'),
  signedPoints: (value) => signedUnit(value, 2, 'accuracy points'),
  bytes: (value, like) => inUnit(BYTES, value, like),
  mebibytes: (value) => withUnit(fixed(times(value, 2 ** -20), 1), 'MiB'),
  duration,
  hours: (seconds) => withUnit(fixed(times(seconds, 1 / 3600), 2), 'h'),
  seconds: (value) => withUnit(fixed(value, 1), 's'),
  utc: (text) => utc(text, 16),
  utcDay: (text) => utc(text, 10),
  plural: (count, one, many) =>
    typeof count === 'number' ? `${number(count)} ${String(count === 1 ? one : (many ?? `${String(one)}s`))}` : UNKNOWN,
  unnest,
};

/**
 * The rows within rows as one list, each with fields of the row it is in: `$unnest(runs, "trainingCurve", { "run": "name" })`
 * gives every point of every run, and with it, as `run`, the run's name. For lists too long to walk in JSONata.
 */
function unnest(rows: unknown, field: unknown, fields: unknown): unknown {
  const names = Object.entries((fields ?? {}) as Record<string, string>);
  const lists = rows === undefined || rows === null ? [] : Array.isArray(rows) ? rows : [rows];
  return lists.flatMap((row: Readonly<Record<string, unknown>>) => {
    const outer = Object.fromEntries(names.map(([name, from]) => [name, row[from]]));
    return ((row[String(field)] ?? []) as readonly object[]).map((inner) => ({ ...outer, ...inner }));
  });
}

/** @param bound names every expression may use, as `$name` */
export const evaluator = (bound: () => Readonly<Record<string, unknown>>): Evaluate => {
  const compiled = new Map<string, jsonata.Expression>();
  return async (expression, input) => {
    const known = compiled.get(expression) ?? compile(expression);
    compiled.set(expression, known);
    const value: unknown = await known.evaluate(input, { ...bound() });
    // JSONata marks its sequences with hidden properties; plain data leaves them behind.
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
  };
};

const compile = (expression: string): jsonata.Expression => {
  const compiled = jsonata(expression);
  for (const [name, work] of Object.entries(FUNCTIONS)) compiled.registerFunction(name, (...given: unknown[]) => work(...given));
  return compiled;
};
