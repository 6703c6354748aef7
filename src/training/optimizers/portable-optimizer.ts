/** Optimisers that run on any backend, in terms of tfjs' operations. */
import type * as tf from '@tensorflow/tfjs';
import type { OptimizerSpec } from '../../experiment/training-spec.js';
import { Adamax } from './adamax.js';
import type { Optimizer } from './optimizer.js';
import { StockOptimizer } from './stock-optimizer.js';

export const portableOptimizer = ({ name, ...settings }: OptimizerSpec, variables: readonly tf.Variable[]): Optimizer =>
  name === 'adamax' ? new Adamax(variables) : new StockOptimizer({ ...settings, name }, variables);
