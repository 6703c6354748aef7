// The parts of @tensorflow/tfjs that a trainer needs: no converter, no data pipelines, no WebGL and no cpu backend.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
