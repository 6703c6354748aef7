/** Whether training has stopped getting better, by the evaluations along the way. */
import type { EarlyStoppingSpec } from '../experiment/training-spec.js';

/** Kept in checkpoints, so that a pause does not forget. */
export interface Patience {
  readonly best: number | null;
  /** Evaluations since. */
  readonly waited: number;
}

export const NO_PATIENCE_USED: Patience = { best: null, waited: 0 };

/** As tf.callbacks.earlyStopping counts: better is by more than minDelta. */
export const afterEvaluation = (
  { monitor, minDelta }: EarlyStoppingSpec,
  { best, waited }: Patience,
  evaluation: { readonly loss: number; readonly accuracy: number },
): Patience => {
  const value = monitor === 'val_loss' ? evaluation.loss : evaluation.accuracy;
  const gain = best === null ? Infinity : monitor === 'val_loss' ? best - value : value - best;
  return gain > minDelta ? { best: value, waited: 0 } : { best, waited: waited + 1 };
};
