/** Trains a run to its end, or until it is told to pause or stop, and says what happens as facts. */
import path from 'node:path';
import { stepsPerEpoch, totalSteps, type TrainingSpec } from '../experiment/training-spec.js';
import type { TrainingBackend } from './backends/backend.js';
import { bytesOf, readNewestCheckpoint, snapshotOf, type RunState } from './checkpoint.js';
import { CheckpointFailed, CheckpointWriter } from './checkpoint-writer.js';
import { chooseMicroBatch } from './choose-micro-batch.js';
import { isOnDisk, type TrainingData } from './datasets/dataset.js';
import { openForTraining } from './datasets/load-dataset.js';
import { ReadAhead } from './datasets/read-ahead.js';
import { openPreparation } from './datasets/shards.js';
import { afterEvaluation, NO_PATIENCE_USED, type Patience } from './early-stopping.js';
import { mostHeldOn } from './memory-limit.js';
import { interruptionOf, prepare, runPreparation } from './prepare-dataset.js';
import { MOST_UNHANDLED, WORD, type TrainerFact, type TrainJob } from './protocol.js';
import { LossNotFinite, Trainer } from './trainer.js';

/** Real milliseconds between two progress facts. */
const PROGRESS_MS = 500;

type Send = (fact: TrainerFact) => void;

/** @param sent how many facts were sent so far */
export const runTraining = async (job: TrainJob, backend: TrainingBackend, send: Send, sent: () => number): Promise<void> => {
  const { training } = job;
  if (training.prepareOnly === true) {
    runPreparation(job, backend, send);
    return;
  }
  const found = readNewestCheckpoint(job.checkpointDirectory, training, backend.build, (message) => {
    send({ kind: 'warning', message });
  });
  const data = datasetOf(job, send);
  if (typeof data === 'string') {
    send({ kind: data, step: found?.state.step ?? 0 });
    return;
  }
  const chosen = training.adaptiveMicroBatch === true && found === undefined ? await chooseMicroBatch(backend, training, data) : undefined;
  const microBatchSize = found?.state.microBatchSize ?? chosen ?? training.microBatchSize;
  const ahead = isOnDisk(data.train) ? new ReadAhead(data.train, microBatchSize, job.threads) : undefined;
  const trainer = await Trainer.open(backend, { ...training, microBatchSize }, data, ahead);
  if (found !== undefined) await trainer.restore(found.state);
  const { checkpointDirectory: directory, threads } = job;
  const writer = new CheckpointWriter({ directory, threads, bytes: bytesOf(await trainer.state()) });
  try {
    await new TrainingRun(job, backend, trainer, writer, send, sent, found).run();
  } finally {
    await Promise.all([writer.close(), ahead?.close()]);
  }
};

/** Images that have to be decoded come from the cache, and are put there first; the rest is read as quickly from its own files. */
const datasetOf = ({ training, host, shared }: TrainJob, send: Send): TrainingData | 'paused' | 'stopped' => {
  const mostHeldBytes = mostHeldOn(host);
  if (training.dataset.name !== 'image-folder') return openForTraining(training.dataset, mostHeldBytes);
  const preparation = openPreparation(training.dataset, host.dataDirectory, mostHeldBytes);
  return prepare(preparation, new Int32Array(shared), send) ?? preparation.dataset();
};

class TrainingRun {
  private readonly training: TrainingSpec;
  private readonly shared: Int32Array;
  private readonly lastStep: number;
  private evaluated = true;
  private epochLossSum = 0;
  private epochImages = 0;
  private patience: Patience = NO_PATIENCE_USED;
  private epochBegan = performance.now();
  /** The snapshot last handed to the writer. */
  private copied: { readonly step: number; readonly heldMs: number } | undefined;
  private lastCheckpoint: { readonly step: number; readonly file: string } | undefined;
  /** Since the last progress fact; `trainingMs` leaves evaluations and checkpoints out, `dataMs` is what had been waited before. */
  private sinceProgress = { lossSum: 0, images: 0, trainingMs: 0, dataMs: 0, sentAt: performance.now() };

