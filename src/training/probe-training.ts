/** How fast a spec trains and evaluates here: a few real steps on real images, nothing kept. */
import type { TrainingBackend } from './backends/backend.js';
import { chooseMicroBatch } from './choose-micro-batch.js';
import { openDataset, openForTraining } from './datasets/load-dataset.js';
import { mostHeldOn } from './memory-limit.js';
import type { ProbeJob, TrainerFact } from './protocol.js';
import { Trainer } from './trainer.js';

const WARM_UP_STEPS = 2;
/** Read at a time by the probe of a preparation. */
const PROBED_EXAMPLES = 256;

export const probeTraining = async (job: ProbeJob, backend: TrainingBackend, send: (fact: TrainerFact) => void): Promise<void> => {
  const { training } = job;
  if (training.prepareOnly === true) {
    probePreparation(job, backend, send);
    return;
  }
  const data = openForTraining(training.dataset, mostHeldOn(job.host));
  const microBatchSize = training.adaptiveMicroBatch === true ? await chooseMicroBatch(backend, training, data) : training.microBatchSize;
  const trainer = await Trainer.open(backend, { ...training, microBatchSize }, data);
  for (let step = 0; step < WARM_UP_STEPS; step++) await trainer.step();
  backend.resetPeak();
  send({ kind: 'phase', phase: 'training' });
  const trainImagesPerSecond = await rate(job.leastMs, async () => (await trainer.step()).images);
  send({ kind: 'phase', phase: 'evaluating' });
  const images = Math.min(microBatchSize, training.dataset.testImages);
  const evaluationImagesPerSecond = await rate(job.leastMs / 4, async () => {
    await trainer.evaluateBatch(0, images);
    return images;
  });
  const { peakBytes: peakMemoryBytes } = backend;
  trainer.dispose();
  send({ kind: 'probed', backend: backend.build, trainImagesPerSecond, evaluationImagesPerSecond, peakMemoryBytes });
};

const rate = async (leastMs: number, work: () => Promise<number>): Promise<number> => {
  const began = performance.now();
  let images = 0;
  do images += await work();
  while (performance.now() - began < leastMs);
  return images / ((performance.now() - began) / 1000);
};

/** How fast examples are read and converted. */
const probePreparation = ({ training, leastMs }: ProbeJob, backend: TrainingBackend, send: (fact: TrainerFact) => void): void => {
  send({ kind: 'phase', phase: 'training' });
  const began = performance.now();
  let examples = 0;
  while (performance.now() - began < leastMs) {
    const { train } = openDataset(training.dataset);
    examples += train.read(0, Math.min(train.count, PROBED_EXAMPLES)).count;
  }
  const rate = examples / ((performance.now() - began) / 1000);
  send({ kind: 'probed', backend: backend.build, trainImagesPerSecond: rate, evaluationImagesPerSecond: rate, peakMemoryBytes: 0 });
};
