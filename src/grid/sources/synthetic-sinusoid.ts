/**
 * Made-up intensity with a daily shape, for demonstrations and tests: highest at 18:00 and lowest at 03:00 local time.
 * It exists only where the settings name it, and everything it says is marked synthetic.
 */
import { z } from 'zod';
import { wallClock, type Clock } from '../../units/clock.js';
import { localTimeOf } from '../../units/local-time.js';
import { carbonIntensity } from '../../units/quantities.js';
import { HOUR_MS, instant, later, MINUTE_MS, type Instant, type Interval } from '../../units/time.js';
import { SourceFault, type IntensitySource, type SourceQuery } from '../intensity-source.js';
import type { Forecast, Reading } from '../reading.js';
import type { ZoneDirectory } from '../zone-directory.js';
import { sourceType } from './source-options.js';

const NAME = 'synthetic-sinusoid';
const ATTRIBUTION = 'made up: a sinusoid over the local day, not a measurement of any grid';
const FORECAST_HOURS = 72;
const STEP_MS = HOUR_MS;

/** gCO2eq/kWh. */
const USUAL_MEAN = 400;
const USUAL_AMPLITUDE = 150;

const TROUGH_HOUR = 3;
const PEAK_HOUR = 18;
const DAY_HOURS = 24;
const RISING_HOURS = PEAK_HOUR - TROUGH_HOUR;
const FALLING_HOURS = DAY_HOURS - RISING_HOURS;

export interface SyntheticSinusoidOptions {
  readonly zones: ZoneDirectory;
  /** gCO2eq/kWh; 400. */
  readonly mean?: number;
  /** gCO2eq/kWh between the mean and the peak, at most the mean; 150. */
  readonly amplitude?: number;
  /** Says which steps have begun; the wall clock when absent. */
  readonly clock?: Clock;
}

/** @throws RangeError when the amplitude is below 0 or above the mean */
export const syntheticSinusoid = ({
  zones,
  mean = USUAL_MEAN,
  amplitude = USUAL_AMPLITUDE,
  clock = wallClock,
}: SyntheticSinusoidOptions): IntensitySource => {
  if (!(amplitude >= 0 && amplitude <= mean))
    throw new RangeError(`${NAME}: the amplitude must be from 0 to the mean of ${mean} gCO2eq/kWh, got ${amplitude}`);
  const timeZones = new Map(zones.zones.map(({ key, timeZone }) => [key, timeZone]));
  const steps = ({ zone, span, signal }: SourceQuery, until: Instant): readonly Reading[] => {
    signal.throwIfAborted();
    const timeZone = timeZones.get(zone);
    if (timeZone === undefined) throw new SourceFault(NAME, 'not-offered', `does not know the zone ${JSON.stringify(zone)}`);
    return hoursTouching(span)
      .filter(({ start }) => start <= until)
      .map((interval) => ({
        zone,
        interval,
        intensity: carbonIntensity(mean + amplitude * meanShape(interval, timeZone)),
        kind: 'average',
        factorType: 'lifecycle',
        source: NAME,
        provenance: 'synthetic',
        issuedAt: interval.start,
      }));
  };
  return {
    name: NAME,
    kind: 'average',
    factorType: 'lifecycle',
    attribution: ATTRIBUTION,
    forecastHours: FORECAST_HOURS,
    pollMs: 0,
    locationOf: (zone) => timeZones.get(zone),
    readings: (query) =>
      Promise.resolve().then(() => ({ zone: query.zone, kind: 'average', factorType: 'lifecycle', readings: steps(query, clock.now()) })),
    forecast: (query) =>
      Promise.resolve().then((): Forecast => {
        const issuedAt = clock.now();
        const readings = steps(query, query.span.end).map((reading) => ({ ...reading, issuedAt }));
        return { zone: query.zone, kind: 'average', factorType: 'lifecycle', method: NAME, issuedAt, readings };
      }),
  };
};

/** Exact mean of the shape, from −1 to 1, over a step in which the clocks do not change. */
const meanShape = ({ start, end }: Interval, timeZone: string): number => {
  const hour = localTimeOf(start, timeZone).minute / 60 + (start % MINUTE_MS) / HOUR_MS;
  const hours = (end - start) / HOUR_MS;
  return (shapeUntil(hour + hours) - shapeUntil(hour)) / hours;
};

/**
 * Integral of the shape from the trough to an hour of the day: 15 hours up as half a cosine, −cos(πt/15), and 9 hours down
 * as another, cos(π(t − 15)/9). Each half has the mean 0, so a whole day adds nothing.
 */
const shapeUntil = (hour: number): number => {
  const sinceTrough = (((hour - TROUGH_HOUR) % DAY_HOURS) + DAY_HOURS) % DAY_HOURS;
  return sinceTrough <= RISING_HOURS
    ? (-RISING_HOURS / Math.PI) * Math.sin((Math.PI * sinceTrough) / RISING_HOURS)
    : (FALLING_HOURS / Math.PI) * Math.sin((Math.PI * (sinceTrough - RISING_HOURS)) / FALLING_HOURS);
};

const hoursTouching = ({ start, end }: Interval): readonly Interval[] => {
  const steps: Interval[] = [];
  for (let from = instant(Math.floor(start / STEP_MS) * STEP_MS); from < end; from = later(from, STEP_MS))
    steps.push({ start: from, end: later(from, STEP_MS) });
  return steps;
};

const AMPLITUDE = 'a number from 0 to the mean';

export const SYNTHETIC_SINUSOID = sourceType({
  name: NAME,
  kind: 'average',
  attribution: ATTRIBUTION,
  settings: z
    .strictObject({
      mean: z.number('a number above 0').positive('a number above 0').default(USUAL_MEAN),
      amplitude: z.number(AMPLITUDE).min(0, AMPLITUDE).default(USUAL_AMPLITUDE),
    })
    .refine(({ mean, amplitude }) => amplitude <= mean, { path: ['amplitude'], error: AMPLITUDE }),
  open: (settings, { directory, clock }) => syntheticSinusoid({ ...settings, zones: directory, clock }),
});