  constructor(
    private readonly job: TrainJob,
    private readonly backend: TrainingBackend,
    private readonly trainer: Trainer,
    private readonly writer: CheckpointWriter,
    private readonly send: Send,
    private readonly sent: () => number,
    found: { readonly path: string; readonly state: RunState } | undefined,
  ) {
    this.training = job.training;
    this.shared = new Int32Array(job.shared);
    this.lastStep = totalSteps(job.training);
    if (found === undefined) return;
    const { evaluated, epochLossSum, epochImages, patience, step } = found.state;
    Object.assign(this, { evaluated, epochLossSum, epochImages, patience });
    this.lastCheckpoint = { step, file: path.basename(found.path) };
  }

  async run(): Promise<void> {
    const { trainer, backend } = this;
    this.send({
      kind: 'ready',
      backend: backend.build,
      trainableParameters: trainer.trainableParameters,
      totalSteps: this.lastStep,
      microBatchSize: trainer.microBatchSize,
      step: trainer.stepsTaken,
      resumedFrom: this.lastCheckpoint?.file,
    });
    if (trainer.accumulatesUnequally)
      this.send({
        kind: 'warning',
        message: `batch normalisation takes its statistics over micro-batches of ${trainer.microBatchSize}: accumulating is not equal to a batch of ${this.training.batchSize}`,
      });
    backend.resetPeak();
    const end = await this.toTheEnd();
    if (end === 'paused') await this.checkpoint();
    // Nobody is told of an end whose state could still be lost.
    await this.durable();
    const step = trainer.stepsTaken;
    trainer.dispose();
    if (end === 'stopped early') this.send({ kind: 'finished', step, how: this.whyEarly() });
    else this.send({ kind: end, step });
  }

  private async toTheEnd(): Promise<'finished' | 'paused' | 'stopped' | 'stopped early'> {
    if (!this.evaluated && !(await this.evaluateIfDue())) return this.interruption()!;
    this.phase('training');
    while (this.trainer.stepsTaken < this.lastStep) {
      const interruption = this.interruption();
      if (interruption !== undefined) return interruption;
      if (this.outOfPatience()) {
        // The last evaluation is on all test images, as at any end.
        if (!(await this.evaluate(true))) return this.interruption()!;
        await this.checkpoint();
        return 'stopped early';
      }
      await this.trainStep();
      await this.tellOfCheckpoint();
      if (!(await this.evaluateIfDue())) return this.interruption()!;
      if (this.checkpointIsDue()) {
        await this.checkpoint();
        this.phase('training');
      }
    }
    await this.checkpoint();
    return 'finished';
  }

  private interruption(): 'paused' | 'stopped' | undefined {
    return interruptionOf(this.shared);
  }

  private checkpointIsDue(): boolean {
    const wanted = Atomics.exchange(this.shared, WORD.checkpointNow, 0) === 1;
    const { stepsTaken } = this.trainer;
    return wanted || (stepsTaken % this.training.checkpointEverySteps === 0 && stepsTaken < this.lastStep);
  }

  private async trainStep(): Promise<void> {
    const began = performance.now();
    const { loss, images } = await this.taken();
    const now = performance.now();
    this.sinceProgress.trainingMs += now - began;
    this.epochLossSum += loss * images;
    this.epochImages += images;
    this.sinceProgress.lossSum += loss * images;
    this.sinceProgress.images += images;
    const step = this.trainer.stepsTaken;
    const perEpoch = stepsPerEpoch(this.training);
    if ((now - this.sinceProgress.sentAt >= PROGRESS_MS && !this.isAhead()) || step === this.lastStep) this.sendProgress(now);
    if (step % perEpoch === 0) {
      this.send({
        kind: 'epoch',
        epoch: step / perEpoch,
        step,
        loss: this.epochLossSum / this.epochImages,
        durationMs: now - this.epochBegan,
      });
      this.epochLossSum = 0;
      this.epochImages = 0;
      this.epochBegan = now;
    }
  }

  private async taken(): Promise<{ readonly loss: number; readonly images: number }> {
    try {
      return await this.trainer.step();
    } catch (failure) {
      if (!(failure instanceof LossNotFinite)) throw failure;
      await this.durable();
      throw new Error(`${failure.message}; ${this.lastGood()}`, { cause: failure });
    }
  }

  /** Whether the main thread is so far behind that progress is better gathered than sent. */
  private isAhead(): boolean {
    return this.sent() - Atomics.load(this.shared, WORD.handled) > MOST_UNHANDLED;
  }

