/** A model in training: effective batches by accumulation, evaluation, and its state for a checkpoint. */
import * as tf from '@tensorflow/tfjs';
import { stepsPerEpoch, totalSteps, type TrainingSpec } from '../experiment/training-spec.js';
import { derivedSeed } from '../units/random.js';
import type { TrainingBackend } from './backends/backend.js';
import { classesOf, inputsOf, shuffledOrder, type Augmentation } from './datasets/batches.js';
import { isOnDisk, type TrainingData } from './datasets/dataset.js';
import { loadDataset } from './datasets/load-dataset.js';
import type { ReadAhead } from './datasets/read-ahead.js';
import { rowsFrom, rowsOf, type Rows } from './datasets/rows.js';
import { learningRateAt } from './learning-rate.js';
import { buildModel } from './models/build-model.js';
import { networkOf, type Network } from './models/network.js';
import type { Optimizer, Slot } from './optimizers/optimizer.js';

/** Purposes of the seeds derived from a run's seed. */
const SEED = { weights: 1, order: 2, dropout: 3, augmentation: 4 } as const;

/** The loss stopped being a number at this step. */
export class LossNotFinite extends Error {
  constructor(
    readonly step: number,
    loss: number,
  ) {
    super(`the training loss became ${loss} at step ${step}; lower the learning rate`);
    this.name = 'LossNotFinite';
  }
}

/** What a checkpoint keeps of a trainer. Order, dropout and augmentation need no state: they follow from seed, epoch and example. */
export interface TrainerState {
  /** Optimiser steps done: the cursor into the data as well. */
  readonly step: number;
  /** Variables, then running statistics, in the network's order. */
  readonly weights: readonly Float32Array[];
  readonly slots: readonly Slot[];
}

export class Trainer {
  private readonly optimizer: Optimizer;
  private readonly trainRows: (indices: Uint32Array) => Rows;
  private readonly testRows: (indices: Uint32Array) => Rows;
  /** By epoch: the current one, and the next where it is read ahead. */
  private readonly orders = new Map<number, Uint32Array>();
  /** What is yet to be asked for of `ahead`. */
  private upcoming: Generator<Uint32Array, void> | undefined;
  private waited = 0;

  private constructor(
    private readonly backend: TrainingBackend,
    private readonly training: TrainingSpec,
    private readonly data: TrainingData,
    private readonly network: Network,
    private readonly ahead: ReadAhead | undefined,
  ) {
    this.trainRows = rowsFrom(data.train);
    this.testRows = rowsFrom(data.test);
    this.optimizer = backend.optimizer(training.optimizer, network.variables);
  }

  /**
   * @param ahead reads the training examples, where they are on disk, before they are needed
   * @throws DatasetError, ModelError
   */
  static async open(
    backend: TrainingBackend,
    training: TrainingSpec,
    data: TrainingData = loadDataset(training.dataset),
    ahead?: ReadAhead,
  ): Promise<Trainer> {
    const { vocabulary, train } = data;
    const { classes } = training.dataset;
    const input = { shape: train.shape, classes, seed: derivedSeed(training.seed, SEED.weights) };
    const model = await buildModel(vocabulary === undefined ? input : { ...input, vocabulary }, training.model);
    return new Trainer(backend, training, data, networkOf(model, backend.operations), ahead);
  }

  /** Examples in memory at once. */
  get microBatchSize(): number {
    return this.training.microBatchSize;
  }

  get stepsTaken(): number {
    return this.optimizer.stepsTaken;
  }

  /** Milliseconds waited so far for training examples to be at hand; making tensors of them is training. */
  get dataMs(): number {
    return this.waited;
  }

