/** How fast a spec trains and evaluates here: a few real steps on real images, nothing kept. */
import type { Heap } from './kernels/heap.js';
import type { ProbeJob, TrainerFact } from './protocol.js';
import { Trainer } from './trainer.js';

const WARM_UP_STEPS = 2;

export const probeTraining = (job: ProbeJob, heap: Heap, send: (fact: TrainerFact) => void): void => {
  const trainer = new Trainer(heap, job.training);
  for (let step = 0; step < WARM_UP_STEPS; step++) trainer.step();
  heap.resetPeak();
  send({ kind: 'phase', phase: 'training' });
  const trainImagesPerSecond = rate(job.leastMs, () => trainer.step().images);
  send({ kind: 'phase', phase: 'evaluating' });
  const images = Math.min(job.training.microBatchSize, job.training.dataset.testImages);
  const evaluationImagesPerSecond = rate(job.leastMs / 4, () => {
    trainer.evaluateBatch(0, images);
    return images;
  });
  const { peakBytes: peakMemoryBytes } = heap;
  trainer.dispose();
  send({ kind: 'probed', backend: heap.build, trainImagesPerSecond, evaluationImagesPerSecond, peakMemoryBytes });
};

const rate = (leastMs: number, work: () => number): number => {
  const began = performance.now();
  let images = 0;
  do images += work();
  while (performance.now() - began < leastMs);
  return images / ((performance.now() - began) / 1000);
};
