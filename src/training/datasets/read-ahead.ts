/** Examples of a large dataset, read ahead of training by a thread of its own, in bounded memory. */
import { Worker } from 'node:worker_threads';
import { builtFile } from '../package-root.js';
import type { ExamplesOnDisk } from './dataset.js';
import { RING, type ReadThreadData } from './ring.js';
import { rowBytesOf } from './rows.js';

/** Memory of all slots together; at least two are had, or nothing would be read while the other is used. */
const RING_BYTES = 32 * 2 ** 20;
const MOST_SLOTS = 64;

/** Longest wait for rows, after which the trainer reads for itself. */
const PATIENCE_MS = 10_000;

export class ReadAhead {
  private readonly worker: Worker;
  private readonly data: ReadThreadData;
  private readonly words: Int32Array;
  private readonly requests: Uint32Array[] = [];
  private asked = 0;
  private taken = 0;

  /** @param slotRows most examples asked for at once */
  constructor(examples: ExamplesOnDisk, slotRows: number, threads: string) {
    const rowBytes = rowBytesOf(examples);
    const slots = Math.max(2, Math.min(MOST_SLOTS, Math.floor(RING_BYTES / (slotRows * rowBytes))));
    const words = new SharedArrayBuffer(4 * Object.keys(RING).length);
    this.data = {
      ...{ files: examples.files, rowBytes, threads, slots, slotRows, words },
      asked: new SharedArrayBuffer(4 * slots * (slotRows + 1)),
      rows: new SharedArrayBuffer(slots * slotRows * rowBytes),
    };
    this.words = new Int32Array(words);
    this.worker = new Worker(builtFile('datasets/read-thread.js'), { workerData: this.data });
    // It says how it ended in shared memory, because whoever waits for it has no ear for events.
    this.worker.on('error', () => {
      this.end();
    });
  }

  /** Has examples read, micro-batch by micro-batch in their order, where half of the slots are free: the reader is woken once for many. */
  refill(upcoming: Iterator<Uint32Array>): void {
    const { slots } = this.data;
    if (this.asked - this.taken > slots / 2) return;
    const before = this.asked;
    while (this.asked - this.taken < slots - 1) {
      const next = upcoming.next();
      if (next.done === true) break;
      this.ask(next.value);
    }
    if (this.asked === before) return;
    Atomics.store(this.words, RING.asked, this.asked);
    Atomics.notify(this.words, RING.asked);
  }

  /**
   * The rows of what was asked for first, valid until the next call; undefined when that is not what is wanted or cannot
   * be had this way. Waits for them.
   */
  take(indices: Uint32Array): Uint8Array | undefined {
    const first = this.requests[0];
    if (first === undefined || !isSame(first, indices)) return undefined;
    this.requests.shift();
    const place = this.taken++;
    const deadline = performance.now() + PATIENCE_MS;
    for (let filled = this.filled(); filled <= place; filled = this.filled()) {
      if (Atomics.load(this.words, RING.ended) === 1 || performance.now() > deadline) return undefined;
      Atomics.wait(this.words, RING.filled, filled, 100);
    }
    const { slots, slotRows, rowBytes, rows } = this.data;
    return new Uint8Array(rows, (place % slots) * slotRows * rowBytes, indices.length * rowBytes);
  }

  async close(): Promise<void> {
    this.end();
    await this.worker.terminate();
  }

  private ask(indices: Uint32Array): void {
    const { slots, slotRows, asked } = this.data;
    const request = new Uint32Array(asked, 4 * (this.asked % slots) * (slotRows + 1), slotRows + 1);
    request[0] = indices.length;
    request.set(indices, 1);
    this.requests.push(indices);
    this.asked += 1;
  }

  private filled(): number {
    return Atomics.load(this.words, RING.filled);
  }

  private end(): void {
    Atomics.store(this.words, RING.ended, 1);
  }
}

const isSame = (a: Uint32Array, b: Uint32Array): boolean => a.length === b.length && a.every((value, index) => value === b[index]);
