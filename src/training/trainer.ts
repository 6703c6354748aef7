/** A model in training: effective batches by accumulation, evaluation, and its state for a checkpoint. */
import * as tf from '@tensorflow/tfjs';
import { DATASETS } from '../experiment/catalogue.js';
import { stepsPerEpoch, type TrainingSpec } from '../experiment/spec.js';
import { derivedSeed, seededRandom } from '../units/random.js';
import { Adam } from './adam.js';
import type { TrainerState } from './checkpoint.js';
import type { Dataset, LabelledImages } from './datasets/dataset.js';
import { DATASET_LOADERS } from './datasets/registry.js';
import type { Heap } from './kernels/heap.js';
import { operationsOn } from './kernels/operations.js';
import type { Model } from './models/model.js';
import { MODEL_BUILDERS } from './models/registry.js';

/** Purposes of the seeds derived from a run's seed. */
const SEED = { weights: 1, order: 2, dropout: 3 } as const;

/** The loss stopped being a number at this step. */
export class LossNotFinite extends Error {
  constructor(
    readonly step: number,
    loss: number,
  ) {
    super(`the training loss became ${loss} at step ${step}; lower the learning rate (the last checkpoint before it is kept)`);
    this.name = 'LossNotFinite';
  }
}

export class Trainer {
  private readonly model: Model;
  private readonly adam: Adam;
  private readonly data: Dataset;
  private readonly classes: number;
  private readonly imageShape: readonly [number, number, number];
  private order: Uint32Array | undefined;
  private orderedEpoch = -1;

  constructor(
    private readonly heap: Heap,
    private readonly training: TrainingSpec,
  ) {
    const { dataset, model, optimizer, seed } = training;
    this.data = DATASET_LOADERS[dataset.name](dataset.trainImages, dataset.testImages);
    ({ classes: this.classes, imageShape: this.imageShape } = DATASETS[dataset.name]);
    this.model = MODEL_BUILDERS[model.name](operationsOn(heap), this.imageShape, this.classes, derivedSeed(seed, SEED.weights));
    this.adam = new Adam(heap, this.model.variables, optimizer.learningRate);
  }

  get stepsTaken(): number {
    return this.adam.stepsTaken;
  }

  get trainableParameters(): number {
    return this.model.variables.reduce((sum, { size }) => sum + size, 0);
  }

  /** One optimiser step on the next effective batch; the mean loss per image and the number of images. */
  step(): { readonly loss: number; readonly images: number } {
    const perEpoch = stepsPerEpoch(this.training);
    const epoch = Math.floor(this.stepsTaken / perEpoch);
    const from = (this.stepsTaken % perEpoch) * this.training.batchSize;
    const batch = this.orderOf(epoch).subarray(from, from + this.training.batchSize);
    const { loss, gradients } = this.averagedGradients(batch, epoch);
    if (!Number.isFinite(loss)) {
      tf.dispose([...gradients]);
      throw new LossNotFinite(this.stepsTaken + 1, loss);
    }
    this.adam.step(gradients);
    tf.dispose([...gradients]);
    return { loss, images: batch.length };
  }

  /** The gradient of the mean loss over a batch, micro-batch by micro-batch, each weighted by its share of the images. */
  averagedGradients(batch: Uint32Array, epoch: number): { readonly loss: number; readonly gradients: readonly tf.Tensor[] } {
    const { microBatchSize } = this.training;
    if (batch.length <= microBatchSize) return this.gradients(batch, epoch);
    const sums = this.model.variables.map(({ shape }) => tf.keep(tf.zeros(shape)));
    let loss = 0;
    for (let from = 0; from < batch.length; from += microBatchSize) {
      const micro = batch.subarray(from, from + microBatchSize);
      const share = micro.length / batch.length;
      const part = this.gradients(micro, epoch);
      part.gradients.forEach((gradient, index) => {
        const sum = sums[index]!;
        this.heap.kernels.addScaled(this.heap.addressOf(sum), this.heap.addressOf(gradient), sum.size, share);
      });
      tf.dispose([...part.gradients]);
      loss += part.loss * share;
    }
    return { loss, gradients: sums };
  }

