/** From generation by fuel to carbon intensity, with named sets of factors. */
import { carbonIntensity, type CarbonIntensity } from '../../units/quantities.js';

export type Fuel = 'coal' | 'gas' | 'oil' | 'nuclear' | 'hydro' | 'solar' | 'wind' | 'geothermal' | 'other';

export interface FactorSet {
  readonly name: string;
  /** gCO2eq/kWh, lifecycle. */
  readonly factors: Readonly<Record<Fuel, number>>;
}

/**
 * Medians of IPCC AR5 (2014), Working Group III, Annex III, table A.III.2: pulverised coal, combined-cycle gas, nuclear,
 * hydropower, rooftop photovoltaics, onshore wind, geothermal, and for other fuels dedicated biomass. Oil is not in that
 * table: 650 is the value of the recorded traces, whose intensity this set reproduces.
 */
export const IPCC_AR5: FactorSet = {
  name: 'IPCC AR5 (2014) medians',
  factors: { coal: 820, gas: 490, oil: 650, nuclear: 12, hydro: 24, solar: 41, wind: 11, geothermal: 38, other: 230 },
};

/**
 * The generation-weighted mean, gCO2eq/kWh. Net generation below zero is a plant's own use or a pump: power that was
 * counted where it was made, so it counts as no generation. Undefined when nothing is generated: there is no mean of nothing.
 */
export const intensityOfMix = (generation: ReadonlyMap<Fuel, number>, { factors }: FactorSet): CarbonIntensity | undefined => {
  let total = 0;
  let emissions = 0;
  for (const [fuel, amount] of generation) {
    if (amount <= 0) continue;
    total += amount;
    emissions += amount * factors[fuel];
  }
  return total === 0 ? undefined : carbonIntensity(emissions / total);
};
