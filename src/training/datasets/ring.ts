/** The memory that a trainer shares with the thread that reads ahead for it. */
import type { RowFile } from './dataset.js';

export interface ReadThreadData {
  readonly files: readonly RowFile[];
  readonly rowBytes: number;
  readonly threads: string;
  readonly slots: number;
  /** Rows that fit a slot. */
  readonly slotRows: number;
  /** See RING. */
  readonly words: SharedArrayBuffer;
  /** For each slot: how many rows, then which. */
  readonly asked: SharedArrayBuffer;
  /** For each slot: the rows. */
  readonly rows: SharedArrayBuffer;
}

/** Places in `words`: slots asked for and slots filled since the start, and whether reading has ended. */
export const RING = { asked: 0, filled: 1, ended: 2 } as const;