  get trainableParameters(): number {
    return this.network.variables.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether accumulating over micro-batches is not the same as the whole batch, because statistics are taken over each. */
  get accumulatesUnequally(): boolean {
    return this.network.normalisesBatches && this.microBatchSize < this.training.batchSize;
  }

  /** One optimiser step on the next effective batch; the mean loss per example and the number of examples. */
  async step(): Promise<{ readonly loss: number; readonly images: number }> {
    const { batch, epoch } = this.batchOf(this.stepsTaken);
    for (const known of this.orders.keys()) if (known < epoch) this.orders.delete(known);
    const { loss, gradients } = await this.averagedGradients(batch, epoch);
    try {
      const step = this.stepsTaken + 1;
      if (!Number.isFinite(loss)) throw new LossNotFinite(step, loss);
      this.optimizer.step(gradients, learningRateAt(this.training.optimizer, step));
    } finally {
      tf.dispose([...gradients]);
    }
    return { loss, images: batch.length };
  }

  /** The gradient of the mean loss over a batch, micro-batch by micro-batch, each weighted by its share of the examples. */
  async averagedGradients(batch: Uint32Array, epoch: number): Promise<{ readonly loss: number; readonly gradients: readonly tf.Tensor[] }> {
    let sums: tf.Tensor[] = [];
    let loss = 0;
    try {
      for (const micro of this.microBatchesOf(batch)) {
        const part = await this.gradients(micro, epoch, micro.length / batch.length);
        const before = sums;
        sums = part.gradients.map((gradient, index) => (before[index] === undefined ? gradient : addedUp(before[index], gradient)));
        loss += part.loss;
      }
    } catch (failure) {
      tf.dispose(sums);
      throw failure;
    }
    return { loss, gradients: sums };
  }

  /** Accuracy and loss on test examples from `from` up to `to`: counts that add up over calls. */
  async evaluateBatch(from: number, to: number): Promise<{ readonly right: number; readonly lossSum: number }> {
    const indices = Uint32Array.from({ length: to - from }, (_none, row) => from + row);
    const rows = this.testRows(indices);
    const logits = tf.tidy(() => this.network.logits(inputsOf(this.backend, this.data.test.shape, rows, indices), undefined));
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    const { classes } = this.training.dataset;
    let right = 0;
    let lossSum = 0;
    for (let row = 0; row < indices.length; row++) {
      const scores = values.subarray(row * classes, (row + 1) * classes);
      const label = this.data.test.labels[from + row]!;
      const highest = scores.reduce((best, score) => Math.max(best, score), -Infinity);
      if (scores.indexOf(highest) === label) right += 1;
      lossSum += highest - scores[label]! + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0));
    }
    return { right, lossSum };
  }

  /** Its arrays may be the tensors' own memory: they hold until the next step. */
  async state(): Promise<TrainerState> {
    // An optimiser of tfjs may allocate, and memory that grows would leave views behind.
    const slots = await this.optimizer.slots();
    const weights = await Promise.all(this.weights().map((variable) => this.backend.valuesOf(variable)));
    return { step: this.stepsTaken, weights, slots };
  }

  /** Only before the first step. */
  async restore({ step, weights, slots }: TrainerState): Promise<void> {
    this.weights().forEach((variable, index) => {
      const values = tf.tensor(weights[index]!, variable.shape);
      variable.assign(values);
      values.dispose();
    });
    await this.optimizer.restore(step, slots);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.network.dispose();
  }

  private weights(): readonly tf.Variable[] {
    return [...this.network.variables, ...this.network.statistics];
  }

  /** Of the mean loss over a micro-batch, weighted by `share`. */
  private async gradients(
    batch: Uint32Array,
    epoch: number,
    share: number,
  ): Promise<{ readonly loss: number; readonly gradients: readonly tf.Tensor[] }> {
    const { train } = this.data;
    const began = performance.now();
    const rows = this.rowsOf(batch);
    this.waited += performance.now() - began;
    const x = inputsOf(this.backend, train.shape, rows, batch, this.augmentation(epoch));
    const classes = classesOf(train, batch);
    const keys: tf.Tensor[] = [];
    const keysOf = (layer: number): tf.Tensor => (keys[layer] ??= tf.keep(this.dropoutKeys(batch, epoch, layer)));
    const variables = [...this.network.variables];
    try {
      const { value, grads } = tf.variableGrads(() => {
        const loss = this.backend.operations.softmaxLoss(this.network.logits(x, keysOf), classes);
        const whole = this.network.penalties().reduce((sum, penalty) => tf.add(sum, penalty), loss as tf.Scalar);
        return share === 1 ? whole : tf.mul(whole, share);
      }, variables);
      const loss = (await value.data())[0]!;
      value.dispose();
      return { loss, gradients: variables.map(({ name }) => grads[name]!) };
    } catch (failure) {
      dropTape();
      throw failure;
    } finally {
      tf.dispose([x, classes, ...keys]);
    }
  }

  private dropoutKeys(batch: Uint32Array, epoch: number, layer: number): tf.Tensor {
    const { seed } = this.training;
    return tf.tensor1d(
      Int32Array.from(batch, (example) => derivedSeed(seed, SEED.dropout, layer, epoch, example)),
      'int32',
    );
  }

  private augmentation(epoch: number): Augmentation | undefined {
    const { seed, dataset } = this.training;
    if (dataset.augmentation === undefined) return undefined;
    return { settings: dataset.augmentation, seedOf: (example) => derivedSeed(seed, SEED.augmentation, epoch, example) };
  }

  /** The effective batch of an optimiser step, counted from 0. */
  private batchOf(step: number): { readonly batch: Uint32Array; readonly epoch: number } {
    const perEpoch = stepsPerEpoch(this.training);
    const epoch = Math.floor(step / perEpoch);
    const from = (step % perEpoch) * this.training.batchSize;
    return { batch: this.orderOf(epoch).subarray(from, from + this.training.batchSize), epoch };
  }

  private *microBatchesOf(batch: Uint32Array): Generator<Uint32Array, void> {
    for (let from = 0; from < batch.length; from += this.microBatchSize) yield batch.subarray(from, from + this.microBatchSize);
  }

  private *microBatchesFrom(step: number): Generator<Uint32Array, void> {
    for (let at = step; at < totalSteps(this.training); at++) yield* this.microBatchesOf(this.batchOf(at).batch);
  }

  private rowsOf(micro: Uint32Array): Rows {
    const { train } = this.data;
    if (!isOnDisk(train)) return this.trainRows(micro);
    this.ahead?.refill((this.upcoming ??= this.microBatchesFrom(this.stepsTaken)));
    const bytes = this.ahead?.take(micro);
    return bytes === undefined ? this.trainRows(micro) : rowsOf(train, bytes);
  }

  private orderOf(epoch: number): Uint32Array {
    const known = this.orders.get(epoch);
    if (known !== undefined) return known;
    const order = shuffledOrder(this.data.train.count, derivedSeed(this.training.seed, SEED.order, epoch));
    this.orders.set(epoch, order);
    return order;
  }
}

const addedUp = (one: tf.Tensor, other: tf.Tensor): tf.Tensor => {
  const sum = tf.add(one, other);
  tf.dispose([one, other]);
  return sum;
};

/** tfjs keeps what it saved for a backward pass that never came. */
const dropTape = (): void => {
  const { state } = tf.engine() as unknown as { readonly state: { activeTape: readonly { readonly saved?: tf.Tensor[] }[] | null } };
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = null;
};
