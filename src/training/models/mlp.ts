import { variableMaker, type BuildModel } from './model.js';

/** dense 256, dense 128, dense to the classes; no dropout. */
export const mlp: BuildModel = (operations, [height, width, channels], classes, seed) => {
  const make = variableMaker(seed);
  const pixels = height * width * channels;
  const layers = [
    { weights: make.weights([pixels, 256]), bias: make.bias(256), relu: true },
    { weights: make.weights([256, 128]), bias: make.bias(128), relu: true },
    { weights: make.weights([128, classes]), bias: make.bias(classes), relu: false },
  ];
  return {
    variables: make.variables,
    logits: (images) =>
      layers.reduce((x, { weights, bias, relu }) => operations.dense(x, weights, bias, relu), images.reshape([-1, pixels])),
  };
};