  /** Accuracy and loss on test images from `from` up to `to`: counts that add up over calls. */
  evaluateBatch(from: number, to: number): { readonly right: number; readonly lossSum: number } {
    const { test } = this.data;
    const logits = tf.tidy(() =>
      this.model
        .logits(
          this.images(test, to - from, (row) => from + row),
          undefined,
        )
        .dataSync(),
    ) as Float32Array;
    let right = 0;
    let lossSum = 0;
    for (let row = 0; row < to - from; row++) {
      const scores = logits.subarray(row * this.classes, (row + 1) * this.classes);
      const label = test.labels[from + row]!;
      const highest = scores.reduce((best, score) => Math.max(best, score), -Infinity);
      if (scores.indexOf(highest) === label) right += 1;
      lossSum += highest - scores[label]! + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0));
    }
    return { right, lossSum };
  }

  /** Everything a checkpoint keeps. */
  state(progress: Pick<TrainerState, 'evaluated' | 'epochLossSum' | 'epochImages'>): TrainerState {
    const { variables } = this.model;
    const tensors = [...variables, ...this.adam.moments.map(({ mean }) => mean), ...this.adam.moments.map(({ square }) => square)];
    return { ...progress, step: this.stepsTaken, arrays: tensors.map((tensor) => tensor.dataSync().slice() as Float32Array) };
  }

  restore(state: TrainerState): void {
    const { variables } = this.model;
    const count = variables.length;
    variables.forEach((variable, index) => {
      const values = tf.tensor(state.arrays[index]!, variable.shape);
      variable.assign(values);
      values.dispose();
    });
    this.adam.restore(
      state.step,
      variables.map((_variable, index) => ({ mean: state.arrays[count + index]!, square: state.arrays[2 * count + index]! })),
    );
  }

  dispose(): void {
    this.adam.dispose();
    tf.dispose([...this.model.variables]);
  }

  private gradients(batch: Uint32Array, epoch: number): { readonly loss: number; readonly gradients: readonly tf.Tensor[] } {
    const { train } = this.data;
    const x = this.images(train, batch.length, (row) => batch[row]!);
    const labels = tf.tensor1d(
      Int32Array.from(batch, (image) => train.labels[image]!),
      'int32',
    );
    const keys: tf.Tensor[] = [];
    const keysOf = (layer: number): tf.Tensor => (keys[layer] ??= tf.keep(this.dropoutKeys(batch, epoch, layer)));
    const variables = [...this.model.variables];
    const { value, grads } = tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(tf.oneHot(labels, this.classes).toFloat(), this.model.logits(x, keysOf)).asScalar(),
      variables,
    );
    const loss = value.dataSync()[0]!;
    tf.dispose([x, labels, value, ...keys]);
    return { loss, gradients: variables.map(({ name }) => grads[name]!) };
  }

  private dropoutKeys(batch: Uint32Array, epoch: number, layer: number): tf.Tensor {
    const { seed } = this.training;
    return tf.tensor1d(
      Int32Array.from(batch, (image) => derivedSeed(seed, SEED.dropout, layer, epoch, image)),
      'int32',
    );
  }

  private images(from: LabelledImages, count: number, indexOf: (row: number) => number): tf.Tensor {
    const { pixels } = from;
    const values = new Float32Array(count * pixels);
    for (let row = 0; row < count; row++) {
      const source = indexOf(row) * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) values[row * pixels + pixel] = from.images[source + pixel]! / 255;
    }
    return tf.tensor(values, [count, ...this.imageShape]);
  }

  /** The epoch's order of training images: Fisher and Yates' shuffle from the run's seed and the epoch. */
  private orderOf(epoch: number): Uint32Array {
    if (this.order !== undefined && this.orderedEpoch === epoch) return this.order;
    const order = Uint32Array.from({ length: this.training.dataset.trainImages }, (_none, index) => index);
    const random = seededRandom(derivedSeed(this.training.seed, SEED.order, epoch));
    for (let index = order.length - 1; index > 0; index--) {
      const other = Math.floor(random.next() * (index + 1));
      [order[index], order[other]] = [order[other]!, order[index]!];
    }
    this.order = order;
    this.orderedEpoch = epoch;
    return order;
  }
}
