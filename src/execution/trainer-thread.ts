/** Runs trainer jobs in worker threads: hands on their facts in order, and their commands down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TrainingSpec } from '../experiment/spec.js';
import { COMMAND, SHARED_BYTES, WORD, type ProbeJob, type TrainerFact, type TrainerHost, type TrainJob } from '../training/protocol.js';

/** A trainer thread that ended without saying how the job ended. */
export class TrainerCrashed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TrainerCrashed';
  }
}

/** A spec that this host cannot train, and why: a dataset that is not there, shapes that do not fit, too little memory. */
export class CannotTrain extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotTrain';
  }
}

export interface TrainerThread {
  /** Facts in order; the handler is awaited before the next one. Resolves with the last fact. @throws TrainerCrashed */
  readonly ended: Promise<TrainerFact>;
  pause(): void;
  stop(): void;
  /** Has a checkpoint written after the current step, and training go on. */
  checkpointNow(): void;
}

export interface TrainerThreads {
  /**
   * @param threads name for the trainer's threads, see TrainJob
   * @param onFact called in order, never concurrently; what it throws stops the thread and rejects `ended`
   */
  start(training: TrainingSpec, checkpointDirectory: string, threads: string, onFact: (fact: TrainerFact) => Promise<void>): TrainerThread;
  /**
   * Trains a few steps in a thread of its own.
   * @param onTraining called when the real steps begin
   * @throws CannotTrain with the trainer's own message
   */
  probe(training: TrainingSpec, leastMs: number, onTraining: () => Promise<void>): Promise<Probed>;
}

/** Real time a thread may take to obey `stop` before it is ended from outside. */
const STOP_MS = 10_000;

/** A trainer's tensors lie outside of JavaScript's heap; this bounds what is in it, the dataset's index apart. */
const MOST_JAVASCRIPT_MB = 2048;

/** thread.ts and all it imports in one file, as the build bundles it. */
const ENTRY = fileURLToPath(new URL('../training/thread.bundle.js', import.meta.url));

const newWorker = (job: TrainJob | ProbeJob): Worker =>
  new Worker(ENTRY, { workerData: job, resourceLimits: { maxOldGenerationSizeMb: MOST_JAVASCRIPT_MB } });

/** Trainer threads on what this host gives them. */
export const trainerThreads = (host: TrainerHost): TrainerThreads => ({
  start: (training, checkpointDirectory, threads, onFact) => startTraining(host, training, checkpointDirectory, threads, onFact),
  probe: (training, leastMs, onTraining) => probe(host, training, leastMs, onTraining),
});

const startTraining = (
  host: TrainerHost,
  training: TrainingSpec,
  checkpointDirectory: string,
  threads: string,
  onFact: (fact: TrainerFact) => Promise<void>,
): TrainerThread => {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const words = new Int32Array(shared);
  const worker = newWorker({ kind: 'train', training, host, checkpointDirectory, shared, threads });
  const ended = lastFact(worker, async (fact) => {
    await onFact(fact);
    Atomics.add(words, WORD.handled, 1);
  });
  return {
    ended,
    pause() {
      Atomics.compareExchange(words, WORD.command, COMMAND.run, COMMAND.pause);
    },
    checkpointNow() {
      Atomics.store(words, WORD.checkpointNow, 1);
    },
    stop() {
      Atomics.store(words, WORD.command, COMMAND.stop);
      const giveUp = new AbortController();
      const obeyed = ended.then(
        () => undefined,
        () => undefined, // Whoever awaits `ended` hears of it.
      );
      void obeyed.then(() => {
        giveUp.abort();
      });
      sleep(STOP_MS, undefined, { signal: giveUp.signal }).then(
        () => worker.terminate(),
        () => undefined, // Obeyed in time.
      );
    },
  };
};

export interface Probed {
  readonly fact: Extract<TrainerFact, { kind: 'probed' }>;
  /** Real milliseconds from the thread's start until it trained. */
  readonly startupMs: number;
}

const probe = async (host: TrainerHost, training: TrainingSpec, leastMs: number, onTraining: () => Promise<void>): Promise<Probed> => {
  const began = performance.now();
  let startupMs: number | undefined;
  const last = await lastFact(newWorker({ kind: 'probe', training, host, leastMs }), async (fact) => {
    if (fact.kind !== 'phase' || fact.phase !== 'training') return;
    startupMs = performance.now() - began;
    await onTraining();
  });
  if (last.kind === 'failed') throw new CannotTrain(last.error.message);
  if (last.kind !== 'probed' || startupMs === undefined) throw new TrainerCrashed(`a probe ended with ${last.kind}`);
  return { fact: last, startupMs };
};

const isLast = (fact: TrainerFact): boolean => ['finished', 'paused', 'stopped', 'failed', 'probed'].includes(fact.kind);

const lastFact = (worker: Worker, onFact: (fact: TrainerFact) => Promise<void>): Promise<TrainerFact> =>
  new Promise((resolve, reject) => {
    let last: TrainerFact | undefined;
    let handled: Promise<void> = Promise.resolve();
    worker.on('message', (fact: TrainerFact) => {
      if (isLast(fact)) last = fact;
      handled = handled.then(() => onFact(fact));
      handled.catch((failure: unknown) => {
        reject(failure instanceof Error ? failure : new Error(String(failure)));
        void worker.terminate();
      });
    });
    worker.on('error', (failure) => {
      reject(
        new TrainerCrashed(`the trainer thread failed: ${failure instanceof Error ? failure.message : String(failure)}`, {
          cause: failure,
        }),
      );
    });
    worker.on('exit', (code) => {
      handled.then(() => {
        if (last === undefined) reject(new TrainerCrashed(`the trainer thread ended with code ${code} and without a result`));
        else resolve(last);
      }, reject);
    });
  });
