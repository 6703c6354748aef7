/** A thread that keeps a core busy for given parts of given spans, under the name of a run's threads, as a trainer does. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

export interface Load {
  readonly threads: string;
  /** Real milliseconds, and the share of them to be busy, 0 to 1. */
  readonly phases: readonly { readonly ms: number; readonly busy: number }[];
}

const CYCLE_MS = 100;
const THREAD_NAME = '/proc/thread-self/comm';

const { threads, phases } = workerData as Load;
if (fs.existsSync(THREAD_NAME)) fs.writeFileSync(THREAD_NAME, threads);
for (const { ms, busy } of phases) {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const rest = performance.now() + CYCLE_MS * busy;
    while (performance.now() < rest);
    if (busy < 1) await sleep(CYCLE_MS * (1 - busy));
  }
}
