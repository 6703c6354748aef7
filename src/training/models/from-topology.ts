/** A model from the JSON of a tfjs layers model, within limits: known layers, a bounded size, weights from the seed. */
import * as tf from '@tensorflow/tfjs';
import { derivedSeed } from '../../units/random.js';
import type { BuildModel, ModelInput } from './model-builder.js';
import { ModelError } from './model-error.js';

const MOST_LAYERS = 200;
const MOST_PARAMETERS = 50_000_000;

/** Layers that train here, and whose randomness, if any, is keyed by sample. */
const LAYERS = [
  ...['InputLayer', 'Dense', 'Activation', 'ReLU', 'LeakyReLU', 'ELU', 'Dropout', 'Flatten', 'Reshape', 'Permute', 'Embedding'],
  ...['Conv1D', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'ZeroPadding2D', 'BatchNormalization', 'LayerNormalization'],
  ...['MaxPooling2D', 'AveragePooling2D', 'GlobalMaxPooling2D', 'GlobalAveragePooling2D', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D'],
  ...['Add', 'Average', 'Multiply', 'Maximum', 'Concatenate'],
];

interface LayerJson {
  readonly class_name?: unknown;
  readonly config?: Record<string, unknown>;
}

/** The last layer's softmax, if it has one, is left to the loss. @throws ModelError naming what is wrong */
export const fromTopology: BuildModel = async (input, { topology }) => {
  const json = parsed(topology ?? '');
  const layers = layersOf(json);
  if (layers.length > MOST_LAYERS) throw new ModelError(`the topology has ${layers.length} layers, at most ${MOST_LAYERS} are allowed`);
  layers.forEach((layer, index) => {
    prepare(layer, index, input.seed);
  });
  const last = layers.at(-1)?.config;
  if (last?.['activation'] === 'softmax') last['activation'] = 'linear';
  const model = await built(json);
  expectFit(model, input);
  return model;
};

const parsed = (text: string): Record<string, unknown> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (failure) {
    throw new ModelError(`the topology is not JSON: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
  // What `model.toJSON()` gives is itself a text in some uses; model.json of a saved model holds it as modelTopology.
  if (typeof json === 'string') return parsed(json);
  if (typeof json !== 'object' || json === null) throw new ModelError('the topology is not an object');
  const whole = json as Record<string, unknown>;
  const saved = whole['modelTopology'];
  return typeof saved === 'object' && saved !== null ? (saved as Record<string, unknown>) : whole;
};

const layersOf = (json: Record<string, unknown>): LayerJson[] => {
  const model = (json['model_config'] ?? json) as { readonly config?: unknown };
  const config = model.config as { readonly layers?: unknown } | unknown[] | undefined;
  const layers = Array.isArray(config) ? config : config?.layers;
  if (!Array.isArray(layers)) throw new ModelError('the topology has no layers (`config.layers`)');
  return layers as LayerJson[];
};

const prepare = ({ class_name: name, config }: LayerJson, index: number, seed: number): void => {
  if (typeof name !== 'string' || !LAYERS.includes(name) || typeof config !== 'object')
    throw new ModelError(`layer ${index} of the topology is ${JSON.stringify(name)}, allowed are ${LAYERS.join(', ')}`);
  Object.entries(config).forEach(([key, value], place) => {
    const initializer = value as { readonly config?: Record<string, unknown> } | null;
    if (!key.endsWith('_initializer') && !key.endsWith('Initializer')) return;
    if (typeof initializer?.config === 'object') initializer.config['seed'] = derivedSeed(seed, index, place);
  });
};

const built = async (json: Record<string, unknown>): Promise<tf.LayersModel> => {
  try {
    return await tf.models.modelFromJSON(json as unknown as Parameters<typeof tf.models.modelFromJSON>[0]);
  } catch (failure) {
    throw new ModelError(`tfjs cannot build the topology: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
};

const expectFit = (model: tf.LayersModel, { shape, classes }: ModelInput): void => {
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new ModelError(`the topology has ${model.inputs.length} inputs and ${model.outputs.length} outputs, one of each is needed`);
  const [taken, given] = [model.inputs[0]!.shape.slice(1), model.outputs[0]!.shape.slice(1)];
  if (taken.length !== shape.length || taken.some((length, axis) => length !== null && length !== shape[axis]))
    throw new ModelError(`the topology takes [${taken.join(', ')}], an example of the dataset is [${shape.join(', ')}]`);
  if (given.length !== 1 || given[0] !== classes)
    throw new ModelError(`the topology gives [${given.join(', ')}], the dataset has ${classes} classes`);
  const parameters = model.countParams();
  if (parameters > MOST_PARAMETERS)
    throw new ModelError(`the topology has ${parameters} parameters, at most ${MOST_PARAMETERS} are allowed`);
};
