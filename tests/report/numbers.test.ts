import { BYTES, duration, ENERGY, fixed, inUnit, MASS, number, signed } from '../../src/report/numbers.js';

test.each([
  [0.0000123, '12.3 µgCO2eq'],
  [0.0123, '12.3 mgCO2eq'],
  [0.26, '260 mgCO2eq'],
  [0.99951, '1.00 gCO2eq'],
  [1, '1.00 gCO2eq'],
  [-1234.5, '−1.23 kgCO2eq'],
  [12_345_678_900, '12,346 tCO2eq'],
  [0, '0 gCO2eq'],
  [1e-9, '0.00100 µgCO2eq'],
  [null, 'unknown'],
  [undefined, 'unknown'],
  [Number.NaN, 'unknown'],
])('%p g is written %s', (grams, text) => {
  expect(inUnit(MASS, grams, undefined)).toBe(text);
});

test('a column with a typical value keeps one unit and its decimals', () => {
  expect([0.5, 12, 0.001].map((grams) => inUnit(MASS, grams, 12))).toEqual(['0.5 gCO2eq', '12.0 gCO2eq', '0.0 gCO2eq']);
});

test('energy comes in kWh and bytes in bytes', () => {
  expect(inUnit(ENERGY, 0.0000021, undefined)).toBe('2.10 mWh');
  expect(inUnit(ENERGY, 3.5, undefined)).toBe('3.50 kWh');
  expect(inUnit(BYTES, 34.3 * 2 ** 20, undefined)).toBe('34.3 MiB');
});

test('a number that rounds to nothing has no minus sign, and a signed one says plus', () => {
  expect(fixed(-0.0001, 2)).toBe('0.00');
  expect(signed(fixed(-0.0001, 2), -0.0001)).toBe('+0.00');
  expect(signed(fixed(-1.5, 1), -1.5)).toBe('−1.5');
  expect(signed('unknown', undefined)).toBe('unknown');
});

test('whole numbers stay whole, and long ones are grouped', () => {
  expect(number(10_000)).toBe('10,000');
  expect(number(9999)).toBe('9999');
  expect(number(0.98765)).toBe('0.988');
});

test.each([
  [12.34, '12.3 s'],
  [59.99, '60 s'],
  [245, '4 min 05 s'],
  [3600, '1 h'],
  [9000, '2 h 30 min'],
  [273_600, '3 d 4 h'],
  [-245, '−4 min 05 s'],
])('%p s is written %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
