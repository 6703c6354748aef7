/** Our operations in terms of tfjs' own, for backends that have all gradients themselves. */
import * as tf from '@tensorflow/tfjs';
import type { Operations } from '../kernels/operations.js';

export const stockOperations: Operations = {
  convolve(x, filter, bias, relu, { strides, pad }) {
    const sums = tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad), bias);
    return relu ? tf.relu(sums) : sums;
  },
  dense(x, weights, bias, relu) {
    const sums = tf.add(tf.matMul(x, weights), bias);
    return relu ? tf.relu(sums) : sums;
  },
  dropout: (x, keys, rate) => (rate === 0 ? x : tf.mul(x, maskOf(x, keys, rate))),
  batchNorm(x, gamma, beta, epsilon) {
    const leading = Array.from({ length: x.rank - 1 }, (_none, axis) => axis);
    const { mean, variance } = tf.moments(x, leading);
    const [of, around] = [mean as tf.Tensor1D, variance as tf.Tensor1D];
    return { y: tf.batchNorm(x, of, around, beta as tf.Tensor1D, gamma as tf.Tensor1D, epsilon), mean, variance };
  },
  softmaxLoss: (logits, classes) =>
    tf.losses.softmaxCrossEntropy(tf.oneHot(classes as tf.Tensor1D, logits.shape[1]!).toFloat(), logits).asScalar(),
};

const GOLDEN = 0x9e3779b9;

/** The masks of the kernels: by the hash lowbias32 (Chris Wellons, public domain) of a row's key and an element's index. */
const maskOf = (x: tf.Tensor, keys: tf.Tensor, rate: number): tf.Tensor => {
  const rows = x.shape[0]!;
  const columns = x.size / rows;
  const threshold = Math.round(rate * 2 ** 32);
  const scale = 1 / (1 - rate);
  const rowKeys = keysOf(keys);
  const mask = new Float32Array(x.size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let hash = (rowKeys[row]! + Math.imul(column, GOLDEN)) >>> 0;
      hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d) >>> 0;
      hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b) >>> 0;
      if ((hash ^ (hash >>> 16)) >>> 0 >= threshold) mask[row * columns + column] = scale;
    }
  }
  return tf.tensor(mask, x.shape);
};

/** Values that were uploaded just now; the WebGPU backend, which cannot read synchronously, still has them at hand. */
const keysOf = (keys: tf.Tensor): Int32Array => keys.dataSync() as Int32Array;
