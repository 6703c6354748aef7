import * as tf from '@tensorflow/tfjs';
import type { BuildModel } from './model-builder.js';
import { seededLayers } from './seeded-layers.js';

/** dense 256, dense 128, dense to the classes; no dropout. */
export const mlp: BuildModel = ({ shape, classes, seed }, spec) => {
  const { dense } = seededLayers(seed, spec);
  return tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [...shape] }),
      dense({ units: 256, activation: 'relu' }),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: classes }),
    ],
  });
};
