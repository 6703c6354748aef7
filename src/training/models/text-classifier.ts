import * as tf from '@tensorflow/tfjs';
import type { BuildModel } from './model-builder.js';
import { ModelError } from './model-error.js';
import { seededLayers } from './seeded-layers.js';

/** embedding 32, mean over the text, dense 32, dropout 0.5, dense to the classes. */
export const textClassifier: BuildModel = ({ shape, classes, vocabulary, seed }, spec) => {
  if (vocabulary === undefined) throw new ModelError('text-classifier takes texts, this dataset holds none');
  const { dense, embedding } = seededLayers(seed, spec);
  return tf.sequential({
    layers: [
      embedding(vocabulary, 32, shape[0]!),
      tf.layers.globalAveragePooling1d({}),
      dense({ units: 32, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.5 }),
      dense({ units: classes }),
    ],
  });
};
