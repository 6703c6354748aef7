/** The median of the last values of a sequence, some of which may be unknown (NaN). */
export class RunningMedian {
  private readonly window: Float64Array;
  private readonly sorted: Float64Array;
  private pushed = 0;
  /** Known values in the window. */
  count = 0;

  constructor(length: number) {
    this.window = new Float64Array(length).fill(Number.NaN);
    this.sorted = new Float64Array(length + 1);
  }

  /** The upper of the two middle values when their number is even; NaN while none is known. */
  get median(): number {
    return this.count === 0 ? Number.NaN : this.sorted[this.count >>> 1]!;
  }

  push(value: number): void {
    const slot = this.pushed % this.window.length;
    const leaving = this.window[slot]!;
    if (!Number.isNaN(leaving)) {
      const at = this.firstAtLeast(leaving);
      this.sorted.copyWithin(at, at + 1, this.count);
      this.count -= 1;
    }
    if (!Number.isNaN(value)) {
      const at = this.firstAtLeast(value);
      this.sorted.copyWithin(at + 1, at, this.count);
      this.sorted[at] = value;
      this.count += 1;
    }
    this.window[slot] = value;
    this.pushed += 1;
  }

  private firstAtLeast(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
