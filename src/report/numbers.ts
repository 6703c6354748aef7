/** Numbers as people read them: a unit chosen by size, three significant digits, a real minus sign, and `unknown` for what is no number. */

export const UNKNOWN = 'unknown';
const MINUS = '−';
/** Between groups of three digits, from five digits on, as axes have it. */
const GROUPS = ',';

interface Unit {
  readonly name: string;
  /** How many of the base unit it is. */
  readonly size: number;
}

const units = (base: string, sizes: readonly (readonly [prefix: string, size: number])[]): readonly Unit[] =>
  sizes.map(([prefix, size]) => ({ name: `${prefix}${base}`, size }));

/** The base is 1 g. */
export const MASS = [...units('gCO2eq', [['µ', 1e-6], ['m', 1e-3], ['', 1], ['k', 1e3]]), { name: 'tCO2eq', size: 1e6 }]; // prettier-ignore
/** The base is 1 kWh, as in the API. */
export const ENERGY = units('Wh', [['µ', 1e-9], ['m', 1e-6], ['', 1e-3], ['k', 1], ['M', 1e3]]); // prettier-ignore
/** The base is 1 byte. */
export const BYTES = [{ name: 'B', size: 1 }, ...units('iB', [['K', 2 ** 10], ['M', 2 ** 20], ['G', 2 ** 30]])]; // prettier-ignore

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const grouped = (text: string): string => {
  const [whole = '', decimals] = text.replace('-', '').split('.');
  const long = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, GROUPS) : whole;
  return `${text.startsWith('-') ? MINUS : ''}${long}${decimals === undefined ? '' : `.${decimals}`}`;
};

/** Never −0. */
const withDecimals = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

export const fixed = (value: unknown, digits: number): string => (isNumber(value) ? grouped(withDecimals(value, digits)) : UNKNOWN);

/** Decimals that show three significant digits; whole numbers stay whole. */
const decimalsFor = (value: number): number => {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return 0;
  return Math.min(6, 2 - Math.floor(Math.log10(Number(size.toPrecision(3)))));
};

/** Three significant digits. */
export const number = (value: unknown): string =>
  isNumber(value) ? grouped(withDecimals(value, Number.isInteger(value) ? 0 : decimalsFor(value))) : UNKNOWN;

/** With a plus sign where it is not negative. */
export const signed = (text: string, value: unknown): string => (isNumber(value) && !text.startsWith(MINUS) ? `+${text}` : text);

export const withUnit = (text: string, unit: string): string => (text === UNKNOWN ? text : `${text} ${unit}`);

/** @param like a value whose size chooses the unit, so that a column has one unit; the value itself when it is no number */
export const inUnit = (scale: readonly Unit[], value: unknown, like: unknown): string => {
  if (!isNumber(value)) return UNKNOWN;
  const unit = unitFor(scale, isNumber(like) ? like : value);
  const scaled = value / unit.size;
  return withUnit(
    isNumber(like) ? grouped(withDecimals(scaled, decimalsFor(like / unit.size))) : grouped(withDecimals(scaled, decimalsFor(scaled))),
    unit.name,
  );
};

/** The largest of which there is at least one, rounding included; the base unit of nothing. */
const unitFor = (scale: readonly Unit[], value: number): Unit => {
  const base = scale.find(({ size }) => size === 1)!;
  if (value === 0) return base;
  const fitting = scale.filter(({ size }) => Number((Math.abs(value) / size).toPrecision(3)) >= 1);
  return fitting.at(-1) ?? scale[0]!;
};

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Two parts at most: 12.3 s, 4 min 05 s, 2 h 30 min, 3 d 4 h. */
export const duration = (seconds: unknown): string => {
  if (!isNumber(seconds)) return UNKNOWN;
  const minus = seconds < 0 ? MINUS : '';
  const size = Math.abs(seconds);
  if (size < MINUTE) return `${minus}${number(Number(size.toPrecision(3)))} s`;
  const [big, bigName, small, smallName] =
    size < HOUR
      ? ([MINUTE, 'min', 1, 's'] as const)
      : size < DAY
        ? ([HOUR, 'h', MINUTE, 'min'] as const)
        : ([DAY, 'd', HOUR, 'h'] as const);
  const count = Math.round(size / small);
  const rest = count % (big / small);
  const whole = `${minus}${(count - rest) / (big / small)} ${bigName}`;
  return rest === 0 ? whole : `${whole} ${String(rest).padStart(smallName === 'h' ? 1 : 2, '0')} ${smallName}`;
};
