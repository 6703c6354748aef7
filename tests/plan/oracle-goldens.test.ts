import path from 'node:path';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import { cheapestSlots } from '../../src/plan/cheapest-slots.js';
import { cleanestWindow } from '../../src/plan/contiguous-window.js';
import { gapIn, intensityHours, stepsOf } from '../../src/plan/intensity-steps.js';
import { HOUR_MS, instant } from '../../src/units/time.js';

/**
 * What a perfect forecast saves on the shipped traces, counted with numpy: every hour as an arrival whose hours are all
 * known, jobs of n hours with s hours of slack; arrivals, and per cent saved in one piece and in any hours.
 */
const GOLDENS: readonly (readonly [zone: string, n: number, s: number, arrivals: number, window: number, slots: number])[] = [
  ['US-CAL-CISO', 1, 24, 8661, 35.06, 35.06],
  ['US-CAL-CISO', 4, 12, 8697, 25.248, 26.019],
  ['US-CAL-CISO', 4, 48, 8553, 37.029, 37.631],
  ['US-CAL-CISO', 24, 24, 8569, 4.49, 20.275],
  ['US-TEX-ERCO', 1, 24, 8736, 17.48, 17.48],
  ['US-TEX-ERCO', 4, 12, 8745, 10.741, 11.258],
  ['US-TEX-ERCO', 4, 48, 8709, 21.256, 21.723],
  ['US-TEX-ERCO', 24, 24, 8713, 6.799, 10.621],
  ['US-NW-BPAT', 1, 24, 8736, 12.785, 12.785],
  ['US-NW-BPAT', 4, 12, 8745, 8.454, 8.826],
  ['US-NW-BPAT', 4, 48, 8709, 14.496, 14.91],
  ['US-NW-BPAT', 24, 24, 8713, 3.953, 7.847],
  ['US-MIDA-PJM', 1, 24, 8665, 6.61, 6.61],
  ['US-MIDA-PJM', 4, 12, 8692, 3.619, 3.872],
  ['US-MIDA-PJM', 4, 48, 8584, 7.293, 7.572],
  ['US-MIDA-PJM', 24, 24, 8596, 1.746, 3.141],
];

const traces = new Map(
  shippedTraces(path.resolve('configs/traces')).map(({ zone, file }) => [zone.key, stepsOf(readTraceFile({ zone: zone.key, file }))]),
);

test.each(GOLDENS)(
  '%s: jobs of %d h with %d h of slack, %d arrivals, save %d %% in one piece and %d %% in any hours',
  (zone, n, s, ...golden) => {
    const steps = traces.get(zone)!;
    let [arrivals, base, window, slots] = [0, 0, 0, 0];
    for (const arrival of steps.edges) {
      const room = { start: instant(arrival), end: instant(arrival + (n + s) * HOUR_MS) };
      if (gapIn(steps, room) !== undefined) continue;
      arrivals += 1;
      base += intensityHours(steps, { start: room.start, end: instant(arrival + n * HOUR_MS) })!;
      window += cleanestWindow(steps, room, n * HOUR_MS)!.intensityHours;
      slots += cheapestSlots(steps, room, n * HOUR_MS)!.intensityHours;
    }
    expect([arrivals, percent(window, base), percent(slots, base)]).toEqual(golden);
  },
);

const percent = (sum: number, base: number): number => Number((100 * (1 - sum / base)).toFixed(3));
