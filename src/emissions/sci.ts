/** Software Carbon Intensity of a run: (E × I + M) per R, as ISO/IEC 21031:2024 has it. */
import { grams, kilowattHours, type GramsCO2eq } from '../units/quantities.js';
import { HOUR_MS } from '../units/time.js';
import type { ExportedRun } from './exported-run.js';

export type FunctionalUnit = 'run' | 'epoch' | 'accuracy-point' | 'inference';

/** Emissions of making the host and ending its life, and over how long they are spread. */
export interface Embodied {
  readonly total: GramsCO2eq;
  readonly lifetimeYears: number;
  /** Where the figure comes from. */
  readonly source: string;
}

export interface Sci {
  readonly functionalUnit: FunctionalUnit;
  /** How many units the run stands for. */
  readonly units: number | undefined;
  /** kWh at the site, PUE included. */
  readonly energyKwh: number;
  /** gCO2eq/kWh, weighted by energy. */
  readonly intensityGco2eqPerKwh: number | undefined;
  /** E × I, summed hour by hour. */
  readonly operationalGco2eq: number | undefined;
  /** M: total embodied × (metered time / lifetime) × 1, since a run has its host to itself. */
  readonly embodiedGco2eq: number | undefined;
  readonly embodiedSource: string | undefined;
  /** gCO2eq per unit. */
  readonly sciGco2eqPerUnit: number | undefined;
  readonly unknownBecause: string | undefined;
}

/** Hours of a year in the mean of the Gregorian calendar. */
const HOURS_PER_YEAR = 8765.82;

/** What the score is made of. */
type ScoredRun = Pick<ExportedRun, 'emissions' | 'meteredMs' | 'epochs' | 'accuracy' | 'chanceAccuracy'>;
export type SciScore = Omit<Sci, 'energyKwh' | 'intensityGco2eqPerKwh'>;

/** Undefined parts are unknown: a score without M would not be one of the standard. */
export const sciScore = (
  run: ScoredRun,
  unit: FunctionalUnit,
  inferences: number | undefined,
  embodied: Embodied | undefined,
): SciScore => {
  const operational = run.emissions;
  const share = embodied && embodiedShare(embodied, run.meteredMs);
  const units = unitsOf(run, unit, inferences);
  const unknown = [
    operational === undefined ? 'part of its energy has no known intensity' : undefined,
    share === undefined
      ? 'the embodied emissions of the host are not set (LOWTIDE_EMBODIED_KGCO2EQ, with LOWTIDE_EMBODIED_SOURCE)'
      : undefined,
    units === undefined ? `there are no units of ${unit} to divide by` : undefined,
  ].filter((reason) => reason !== undefined);
  return {
    functionalUnit: unit,
    units,
    operationalGco2eq: operational,
    embodiedGco2eq: share,
    embodiedSource: embodied?.source,
    sciGco2eqPerUnit: operational === undefined || share === undefined || units === undefined ? undefined : (operational + share) / units,
    unknownBecause: unknown.length === 0 ? undefined : unknown.join('; '),
  };
};

/** The score with the energy and the mean intensity behind it. */
export const sciOf = (run: ExportedRun, unit: FunctionalUnit, inferences: number | undefined, embodied: Embodied | undefined): Sci => {
  const { functionalUnit, units, ...score } = sciScore(run, unit, inferences, embodied);
  const energyKwh = kilowattHours(run.energy) * run.pue;
  const { operationalGco2eq } = score;
  return {
    functionalUnit,
    units,
    energyKwh,
    intensityGco2eqPerKwh: operationalGco2eq === undefined || energyKwh <= 0 ? undefined : operationalGco2eq / energyKwh,
    ...score,
  };
};

const embodiedShare = ({ total, lifetimeYears }: Embodied, meteredMs: number): GramsCO2eq =>
  grams((total * meteredMs) / (lifetimeYears * HOURS_PER_YEAR * HOUR_MS));

const unitsOf = (
  { epochs, accuracy, chanceAccuracy }: ScoredRun,
  unit: FunctionalUnit,
  inferences: number | undefined,
): number | undefined => {
  const count = {
    run: 1,
    epoch: epochs,
    'accuracy-point': accuracy === undefined ? undefined : 100 * (accuracy - chanceAccuracy),
    inference: inferences,
  }[unit];
  return count !== undefined && count > 0 ? count : undefined;
};
