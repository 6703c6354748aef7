/** JSONata expressions over a notebook's results, with functions that put units on numbers. */
import jsonata from 'jsonata';

export type Evaluate = (expression: string, input: unknown) => Promise<unknown>;

const MINUS = '−';

/** A number with a fixed count of decimals and a real minus sign; `unknown` for anything that is no number. */
const fixed = (value: unknown, digits: number): string =>
  typeof value === 'number' ? value.toFixed(digits).replace('-', MINUS) : 'unknown';
const signed = (value: unknown, digits: number): string =>
  typeof value === 'number' && value >= 0 ? `+${fixed(value, digits)}` : fixed(value, digits);
const withUnit = (text: string, unit: string): string => (text === 'unknown' ? text : `${text} ${unit}`);
const times = (value: unknown, factor: number): unknown => (typeof value === 'number' ? value * factor : undefined);

/** Undefined arguments reach JSONata functions as undefined: an unknown stays unknown. */
const FUNCTIONS: Readonly<Record<string, (...given: readonly unknown[]) => unknown>> = {
  fixed: (value, digits) => fixed(value, Number(digits)),
  mg: (value) => withUnit(fixed(times(value, 1000), 2), 'mgCO2eq'),
  signedMg: (value) => withUnit(signed(times(value, 1000), 2), 'mgCO2eq'),
  mWh: (value) => withUnit(fixed(times(value, 1e6), 1), 'mWh'),
  percent: (value, digits) => withUnit(fixed(value, Number(digits)), '%'),
  signedPercent: (value) => withUnit(signed(value, 1), '%'),
  signedPoints: (value) => withUnit(signed(value, 2), 'accuracy points'),
  mebibytes: (value) => withUnit(fixed(times(value, 2 ** -20), 1), 'MiB'),
  hours: (seconds) => withUnit(fixed(times(seconds, 1 / 3600), 2), 'h'),
  seconds: (value) => withUnit(fixed(value, 1), 's'),
  utc: (text) => (typeof text === 'string' ? `${text.slice(0, 16).replace('T', ' ')} UTC` : 'unknown'),
};

/** @param bound names every expression may use, as `$name` */
export const evaluator =
  (bound: () => Readonly<Record<string, unknown>>): Evaluate =>
  async (expression, input) => {
    const compiled = jsonata(expression);
    for (const [name, work] of Object.entries(FUNCTIONS)) compiled.registerFunction(name, (...given: unknown[]) => work(...given));
    const value: unknown = await compiled.evaluate(input, { ...bound() });
    // JSONata marks its sequences with hidden properties; plain data leaves them behind.
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
  };
