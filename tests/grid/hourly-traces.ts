/** Hourly series for tests of the built-in forecast: shipped traces, changed where a test says so, and made ones. */
import path from 'node:path';
import type { IntensitySeries, Reading } from '../../src/grid/reading.js';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant, later, type Instant } from '../../src/units/time.js';

export const shipped = (key: string): IntensitySeries => {
  const { file } = shippedTraces(path.resolve('configs/traces')).find(({ zone }) => zone.key === key)!;
  return readTraceFile({ zone: key, file });
};

/** The readings of a series, each replaced by what `change` makes of it, or left out. */
export const changed = (series: IntensitySeries, change: (reading: Reading, index: number) => number | undefined): IntensitySeries => ({
  ...series,
  readings: series.readings.flatMap((reading, index) => {
    const value = change(reading, index);
    return value === undefined ? [] : [{ ...reading, intensity: carbonIntensity(value) }];
  }),
});

/** A day's sinus of 200 ± 50 gCO2eq/kWh with something that is not daily in it. */
export const made = (
  start: Instant,
  hours: number,
  value = (hour: number) => 200 + 50 * Math.sin(hour / 3.82) + 10 * Math.sin(hour / 30),
): IntensitySeries => ({
  zone: 'X',
  kind: 'average',
  factorType: 'lifecycle',
  readings: Array.from({ length: hours }, (_, hour) => {
    const interval = { start: later(start, hour * HOUR_MS), end: later(start, (hour + 1) * HOUR_MS) };
    const said = { kind: 'average', factorType: 'lifecycle', source: 'test', provenance: 'recorded' } as const;
    return { zone: 'X', interval, intensity: carbonIntensity(value(hour)), issuedAt: interval.end, ...said };
  }),
});

/** Each hour cut into equal steps around its mean. */
export const inSteps = (series: IntensitySeries, minutes: number): IntensitySeries => ({
  ...series,
  readings: series.readings.flatMap((reading) => {
    const steps = 60 / minutes;
    return Array.from({ length: steps }, (_, step) => ({
      ...reading,
      interval: {
        start: later(reading.interval.start, step * minutes * 60_000),
        end: later(reading.interval.start, (step + 1) * minutes * 60_000),
      },
      intensity: carbonIntensity(reading.intensity * (1 + 0.01 * (step - (steps - 1) / 2))),
    }));
  }),
});

/** As if all that comes after an instant were other than it was; a step in progress too. */
export const corruptedAfter = (series: IntensitySeries, at: Instant): IntensitySeries =>
  changed(series, ({ interval, intensity }, index) => {
    if (interval.end <= at) return intensity;
    return index % 5 === 0 ? undefined : 1 + ((index * 7919) % 3000);
  });

export const hourIn = (series: IntensitySeries, hour: number): Instant => instant(series.readings[0]!.interval.start + hour * HOUR_MS);
