/** Converts a dataset into the cache, shard by shard, as a run of its own or before a training that needs it. */
import type { TrainingBackend } from './backends/backend.js';
import { openPreparation, type Preparation } from './datasets/shards.js';
import { mostHeldOn } from './memory-limit.js';
import { COMMAND, WORD, type TrainerFact, type TrainJob } from './protocol.js';

type Send = (fact: TrainerFact) => void;

/** What interrupted it, or nothing. */
export type Interruption = 'paused' | 'stopped' | undefined;

export const interruptionOf = (shared: Int32Array): Interruption => {
  const word = Atomics.load(shared, WORD.command);
  return word === COMMAND.pause ? 'paused' : word === COMMAND.stop ? 'stopped' : undefined;
};

/** Shards found whole are kept, so an interrupted preparation goes on where it was. */
export const prepare = (preparation: Preparation, shared: Int32Array, send: Send): Interruption => {
  if (preparation.found < preparation.shards) send({ kind: 'phase', phase: 'preparing' });
  for (;;) {
    const interruption = interruptionOf(shared);
    if (interruption !== undefined) return interruption;
    if (!preparation.next()) return undefined;
  }
};

/** The run whose spec says `prepareOnly`: its steps are shards. */
export const runPreparation = (job: TrainJob, backend: TrainingBackend, send: Send): void => {
  const preparation = openPreparation(job.training.dataset, job.host.dataDirectory, mostHeldOn(job.host));
  const { shards, found, directory } = preparation;
  send({
    kind: 'ready',
    backend: backend.build,
    trainableParameters: 0,
    totalSteps: shards,
    microBatchSize: job.training.microBatchSize,
    step: found,
    resumedFrom: undefined,
  });
  const interruption = prepare(preparation, new Int32Array(job.shared), send);
  if (interruption !== undefined) send({ kind: interruption, step: preparation.found });
  else send({ kind: 'finished', step: shards, how: `prepared ${shards} shards of ${job.training.dataset.name} in ${directory}` });
};
