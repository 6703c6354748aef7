/** Lowtide's side of the training bench: one backend in a thread of its own, timed on request. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TrainingSpec } from '../../src/experiment/spec.js';
import { openBackend } from '../../src/training/backends/open-backend.js';
import { isOnDisk } from '../../src/training/datasets/dataset.js';
import { openForTraining } from '../../src/training/datasets/load-dataset.js';
import { ReadAhead } from '../../src/training/datasets/read-ahead.js';
import type { TrainerHost } from '../../src/training/protocol.js';
import { Trainer } from '../../src/training/trainer.js';

export interface TimedRequest {
  readonly training: TrainingSpec;
  readonly seconds: number;
  /** Read ahead from the dataset's files, and not held in memory. */
  readonly fromDisk: boolean;
}

export interface Timed {
  readonly images: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the seconds: spent waiting for examples. */
  readonly dataSeconds?: number;
}

const WARM_UP_STEPS = 3;

const port = parentPort!;
const { backend } = await openBackend(workerData as TrainerHost);
const trainers = new Map<string, Trainer>();
port.postMessage({ build: `${backend.build.name} ${backend.build.kernels}` });

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const opened = (training: TrainingSpec, fromDisk: boolean): Promise<Trainer> => {
  const data = openForTraining(training.dataset, fromDisk ? 0 : Infinity);
  return Trainer.open(
    backend,
    training,
    data,
    isOnDisk(data.train) ? new ReadAhead(data.train, training.microBatchSize, 'bench') : undefined,
  );
};

const timed = async ({ training, seconds, fromDisk }: TimedRequest): Promise<Timed> => {
  const key = JSON.stringify({ training, fromDisk });
  const trainer = trainers.get(key) ?? (await opened(training, fromDisk));
  trainers.set(key, trainer);
  for (let step = 0; step < WARM_UP_STEPS; step++) await trainer.step();
  const [began, used, waited] = [performance.now(), cpuSeconds(), trainer.dataMs];
  let images = 0;
  while (performance.now() - began < 1000 * seconds) images += (await trainer.step()).images;
  const dataSeconds = (trainer.dataMs - waited) / 1000;
  return { images, seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSeconds() - used, dataSeconds };
};

port.on('message', (request: TimedRequest) => {
  void timed(request).then((answer) => {
    port.postMessage(answer);
  });
});
