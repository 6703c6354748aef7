/** Lowtide's side of the training bench: one backend in a thread of its own, timed on request. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TrainingSpec } from '../../src/experiment/spec.js';
import { openBackend } from '../../src/training/backends/open-backend.js';
import type { TrainerHost } from '../../src/training/protocol.js';
import { Trainer } from '../../src/training/trainer.js';

export interface TimedRequest {
  readonly training: TrainingSpec;
  readonly seconds: number;
}

export interface Timed {
  readonly images: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the seconds: spent on getting batches of data. */
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

const timed = async ({ training, seconds }: TimedRequest): Promise<Timed> => {
  const key = JSON.stringify(training);
  const trainer = trainers.get(key) ?? (await Trainer.open(backend, training));
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