  private sendProgress(now: number): void {
    const { lossSum, images, trainingMs } = this.sinceProgress;
    const step = this.trainer.stepsTaken;
    this.send({
      kind: 'progress',
      step,
      epoch: Math.ceil(step / stepsPerEpoch(this.training)),
      loss: lossSum / images,
      imagesPerSecond: images / (trainingMs / 1000),
      dataMs: this.trainer.dataMs - this.sinceProgress.dataMs,
      trainingMs,
      peakMemoryBytes: this.backend.peakBytes,
    });
    this.sinceProgress = { lossSum: 0, images: 0, trainingMs: 0, dataMs: this.trainer.dataMs, sentAt: now };
  }

  /** False when it was interrupted: then it is still due. */
  private async evaluateIfDue(): Promise<boolean> {
    const step = this.trainer.stepsTaken;
    const final = step === this.lastStep;
    if (!final && step % this.training.evaluation.everySteps !== 0 && step % stepsPerEpoch(this.training) !== 0) return true;
    this.evaluated = false;
    const done = await this.evaluate(final);
    this.evaluated = done;
    if (done && !final) this.phase('training');
    return done;
  }

  private async evaluate(final: boolean): Promise<boolean> {
    this.phase('evaluating');
    const { evaluation, dataset } = this.training;
    const step = this.trainer.stepsTaken;
    const images = final ? dataset.testImages : evaluation.images;
    let right = 0;
    let lossSum = 0;
    // As many images at once as in training, so that evaluating does not need more memory.
    for (let from = 0; from < images; from += this.trainer.microBatchSize) {
      if (this.interruption() !== undefined) return false;
      const part = await this.trainer.evaluateBatch(from, Math.min(images, from + this.trainer.microBatchSize));
      right += part.right;
      lossSum += part.lossSum;
    }
    const epoch = Math.ceil(step / stepsPerEpoch(this.training));
    const [accuracy, loss] = [right / images, lossSum / images];
    this.send({ kind: 'evaluation', step, epoch, accuracy, loss, images, final });
    const { earlyStopping } = this.training;
    if (earlyStopping !== undefined && !final) this.patience = afterEvaluation(earlyStopping, this.patience, { accuracy, loss });
    return true;
  }

  private outOfPatience(): boolean {
    const { earlyStopping } = this.training;
    return earlyStopping !== undefined && this.patience.waited >= earlyStopping.patience;
  }

  private whyEarly(): string {
    const { monitor } = this.training.earlyStopping!;
    const { stepsTaken } = this.trainer;
    return `stopped early after ${stepsTaken} optimiser steps: ${monitor} has not become better than ${this.patience.best?.toFixed(4) ?? 'at first'} for ${this.patience.waited} evaluations`;
  }

  /** Holds training until the state is copied; it is on disk when a fact says so. One at a time. */
  private async checkpoint(): Promise<void> {
    this.phase('checkpointing');
    const began = performance.now();
    await this.durable();
    const { evaluated, epochLossSum, epochImages, patience } = this;
    const { microBatchSize } = this.trainer;
    const state: RunState = { ...(await this.trainer.state()), microBatchSize, evaluated, epochLossSum, epochImages, patience };
    this.writer.start((into) => snapshotOf(this.training, this.backend.build, state, into));
    this.copied = { step: state.step, heldMs: performance.now() - began };
  }

  /** Waits until the checkpoint under way, if there is one, cannot be lost any more. */
  private async durable(): Promise<void> {
    await this.writer.settled();
    await this.tellOfCheckpoint();
  }

  private async tellOfCheckpoint(): Promise<void> {
    try {
      const news = await this.writer.news();
      if (news === undefined || this.copied === undefined) return;
      const { step, heldMs } = this.copied;
      this.lastCheckpoint = { step, file: path.basename(news.path) };
      this.send({ kind: 'checkpoint', ...news, step, heldMs });
    } catch (failure) {
      if (!(failure instanceof CheckpointFailed)) throw failure;
      throw new Error(`${failure.message}; ${this.lastGood()}`, { cause: failure });
    }
  }

  private lastGood(): string {
    const { lastCheckpoint } = this;
    if (lastCheckpoint === undefined) return 'there is no checkpoint before it';
    return `the last good checkpoint is that of step ${lastCheckpoint.step}, ${lastCheckpoint.file}`;
  }

  private phase(phase: 'training' | 'evaluating' | 'checkpointing'): void {
    this.send({ kind: 'phase', phase });
  }
}
