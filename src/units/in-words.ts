/** Quantities in words, in the unit that suits their size. */

const MASSES = [
  [1e6, 't'],
  [1e3, 'kg'],
  [1, 'g'],
  [1e-3, 'mg'],
] as const;

/** Emissions like `12.30 mgCO2eq`; a negative one begins with a minus sign. @param grams gCO2eq */
export const massInWords = (grams: number, digits = 2): string => {
  const [size, unit] = MASSES.find(([least]) => Math.abs(grams) >= least) ?? MASSES[3];
  return `${grams < 0 ? '−' : ''}${(Math.abs(grams) / size).toFixed(digits)} ${unit}CO2eq`;
};

/** The same with a plus sign where it is not negative. */
export const signedMassInWords = (grams: number): string => `${grams < 0 ? '' : '+'}${massInWords(grams)}`;
