import { massInWords, signedMassInWords } from '../../src/units/in-words.js';

test('emissions are said in the unit that suits their size, with a sign where asked for', () => {
  expect([0.0123, 0, 5, 1234, 2.5e6].map((grams) => massInWords(grams))).toEqual([
    '12.30 mgCO2eq',
    '0.00 mgCO2eq',
    '5.00 gCO2eq',
    '1.23 kgCO2eq',
    '2.50 tCO2eq',
  ]);
  expect([0.0123, -1500].map(signedMassInWords)).toEqual(['+12.30 mgCO2eq', '−1.50 kgCO2eq']);
});
