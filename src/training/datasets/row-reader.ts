/** Reads examples by their number from the files they lie in, wherever those are; their pages are kept by the system. */
import fs from 'node:fs';
import { DatasetError, type RowFile } from './dataset.js';

/** Files open at once. */
const MOST_OPEN = 256;

export class RowReader {
  /** Number of the first row of each file. */
  private readonly starts: readonly number[];
  /** By place in `files`, the one used last at the end. */
  private readonly open = new Map<number, number>();

  constructor(
    private readonly files: readonly RowFile[],
    /** Of one row. */
    readonly rowBytes: number,
  ) {
    let rows = 0;
    this.starts = files.map((file) => (rows += file.rows) - file.rows);
  }

  /** Those rows, one after the other. @throws DatasetError where a file has become shorter, or the file system's error */
  readInto(target: Uint8Array, indices: ArrayLike<number>): void {
    for (let row = 0; row < indices.length;) {
      const first = indices[row]!;
      const place = this.placeOf(first);
      const end = this.starts[place]! + this.files[place]!.rows;
      let run = 1;
      while (row + run < indices.length && indices[row + run] === first + run && first + run < end) run++;
      this.readRun(target.subarray(row * this.rowBytes, (row + run) * this.rowBytes), place, first - this.starts[place]!);
      row += run;
    }
  }

  /** The first row, by a reader that is not needed for more. */
  readOnce(target: Uint8Array): void {
    try {
      this.readInto(target, [0]);
    } finally {
      this.close();
    }
  }

  close(): void {
    for (const descriptor of this.open.values()) fs.closeSync(descriptor);
    this.open.clear();
  }

  private readRun(target: Uint8Array, place: number, row: number): void {
    const { file, offset } = this.files[place]!;
    const from = offset + row * this.rowBytes;
    for (let read = 0; read < target.length;) {
      const more = fs.readSync(this.descriptorOf(place), target, read, target.length - read, from + read);
      if (more === 0) throw new DatasetError(`dataset file ${file} has no byte ${from + read}: it became shorter while it was in use`);
      read += more;
    }
  }

  /** The last file that begins at or before a row. */
  private placeOf(row: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private descriptorOf(place: number): number {
    const descriptor = this.open.get(place) ?? fs.openSync(this.files[place]!.file, 'r');
    this.open.delete(place);
    this.open.set(place, descriptor);
    if (this.open.size > MOST_OPEN) {
      const [oldest, unused] = this.open.entries().next().value!;
      this.open.delete(oldest);
      fs.closeSync(unused);
    }
    return descriptor;
  }
}
