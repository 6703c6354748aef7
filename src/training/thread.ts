/** The trainer thread: takes one job as worker data, sends facts, and ends. Its errors cross as data. */
import { parentPort, workerData } from 'node:worker_threads';
import { openBackend } from './backends/open-backend.js';
import { probeTraining } from './probe-training.js';
import type { TrainerFact, TrainerJob } from './protocol.js';
import { runTraining } from './run-training.js';
import { nameThread } from './thread-name.js';

if (parentPort === null) throw new Error('thread.js is the entry of a worker thread');
const port = parentPort;
const job = workerData as TrainerJob;
let sent = 0;
const send = (fact: TrainerFact): void => {
  sent += 1;
  port.postMessage(fact);
};

try {
  if (job.kind === 'train') nameThread(job.threads);
  send({ kind: 'phase', phase: 'starting' });
  const { backend, warnings } = await openBackend(job.host);
  for (const message of warnings) send({ kind: 'warning', message });
  if (job.kind === 'train') await runTraining(job, backend, send, () => sent);
  else await probeTraining(job, backend, send);
} catch (failure) {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  send({ kind: 'failed', error: { name: error.name, message: error.message, stack: error.stack } });
}
port.close();
