/** The thread that writes a run's snapshots to disk, one after the other, while training goes on. */
import { parentPort, workerData } from 'node:worker_threads';
import { storeSnapshot, type Snapshot, type WrittenCheckpoint } from './checkpoint.js';
import { nameThread } from './thread-name.js';

export interface CheckpointThreadData {
  readonly directory: string;
  readonly threads: string;
  /** Size of the snapshots to come. */
  readonly bytes: number;
}

/** `spare`: memory for the next snapshot. */
export type CheckpointAnswer = { readonly spare: ArrayBuffer } & (
  | { readonly kind: 'ready' }
  | { readonly kind: 'written'; readonly checkpoint: WrittenCheckpoint }
  | { readonly kind: 'failed'; readonly message: string }
);

if (parentPort === null) throw new Error('checkpoint-thread.js is the entry of a worker thread');
const port = parentPort;
const { directory, threads, bytes } = workerData as CheckpointThreadData;
const answer = (given: CheckpointAnswer): void => {
  port.postMessage(given, [given.spare]);
};

port.on('message', (snapshot: Snapshot) => {
  const spare = snapshot.body;
  try {
    answer({ kind: 'written', checkpoint: storeSnapshot(directory, snapshot), spare });
  } catch (failure) {
    answer({ kind: 'failed', message: failure instanceof Error ? failure.message : String(failure), spare });
  }
});
nameThread(threads);
const spare = new ArrayBuffer(bytes);
// Touched here, so that the trainer does not wait for the system to find the memory.
new Uint8Array(spare).fill(0);
answer({ kind: 'ready', spare });
