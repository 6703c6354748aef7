import type { BuildModel } from './model.js';
import { variableMaker } from './model.js';

/** conv 3×3×32, conv 3×3×64, max-pool 2, dropout 0.25, dense 128, dropout 0.5, dense to the classes. */
export const simpleCnn: BuildModel = (operations, [height, width, channels], classes, seed) => {
  const make = variableMaker(seed);
  const flat = Math.floor((height - 4) / 2) * Math.floor((width - 4) / 2) * 64;
  const conv1 = { filter: make.weights([3, 3, channels, 32]), bias: make.bias(32) };
  const conv2 = { filter: make.weights([3, 3, 32, 64]), bias: make.bias(64) };
  const dense1 = { weights: make.weights([flat, 128]), bias: make.bias(128) };
  const dense2 = { weights: make.weights([128, classes]), bias: make.bias(classes) };
  return {
    variables: make.variables,
    logits(images, dropout) {
      const first = operations.convolve(images, conv1.filter, conv1.bias, true);
      const second = operations.convolve(first, conv2.filter, conv2.bias, true);
      const pooled = operations.maxPool(second, 2).reshape([-1, flat]);
      const thinned = dropout === undefined ? pooled : operations.dropout(pooled, dropout(0), 0.25);
      const hidden = operations.dense(thinned, dense1.weights, dense1.bias, true);
      const sparse = dropout === undefined ? hidden : operations.dropout(hidden, dropout(1), 0.5);
      return operations.dense(sparse, dense2.weights, dense2.bias, false);
    },
  };
};
