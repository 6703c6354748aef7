import * as tf from '@tensorflow/tfjs';
import type { BuildModel } from './model-builder.js';
import { seededLayers } from './seeded-layers.js';

/** conv 3×3×32, conv 3×3×64, max-pool 2, dropout 0.25, dense 128, dropout 0.5, dense to the classes. */
export const simpleCnn: BuildModel = ({ shape, classes, seed }, spec) => {
  const { conv2d, dense } = seededLayers(seed, spec);
  return tf.sequential({
    layers: [
      conv2d({ inputShape: [...shape], filters: 32, kernelSize: 3, activation: 'relu' }),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate: 0.25 }),
      tf.layers.flatten(),
      dense({ units: 128, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.5 }),
      dense({ units: classes }),
    ],
  });
};
