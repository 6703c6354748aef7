/** Checkpoints beside training: the trainer copies its state and goes on, a thread of its own makes the copy durable. */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Snapshot, WrittenCheckpoint } from './checkpoint.js';
import type { CheckpointAnswer, CheckpointThreadData } from './checkpoint-thread.js';
import { builtFile } from './package-root.js';

/** A checkpoint that could not be written: the disk is full, the folder may not be written to. */
export class CheckpointFailed extends Error {
  constructor(name: string, directory: string, reason: string) {
    super(`${name} cannot be written to ${directory}: ${reason}`);
    this.name = 'CheckpointFailed';
  }
}

export class CheckpointWriter {
  private readonly worker: Worker;
  private spare: ArrayBuffer | undefined;
  private underWay: { readonly name: string; readonly began: number } | undefined;
  private finished: (WrittenCheckpoint & { readonly durationMs: number }) | undefined;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  /** Starts its thread, which makes ready for snapshots of that size. */
  constructor(private readonly data: CheckpointThreadData) {
    this.worker = new Worker(builtFile('checkpoint-thread.js'), { workerData: data });
    this.worker.on('message', (answer: CheckpointAnswer) => {
      this.hear(answer);
    });
    this.worker.on('error', (failure) => {
      this.fail(failure instanceof Error ? failure.message : String(failure));
    });
    this.worker.on('exit', (code) => {
      this.fail(`its thread ended with code ${code}`);
    });
  }

  /** Takes the snapshot that `make` copies into the memory it is given; only when none is under way. */
  start(make: (into: ArrayBuffer | undefined) => Snapshot): void {
    if (this.underWay !== undefined) throw new Error(`${this.underWay.name} is still under way`);
    const began = performance.now();
    const snapshot = make(this.spare);
    this.spare = undefined;
    this.underWay = { name: snapshot.name, began };
    this.worker.postMessage(snapshot, [snapshot.body]);
  }

  /** The checkpoint that became durable since this was last asked, if one did. @throws CheckpointFailed */
  async news(): Promise<(WrittenCheckpoint & { readonly durationMs: number }) | undefined> {
    // A training loop leaves no other room for the thread's answer to arrive.
    if (this.underWay !== undefined) await setImmediate();
    if (this.failure !== undefined) throw this.failure;
    const { finished } = this;
    this.finished = undefined;
    return finished;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.underWay !== undefined && this.failure === undefined) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** What is under way is left as it is: a file is whole or not there. */
  async close(): Promise<void> {
    this.worker.removeAllListeners('exit');
    await this.worker.terminate();
  }

  private hear(answer: CheckpointAnswer): void {
    this.spare = answer.spare;
    if (answer.kind === 'failed') this.fail(answer.message);
    if (answer.kind === 'written') {
      this.finished = { ...answer.checkpoint, durationMs: performance.now() - this.underWay!.began };
      this.underWay = undefined;
      this.wake();
    }
  }

  private fail(reason: string): void {
    this.failure ??= new CheckpointFailed(this.underWay?.name ?? 'a checkpoint', this.data.directory, reason);
    this.wake();
  }
}
