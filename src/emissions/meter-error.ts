/** How far a metered figure may be from the truth, by how it is known. */
import type { EnergyMethod } from '../energy/sample.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { Range } from './accuracy.js';

/** Count energy or read power; what they are off by, some per cent, is not in the range. */
const MEASURING: readonly EnergyMethod[] = ['rapl', 'nvml-energy', 'nvml-power', 'nvidia-smi', 'amdgpu-power'];

/** A model's figure was up to so much of the measured one away from it (Fischer 2025, arXiv 2509.22092). */
const MODEL_DEVIATION = 0.4;

/**
 * What may really have been emitted: the part of measured energy as it is, the part of modelled energy m between m / 1.4 and
 * m / 0.6. Undefined when nothing was metered. Two runs on the same meter err together: their ranges say nothing about
 * which of them emitted more.
 */
export const emissionsRange = (
  emissions: GramsCO2eq,
  components: readonly { readonly method: EnergyMethod; readonly energy: number }[],
): Range<GramsCO2eq> | undefined => {
  const whole = components.reduce((sum, { energy }) => sum + energy, 0);
  if (whole <= 0) return undefined;
  const measured = components.reduce((sum, { method, energy }) => (MEASURING.includes(method) ? sum + energy : sum), 0) / whole;
  const at = (deviation: number): GramsCO2eq => grams(emissions * (measured + (1 - measured) / (1 + deviation)));
  return [at(MODEL_DEVIATION), at(-MODEL_DEVIATION)];
};
