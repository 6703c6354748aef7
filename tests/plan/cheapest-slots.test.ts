import fc from 'fast-check';
import { cheapestSlots } from '../../src/plan/cheapest-slots.js';
import { cleanestWindow } from '../../src/plan/contiguous-window.js';
import { intensityHours } from '../../src/plan/intensity-steps.js';
import { HOUR_MS, instant, MINUTE_MS } from '../../src/units/time.js';
import { room, someValues, steps } from './steps.js';

const STEP_MS = 15 * MINUTE_MS;

/** The minutes of a room by their intensity, the cheapest first and of equals the earliest. */
const minutesByPrice = (values: readonly (number | undefined)[], from: number, to: number) => {
  const minutes: { at: number; value: number }[] = [];
  for (let at = from; at < to; at += MINUTE_MS) {
    const value = values[Math.floor(at / STEP_MS)];
    if (value !== undefined) minutes.push({ at, value });
  }
  return minutes.sort((a, b) => a.value - b.value || a.at - b.at);
};

test('the chosen slots are the cheapest minutes of the room, and of equal ones the earliest', () => {
  fc.assert(
    fc.property(
      someValues(1, 20),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 120 }),
      (values, from, length, work) => {
        const span = room((from + length) * MINUTE_MS, from * MINUTE_MS);
        const minutes = minutesByPrice(values, span.start, Math.min(span.end, values.length * STEP_MS)).slice(0, work);
        const slots = cheapestSlots(steps(values, STEP_MS), span, work * MINUTE_MS);
        if (minutes.length < work) {
          expect(slots).toBeUndefined();
          return;
        }
        const sum = minutes.reduce((total, { value }) => total + value / 60, 0);
        expect(slots!.intensityHours).toBeCloseTo(sum, 9);
        const chosen = new Set(minutes.map(({ at }) => at));
        const taken = new Set<number>();
        for (let index = 0; index < slots!.bounds.length; index += 2) {
          expect(slots!.bounds[index]!).toBeGreaterThan(index === 0 ? -1 : slots!.bounds[index - 1]!);
          for (let at = slots!.bounds[index]!; at < slots!.bounds[index + 1]!; at += MINUTE_MS) taken.add(at);
        }
        expect(taken).toEqual(chosen);
      },
    ),
  );
});

test('slots are never dirtier than the cleanest window, nor than starting at once', () => {
  fc.assert(
    fc.property(someValues(4, 40), fc.integer({ min: 1, max: 180 }), (values, work) => {
      const known = steps(values);
      const span = room(values.length * HOUR_MS);
      const slots = cheapestSlots(known, span, work * MINUTE_MS);
      const window = cleanestWindow(known, span, work * MINUTE_MS);
      const atOnce = intensityHours(known, room(work * MINUTE_MS));
      for (const other of [window?.intensityHours, atOnce])
        if (other !== undefined) expect(slots!.intensityHours).toBeLessThanOrEqual(other + 1e-9);
    }),
  );
});

test('more slack never makes the slots dirtier', () => {
  fc.assert(
    fc.property(someValues(4, 40), fc.integer({ min: 10, max: 180 }), (values, work) => {
      let least = Number.POSITIVE_INFINITY;
      for (let hours = 1; hours <= values.length; hours += 1) {
        const slots = cheapestSlots(steps(values), room(hours * HOUR_MS), work * MINUTE_MS);
        if (slots === undefined) continue;
        expect(slots.intensityHours).toBeLessThanOrEqual(least + 1e-9);
        least = slots.intensityHours;
      }
    }),
  );
});

test('among hundreds of steps, many alike and one far off, the threshold is found', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(100), fc.constant(1e9), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 200,
        maxLength: 400,
      }),
      fc.integer({ min: 1, max: 200 }),
      (values, work) => {
        const slots = cheapestSlots(steps(values), room(values.length * HOUR_MS), work * HOUR_MS);
        const cheapest = [...values].sort((a, b) => a - b).slice(0, work);
        const sum = cheapest.reduce((total, value) => total + value, 0);
        expect(Math.abs(slots!.intensityHours - sum)).toBeLessThanOrEqual(1e-9 * sum);
      },
    ),
    { numRuns: 50 },
  );
});

test('a step is taken in part from its start', () => {
  const slots = cheapestSlots(steps([300, 100, 200, 300]), room(4 * HOUR_MS), 1.5 * HOUR_MS);
  expect(slots).toEqual({ bounds: [instant(HOUR_MS), instant(2.5 * HOUR_MS)], intensityHours: 200 });
});
