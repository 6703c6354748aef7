/** Physical quantities as branded numbers; constructors refuse what is not a finite number. */

declare const unit: unique symbol;
type Quantity<Name extends string> = number & { readonly [unit]: Name };

/** Energy in joules. */
export type Joules = Quantity<'J'>;
/** Energy in whole microjoules: what is stored, so that sums are exact. */
export type Microjoules = Quantity<'µJ'>;
/** Power in watts. */
export type Watts = Quantity<'W'>;
/** Mass of greenhouse gases in grams of CO2 equivalent. */
export type GramsCO2eq = Quantity<'gCO2eq'>;
/** Grid carbon intensity in grams of CO2 equivalent per kilowatt-hour. */
export type CarbonIntensity = Quantity<'gCO2eq/kWh'>;

const JOULES_PER_KILOWATT_HOUR = 3_600_000;
const MICROJOULES_PER_JOULE = 1e6;

const finite = (value: number, name: string): number => {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, got ${value}`);
  return value;
};

export const joules = (value: number): Joules => finite(value, 'energy in J') as Joules;
export const watts = (value: number): Watts => finite(value, 'power in W') as Watts;
export const grams = (value: number): GramsCO2eq => finite(value, 'emissions in gCO2eq') as GramsCO2eq;
export const carbonIntensity = (value: number): CarbonIntensity => finite(value, 'carbon intensity in gCO2eq/kWh') as CarbonIntensity;

/** Whole microjoules; refuses fractions and what a double cannot count exactly (above 2^53 µJ, 2.5 MWh). */
export const microjoules = (value: number): Microjoules => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`energy in µJ must be a safe integer, got ${value}`);
  return value as Microjoules;
};

export const fromMicrojoules = (energy: Microjoules): Joules => joules(energy / MICROJOULES_PER_JOULE);
export const kilowattHours = (energy: Joules): number => energy / JOULES_PER_KILOWATT_HOUR;
export const meanPower = (energy: Joules, durationMs: number): Watts => watts(energy / (durationMs / 1000));
export const energyOver = (power: Watts, durationMs: number): Joules => joules(power * (durationMs / 1000));

/** Emissions of an amount of energy drawn at one grid intensity. */
export const emittedBy = (energy: Joules, intensity: CarbonIntensity): GramsCO2eq => grams(kilowattHours(energy) * intensity);
