import fc from 'fast-check';
import { dimmCount, ramPower } from '../../src/energy/ram-dimm-model.js';

// Gigabytes to watts, as CodeCarbon 3 gives them on x86.
test.each([
  [2, 10],
  [8, 10],
  [16, 10],
  [32, 20],
  [64, 20],
  [128, 38],
  [192, 54],
  [256, 38],
  [768, 54],
  [2048, 70],
  [4096, 126],
])('%d GB on x86 draw %d W', (gigabytes, expected) => {
  expect(ramPower(gigabytes, 'x86')).toBeCloseTo(expected, 9);
});

test.each([
  [2, 1],
  [2.1, 2],
  [16, 2],
  [16.1, 4],
  [64, 4],
  [64.1, 8],
  [128, 8],
  [192, 12],
  [1024, 8],
  [4096, 32],
  [100_000, 32],
])('%d GB are taken for %d modules', (gigabytes, expected) => {
  expect(dimmCount(gigabytes)).toBe(expected);
});

test('an ARM machine draws 1.5 W a module and never less than 3 W', () => {
  expect(ramPower(2, 'arm')).toBe(3);
  expect(ramPower(64, 'arm')).toBe(6);
  expect(ramPower(128, 'arm')).toBeCloseTo(1.5 * (4 + 0.9 * 4), 9);
});

test('no size draws less than the floor, nor more than 32 modules do', () => {
  const most = 5 * (4 + 0.9 * 4 + 0.8 * 8 + 0.7 * 16);
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 1e6, noNaN: true }), (gigabytes) => {
      const power = ramPower(gigabytes, 'x86');
      expect(power).toBeGreaterThanOrEqual(10);
      expect(power).toBeLessThanOrEqual(most + 1e-9);
    }),
  );
});
