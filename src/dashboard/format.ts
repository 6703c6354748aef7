/** Figures and moments as people read them: with their unit, and in the reader's own time zone. */

/** In the place of a figure that is not known. */
export const UNKNOWN = '–';

/** Of a mass of CO2 equivalents given in grams, at a readable magnitude. */
export const grams = (value: number | null | undefined, signed = false): string => {
  if (value === null || value === undefined) return UNKNOWN;
  const size = Math.abs(value);
  const [scaled, unit] =
    size >= 1e6 ? [value / 1e6, 't'] : size >= 1000 ? [value / 1000, 'kg'] : size >= 1 || size === 0 ? [value, 'g'] : [value * 1000, 'mg'];
  return `${signed && value > 0 ? '+' : ''}${significant(scaled)} ${unit}CO2eq`;
};

/** Of energy given in kWh. */
export const energy = (kwh: number | null | undefined): string => {
  if (kwh === null || kwh === undefined) return UNKNOWN;
  return kwh >= 1
    ? `${significant(kwh)} kWh`
    : kwh >= 0.001 || kwh === 0
      ? `${significant(kwh * 1000)} Wh`
      : `${significant(kwh * 1e6)} mWh`;
};

export const watts = (value: number | null | undefined): string => withUnit(value, 'W');
export const intensity = (value: number | null | undefined): string =>
  value === null || value === undefined ? UNKNOWN : `${Math.round(value)} gCO2eq/kWh`;
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? UNKNOWN : `${(100 * share).toFixed(1)} %`;
export const loss = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return UNKNOWN;
  return value > 0 && value < 0.0005 ? '< 0.001' : significant(value);
};
export const withUnit = (value: number | null | undefined, unit: string): string =>
  value === null || value === undefined ? UNKNOWN : `${significant(value)} ${unit}`;

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
export const count = (value: number): string => thousands.format(value);

/** Three significant digits, never in powers of ten. */
const significant = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 100) return thousands.format(value).replace('-', '−');
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : size === 0 ? 0 : 3).replace('-', '−');
};

/** Of seconds. */
export const duration = (seconds: number | null | undefined): string => {
  if (seconds === null || seconds === undefined) return UNKNOWN;
  if (seconds < 100) return `${significant(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${significant(seconds / 3600)} h`;
};

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const moment = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const fullMoment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
/** Name of the reader's own zone, like CET. */
export const zoneName =
  new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(new Date()).find(({ type }) => type === 'timeZoneName')
    ?.value ?? '';

const instant = (at: number | string): number => (typeof at === 'string' ? Date.parse(at) : at);
export const clockTime = (at: number | string): string => clock.format(instant(at));
export const shortTime = (at: number | string): string => moment.format(instant(at));
export const fullTime = (at: number | string): string => fullMoment.format(instant(at));

/** Words of an enumeration: `BY_USER` as `by user`. */
export const words = (name: string): string => name.toLowerCase().replaceAll('_', ' ');
