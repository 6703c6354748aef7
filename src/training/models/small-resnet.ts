import * as tf from '@tensorflow/tfjs';
import type { BuildModel } from './model-builder.js';
import { seededLayers } from './seeded-layers.js';

/**
 * A residual network (He et al., 2016) for small images: conv 3×3×16, then one block each of 16, 32 and 64 filters, the
 * last two halving the image, with batch normalisation after each convolution; global average pooling; dense to the classes.
 */
export const smallResnet: BuildModel = ({ shape, classes, seed }, spec) => {
  const { conv2d, dense } = seededLayers(seed, spec);
  const convolved = (x: tf.SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    tf.layers.batchNormalization().apply(conv2d({ filters, kernelSize, strides, padding: 'same' }).apply(x)) as tf.SymbolicTensor;
  const relu = (x: tf.SymbolicTensor) => tf.layers.activation({ activation: 'relu' }).apply(x) as tf.SymbolicTensor;
  const block = (x: tf.SymbolicTensor, filters: number, strides: number) => {
    const inner = convolved(relu(convolved(x, filters, 3, strides)), filters, 3, 1);
    const shortcut = strides === 1 ? x : convolved(x, filters, 1, strides);
    return relu(tf.layers.add().apply([inner, shortcut]) as tf.SymbolicTensor);
  };
  const images = tf.input({ shape: [...shape] });
  const blocks = block(block(block(relu(convolved(images, 16, 3, 1)), 16, 1), 32, 2), 64, 2);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(blocks) as tf.SymbolicTensor;
  return tf.model({ inputs: images, outputs: dense({ units: classes }).apply(pooled) as tf.SymbolicTensor });
};
