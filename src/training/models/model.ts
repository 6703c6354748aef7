/** What a model is to the training loop: variables and a forward pass. */
import * as tf from '@tensorflow/tfjs';
import { derivedSeed } from '../../units/random.js';
import type { Operations } from '../kernels/operations.js';

/** Per-row keys of a dropout layer's masks; undefined when evaluating, where nothing is dropped. */
export type DropoutKeys = ((layer: number) => tf.Tensor) | undefined;

export interface Model {
  /** In a fixed order. */
  readonly variables: readonly tf.Variable[];
  /** Images [N, height, width, channels] to logits [N, classes]. */
  logits(images: tf.Tensor, dropout: DropoutKeys): tf.Tensor;
}

export type BuildModel = (operations: Operations, imageShape: readonly [number, number, number], classes: number, seed: number) => Model;

/** Makes variables: weights by seeded Glorot uniform (Glorot and Bengio, 2010), biases zero. */
export const variableMaker = (seed: number) => {
  const variables: tf.Variable[] = [];
  return {
    variables,
    weights(shape: readonly number[]): tf.Variable {
      const initializer = tf.initializers.glorotUniform({ seed: derivedSeed(seed, variables.length) });
      return keep(variables, tf.variable(initializer.apply([...shape])));
    },
    bias: (size: number): tf.Variable => keep(variables, tf.variable(tf.zeros([size]))),
  };
};

const keep = (variables: tf.Variable[], variable: tf.Variable): tf.Variable => {
  variables.push(variable);
  return variable;
};
