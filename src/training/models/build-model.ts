/** Builders of the catalogue's models: a new one is its file and one line here. */
import type { ModelName } from '../../experiment/catalogue.js';
import { fromTopology } from './from-topology.js';
import { mlp } from './mlp.js';
import type { BuildModel } from './model-builder.js';
import { simpleCnn } from './simple-cnn.js';
import { smallResnet } from './small-resnet.js';
import { textClassifier } from './text-classifier.js';

const BUILDERS: Readonly<Record<ModelName, BuildModel>> = {
  'simple-cnn': simpleCnn,
  mlp,
  'small-resnet': smallResnet,
  'text-classifier': textClassifier,
  layers: fromTopology,
};

export const buildModel: BuildModel = (input, spec) => BUILDERS[spec.name](input, spec);
