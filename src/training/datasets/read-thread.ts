/** The thread that reads examples ahead of training: it fills the slots of a ring in the order in which they were asked for. */
import { workerData } from 'node:worker_threads';
import { nameThread } from '../thread-name.js';
import { RING, type ReadThreadData } from './ring.js';
import { RowReader } from './row-reader.js';

const { files, rowBytes, threads, slots, slotRows, words: shared, asked, rows } = workerData as ReadThreadData;
nameThread(threads);
const words = new Int32Array(shared);
const reader = new RowReader(files, rowBytes);
try {
  for (let filled = 0; ; filled++) {
    while (Atomics.load(words, RING.asked) === filled) Atomics.wait(words, RING.asked, filled);
    if (Atomics.load(words, RING.ended) === 1) break;
    const slot = filled % slots;
    const request = new Uint32Array(asked, 4 * slot * (slotRows + 1), slotRows + 1);
    const indices = request.subarray(1, 1 + request[0]!);
    reader.readInto(new Uint8Array(rows, slot * slotRows * rowBytes, indices.length * rowBytes), indices);
    Atomics.store(words, RING.filled, filled + 1);
    Atomics.notify(words, RING.filled);
  }
} catch {
  // The trainer then reads for itself, and meets the same error where it can say so.
  Atomics.store(words, RING.ended, 1);
  Atomics.notify(words, RING.filled);
} finally {
  reader.close();
}
