/** Series for tests of the grid, by hand and by fast-check. */
import fc from 'fast-check';
import type { IntensitySeries, Reading } from '../../src/grid/reading.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { instant, MINUTE_MS, parseInstant } from '../../src/units/time.js';

export const MADE_START = parseInstant('2022-06-06T00:00:00Z');
export const minutesLater = (minutes: number) => instant(MADE_START + minutes * MINUTE_MS);
export const spanOf = (fromMinute: number, toMinute: number) => ({ start: minutesLater(fromMinute), end: minutesLater(toMinute) });

/** Steps one after the other, in minutes since MADE_START; a value of null is a gap. */
export const madeSeries = (
  steps: readonly { readonly minutes: number; readonly value: number | null }[],
  over: Partial<Reading> = {},
): IntensitySeries => {
  let at = 0;
  const readings = steps.flatMap(({ minutes, value }): readonly Reading[] => {
    const interval = spanOf(at, at + minutes);
    at += minutes;
    if (value === null) return [];
    const said = { kind: 'average', factorType: 'lifecycle', source: 'test', provenance: 'measured' } as const;
    return [{ zone: 'DE', interval, intensity: carbonIntensity(value), issuedAt: interval.end, ...said, ...over }];
  });
  return { zone: 'DE', kind: 'average', factorType: 'lifecycle', readings };
};

/** Up to a day of steps of any length, some of them gaps. */
export const anySeries = fc
  .array(
    fc.record({
      minutes: fc.integer({ min: 1, max: 90 }),
      value: fc.option(fc.integer({ min: 0, max: 1000 }), { freq: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) => madeSeries(steps));

/** Within a day before to three days after the start of a series. */
export const anySpan = fc
  .tuple(fc.integer({ min: -1440, max: 4320 }), fc.integer({ min: 1, max: 2880 }))
  .map(([from, minutes]) => spanOf(from, from + minutes));
