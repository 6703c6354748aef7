/** How plans put durations, times and amounts into sentences. */
import type { CarbonIntensity, GramsCO2eq } from '../units/quantities.js';
import { instant, iso, SECOND_MS, type Instant, type Interval } from '../units/time.js';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units that are not zero, like `15 h 20 min`; below a second `less than 1 s`. */
export const describeDuration = (ms: number): string => {
  if (ms < SECOND_MS) return ms === 0 ? '0 s' : 'less than 1 s';
  let seconds = Math.round(ms / SECOND_MS);
  const parts = UNITS.flatMap(([name, size]) => {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return parts.slice(0, 2).join(' ');
};

/** ISO-8601 UTC to the second, like `2022-07-15T17:00:00Z`. */
export const describeInstant = (at: Instant): string =>
  iso(instant(Math.round(at / SECOND_MS) * SECOND_MS)).replace('.000Z', 'Z');

export const describeInterval = ({ start, end }: Interval): string => `${describeInstant(start)} to ${describeInstant(end)}`;

/** A share as per cent with one decimal, like `38.2 %`. */
export const describePercent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Like `0.412 gCO2eq at a mean of 231.0 gCO2eq/kWh`. */
export const describeEmissions = (mass: GramsCO2eq, mean: CarbonIntensity): string =>
  `${Number(mass.toPrecision(3))} gCO2eq at a mean of ${mean.toFixed(1)} gCO2eq/kWh`;
