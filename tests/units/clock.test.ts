import fc from 'fast-check';
import { replayGridClock } from '../../src/units/clock.js';
import { instant } from '../../src/units/time.js';
import { derivedSeed, seededRandom } from '../../src/units/random.js';

const clockAt = (now: number) => ({ now: () => instant(now) });

test('grid time goes to real time and back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 1, max: 3600 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      (real, grid, speed, offset) => {
        const clock = replayGridClock(clockAt(real), { realAt: instant(real), gridAt: instant(grid), speed });
        const at = instant(real + offset);
        expect(Math.abs(clock.toReal(clock.toGrid(at)) - at)).toBeLessThan(0.01);
      },
    ),
  );
});

test('one real second of a replay at 360× is six grid minutes', () => {
  const clock = replayGridClock(clockAt(1000), { realAt: instant(0), gridAt: instant(0), speed: 360 });
  expect(clock.now()).toBe(360_000);
});

test('a replay that stands still or runs backwards is refused', () => {
  for (const speed of [0, -1, Number.NaN])
    expect(() => replayGridClock(clockAt(0), { realAt: instant(0), gridAt: instant(0), speed })).toThrow(RangeError);
});

test('the random numbers go on from their state', () => {
  const random = seededRandom(42);
  for (let index = 0; index < 10; index++) random.next();
  const continued = seededRandom(random.state);
  expect(Array.from({ length: 5 }, () => continued.next())).toEqual(Array.from({ length: 5 }, () => random.next()));
});

test('derived seeds differ by every part', () => {
  const seeds = new Set([derivedSeed(1, 2, 3), derivedSeed(1, 3, 2), derivedSeed(2, 2, 3), derivedSeed(1, 2)]);
  expect(seeds.size).toBe(4);
});
