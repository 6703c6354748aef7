/** Layers of tfjs whose weights are drawn from one seed, by Glorot uniform (Glorot and Bengio, 2010); biases begin at zero. */
import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../../experiment/training-spec.js';
import { derivedSeed } from '../../units/random.js';

type Conv2dSettings = Parameters<typeof tf.layers.conv2d>[0];
type DenseSettings = Parameters<typeof tf.layers.dense>[0];

export const seededLayers = (seed: number, { kernelRegularizer }: ModelSpec) => {
  let layers = 0;
  const kernelInitializer = () => tf.initializers.glorotUniform({ seed: derivedSeed(seed, layers++) });
  const penalised = () => (kernelRegularizer === undefined ? {} : { kernelRegularizer: tf.regularizers.l1l2(kernelRegularizer) });
  return {
    conv2d: (settings: Conv2dSettings) => tf.layers.conv2d({ kernelInitializer: kernelInitializer(), ...penalised(), ...settings }),
    dense: (settings: DenseSettings) => tf.layers.dense({ kernelInitializer: kernelInitializer(), ...penalised(), ...settings }),
    embedding: (inputDim: number, outputDim: number, inputLength: number) =>
      tf.layers.embedding({
        ...{ inputDim, outputDim, inputLength },
        embeddingsInitializer: tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed: derivedSeed(seed, layers++) }),
      }),
  };
};
