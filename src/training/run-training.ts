/** Trains a run to its end, or until it is told to pause or stop, and says what happens as facts. */
import path from 'node:path';
import { stepsPerEpoch, totalSteps, type TrainingSpec } from '../experiment/spec.js';
import { readNewestCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { Heap } from './kernels/heap.js';
import { COMMAND, type TrainerFact, type TrainJob } from './protocol.js';
import { Trainer } from './trainer.js';

/** Real milliseconds between two progress facts. */
const PROGRESS_MS = 500;

type Send = (fact: TrainerFact) => void;

export const runTraining = (job: TrainJob, heap: Heap, send: Send): void => {
  new TrainingRun(job, heap, send).run();
};

class TrainingRun {
  private readonly trainer: Trainer;
  private readonly training: TrainingSpec;
  private readonly command: Int32Array;
  private readonly lastStep: number;
  private evaluated = true;
  private epochLossSum = 0;
  private epochImages = 0;
  private epochBegan = performance.now();
  /** Since the last progress fact; `trainingMs` leaves evaluations and checkpoints out. */
  private sinceProgress = { lossSum: 0, images: 0, trainingMs: 0, sentAt: performance.now() };

  constructor(
    private readonly job: TrainJob,
    private readonly heap: Heap,
    private readonly send: Send,
  ) {
    this.training = job.training;
    this.command = new Int32Array(job.command);
    this.trainer = new Trainer(heap, job.training);
    this.lastStep = totalSteps(job.training);
  }

  run(): void {
    const resumedFrom = this.resume();
    this.send({
      kind: 'ready',
      backend: this.heap.build,
      trainableParameters: this.trainer.trainableParameters,
      totalSteps: this.lastStep,
      step: this.trainer.stepsTaken,
      resumedFrom,
    });
    this.heap.resetPeak();
    const end = this.toTheEnd();
    if (end === 'paused') this.checkpoint();
    const step = this.trainer.stepsTaken;
    this.trainer.dispose();
    this.send({ kind: end, step });
  }

  private resume(): string | undefined {
    const found = readNewestCheckpoint(this.job.checkpointDirectory, this.training, this.heap.build, (message) => {
      this.send({ kind: 'warning', message });
    });
    if (found === undefined) return undefined;
    this.trainer.restore(found.state);
    ({ evaluated: this.evaluated, epochLossSum: this.epochLossSum, epochImages: this.epochImages } = found.state);
    return path.basename(found.path);
  }

  private toTheEnd(): 'finished' | 'paused' | 'stopped' {
    if (!this.evaluated && !this.evaluateIfDue()) return this.interruption()!;
    this.phase('training');
    while (this.trainer.stepsTaken < this.lastStep) {
      const interruption = this.interruption();
      if (interruption !== undefined) return interruption;
      this.trainStep();
      if (!this.evaluateIfDue()) return this.interruption()!;
      if (this.trainer.stepsTaken % this.training.checkpointEverySteps === 0 && this.trainer.stepsTaken < this.lastStep) {
        this.checkpoint();
        this.phase('training');
      }
    }
    this.checkpoint();
    return 'finished';
  }

  private interruption(): 'paused' | 'stopped' | undefined {
    const word = Atomics.load(this.command, 0);
    return word === COMMAND.pause ? 'paused' : word === COMMAND.stop ? 'stopped' : undefined;
  }

  private trainStep(): void {
    const began = performance.now();
    const { loss, images } = this.trainer.step();
    const now = performance.now();
    this.sinceProgress.trainingMs += now - began;
    this.epochLossSum += loss * images;
    this.epochImages += images;
    this.sinceProgress.lossSum += loss * images;
    this.sinceProgress.images += images;
    const step = this.trainer.stepsTaken;
    const perEpoch = stepsPerEpoch(this.training);
    if (now - this.sinceProgress.sentAt >= PROGRESS_MS || step === this.lastStep) this.sendProgress(now);
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

  private sendProgress(now: number): void {
    const { lossSum, images, trainingMs } = this.sinceProgress;
    const step = this.trainer.stepsTaken;
    this.send({
      kind: 'progress',
      step,
      epoch: Math.ceil(step / stepsPerEpoch(this.training)),
      loss: lossSum / images,
      imagesPerSecond: images / (trainingMs / 1000),
      peakMemoryBytes: this.heap.peakBytes,
    });
    this.sinceProgress = { lossSum: 0, images: 0, trainingMs: 0, sentAt: now };
  }

  /** False when it was interrupted: then it is still due. */
  private evaluateIfDue(): boolean {
    const step = this.trainer.stepsTaken;
    const { evaluation, dataset } = this.training;
    const final = step === this.lastStep;
    if (!final && step % evaluation.everySteps !== 0 && step % stepsPerEpoch(this.training) !== 0) return true;
    this.evaluated = false;
    this.phase('evaluating');
    const images = final ? dataset.testImages : evaluation.images;
    let right = 0;
    let lossSum = 0;
    // As many images at once as in training, so that evaluating does not need more memory.
    for (let from = 0; from < images; from += this.training.microBatchSize) {
      if (this.interruption() !== undefined) return false;
      const part = this.trainer.evaluateBatch(from, Math.min(images, from + this.training.microBatchSize));
      right += part.right;
      lossSum += part.lossSum;
    }
    const epoch = Math.ceil(step / stepsPerEpoch(this.training));
    this.evaluated = true;
    this.send({ kind: 'evaluation', step, epoch, accuracy: right / images, loss: lossSum / images, images, final });
    if (!final) this.phase('training');
    return true;
  }

  private checkpoint(): void {
    this.phase('checkpointing');
    const began = performance.now();
    const { evaluated, epochLossSum, epochImages } = this;
    const state = this.trainer.state({ evaluated, epochLossSum, epochImages });
    const { path: file, bytes, sha256 } = writeCheckpoint(this.job.checkpointDirectory, this.training, this.heap.build, state);
    this.send({ kind: 'checkpoint', path: file, step: state.step, bytes, sha256, durationMs: performance.now() - began });
  }

  private phase(phase: 'training' | 'evaluating' | 'checkpointing'): void {
    this.send({ kind: 'phase', phase });
  }
}
