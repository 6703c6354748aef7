/** What a builder of models is given and gives. */
import type * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../../experiment/training-spec.js';

export interface ModelInput {
  /** Of one example. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** Of texts: how many words there are. */
  readonly vocabulary?: number;
  readonly seed: number;
}

/** Builds a model from examples to logits, its weights drawn from the seed. @throws ModelError */
export type BuildModel = (input: ModelInput, spec: ModelSpec) => tf.LayersModel | Promise<tf.LayersModel>;
