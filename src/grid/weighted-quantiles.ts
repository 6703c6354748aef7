const BINS = 2048;

/**
 * Quantiles of weighted values, each right to a 2048th of the values' range: the values are counted into equal bins, and
 * within a bin their weight is taken to lie evenly.
 * @param levels rising, from 0 to 1
 */
export const weightedQuantiles = (values: Float64Array, weights: Float64Array, levels: readonly number[]): readonly number[] => {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const width = (most - least) / BINS;
  if (width === 0) return levels.map(() => least);
  const bins = new Float64Array(BINS);
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const bin = Math.min(BINS - 1, Math.floor((values[index]! - least) / width));
    bins[bin]! += weights[index]!;
    total += weights[index]!;
  }
  let bin = 0;
  let below = 0;
  return levels.map((level) => {
    const wanted = level * total;
    while (bin < BINS - 1 && below + bins[bin]! < wanted) below += bins[bin++]!;
    const within = bins[bin]! > 0 ? Math.min(1, Math.max(0, (wanted - below) / bins[bin]!)) : 0;
    return least + (bin + within) * width;
  });
};
