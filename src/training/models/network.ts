/** A layers model of tfjs as the training loop uses it: its layers lowered onto our operations where we have them. */
import type * as tf from '@tensorflow/tfjs';
import type { ConvolutionAttributes } from '../kernels/overrides.js';
import type { Operations } from '../kernels/operations.js';

/** Per-row keys of a dropout layer's masks; undefined when evaluating, where nothing is dropped. */
export type DropoutKeys = ((layer: number) => tf.Tensor) | undefined;

export interface Network {
  /** What training changes, in a fixed order. */
  readonly variables: readonly tf.Variable[];
  /** What only a forward pass changes: the running statistics of batch normalisation. */
  readonly statistics: readonly tf.Variable[];
  /** Whether statistics are taken over a micro-batch, so that accumulating is not the same as a whole batch. */
  readonly normalisesBatches: boolean;
  /** Inputs [N, ...] to logits [N, classes]. */
  logits(inputs: tf.Tensor, dropout: DropoutKeys): tf.Tensor;
  /** Penalties of the layers' regularisers, one scalar each. */
  penalties(): readonly tf.Scalar[];
  dispose(): void;
}

/** The parts of tfjs' layers that are not in their types. */
interface Inside {
  readonly activation?: { getClassName(): string };
  readonly kernel?: { read(): tf.Tensor };
  readonly bias?: { read(): tf.Tensor } | null;
  readonly strides?: [number, number];
  readonly padding?: 'valid' | 'same';
  readonly dataFormat?: string;
  readonly dilationRate?: [number, number];
  readonly rate?: number;
  readonly axis?: number;
  readonly gamma?: { read(): tf.Tensor };
  readonly beta?: { read(): tf.Tensor };
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly movingMean?: tf.LayerVariable;
  readonly movingVariance?: tf.LayerVariable;
}

export const networkOf = (model: tf.LayersModel, operations: Operations): Network => {
  let dropout: DropoutKeys;
  let dropoutLayers = 0;
  for (const layer of model.layers) {
    if (layer.getClassName() === 'Dropout') lowerDropout(layer, operations, dropoutLayers++, () => dropout);
    else if (layer.getClassName() === 'BatchNormalization') lowerBatchNorm(layer, operations);
    else lower(layer, operations);
  }
  const chain = isChain(model);
  return {
    variables: model.trainableWeights.map(variableOf),
    statistics: model.nonTrainableWeights.map(variableOf),
    normalisesBatches: model.layers.some((layer) => layer.getClassName() === 'BatchNormalization'),
    logits(inputs, keys) {
      dropout = keys;
      const training = keys !== undefined;
      // A chain of layers is walked here: the model's own executor costs as much as a small layer.
      if (chain) return model.layers.reduce((x, layer) => only(layer.call([x], { training })), inputs);
      return only(model.apply(inputs, { training }) as tf.Tensor);
    },
    penalties: () => model.calculateLosses(),
    dispose() {
      model.dispose();
    },
  };
};

const variableOf = (weight: tf.LayerVariable): tf.Variable => (weight as unknown as { readonly val: tf.Variable }).val;

const only = (outputs: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(outputs) ? outputs[0]! : outputs);

const isChain = (model: tf.LayersModel): boolean =>
  model.getClassName() === 'Sequential' &&
  model.layers.every((layer) => layer.getClassName() !== 'Sequential' && layer.getClassName() !== 'Model');

/** Dense and convolution layers with bias and no activation or ReLU; anything else stays tfjs' own. */
const lower = (layer: tf.layers.Layer, operations: Operations): void => {
  const { activation, kernel, bias, strides, padding, dataFormat, dilationRate } = layer as unknown as Inside;
  const name = activation?.getClassName();
  if (kernel === undefined || bias === undefined || bias === null || (name !== 'relu' && name !== 'linear')) return;
  const stock = layer.call.bind(layer);
  if (layer.getClassName() === 'Dense') {
    layer.call = (inputs, options) => {
      const x = only(inputs);
      return x.rank === 2 ? operations.dense(x, kernel.read(), bias.read(), name === 'relu') : stock(inputs, options);
    };
  }
  if (layer.getClassName() !== 'Conv2D' || dataFormat !== 'channelsLast' || !dilationRate!.every((rate) => rate === 1)) return;
  const attributes: ConvolutionAttributes = { strides: strides!, pad: padding! };
  layer.call = (inputs) => operations.convolve(only(inputs), kernel.read(), bias.read(), name === 'relu', attributes);
};

/** Over the last axis, with scale and offset; while training. */
const lowerBatchNorm = (layer: tf.layers.Layer, operations: Operations): void => {
  const { axis, gamma, beta, epsilon, momentum, movingMean, movingVariance } = layer as unknown as Inside;
  if (gamma === undefined || beta === undefined || movingMean === undefined || movingVariance === undefined) return;
  const stock = layer.call.bind(layer);
  const move = (average: tf.LayerVariable, value: tf.Tensor) => {
    const before = average.read();
    average.write(before.sub(before.sub(value).mul(1 - momentum!)));
  };
  layer.call = (inputs, options) => {
    const x = only(inputs);
    if (options['training'] !== true || (axis !== -1 && axis !== x.rank - 1)) return stock(inputs, options);
    const { y, mean, variance } = operations.batchNorm(x, gamma.read(), beta.read(), epsilon!);
    move(movingMean, mean);
    move(movingVariance, variance);
    return y;
  };
};

const lowerDropout = (layer: tf.layers.Layer, operations: Operations, index: number, keys: () => DropoutKeys): void => {
  const { rate } = layer as unknown as Inside;
  layer.call = (inputs) => {
    const current = keys();
    const x = only(inputs);
    return current === undefined ? x : operations.dropout(x, current(index), rate!);
  };
};
