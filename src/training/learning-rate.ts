/** The learning rate of a step: a linear rise, then the schedule of the spec, as Keras defines it. */
import type { OptimizerSpec } from '../experiment/training-spec.js';

/** @param step from 1 */
export const learningRateAt = ({ learningRate, schedule }: OptimizerSpec, step: number): number => {
  if (schedule === undefined) return learningRate;
  const { name, decaySteps, decayRate, alpha, warmupSteps } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const share = (step - 1 - warmupSteps) / decaySteps;
  if (name === 'exponential-decay') return learningRate * decayRate ** share;
  const cosine = (1 + Math.cos(Math.PI * Math.min(1, share))) / 2;
  return learningRate * ((1 - alpha) * cosine + alpha);
};
