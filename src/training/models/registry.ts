/** Builders of the catalogue's models: a new one is its file and one line here. */
import type { ModelName } from '../../experiment/catalogue.js';
import { mlp } from './mlp.js';
import type { BuildModel } from './model.js';
import { simpleCnn } from './simple-cnn.js';

export const MODEL_BUILDERS: Readonly<Record<ModelName, BuildModel>> = { 'simple-cnn': simpleCnn, mlp };
