/** Does something so many times; what the round of median time gave, its time, and that of the first. */
export const medianRound = async <T extends object>(
  rounds: number,
  work: () => Promise<T>,
): Promise<T & { readonly ms: number; readonly firstMs: number }> => {
  const all: (T & { readonly ms: number })[] = [];
  for (let done = 0; done < rounds; done++) {
    const started = performance.now();
    const given = await work();
    all.push({ ...given, ms: performance.now() - started });
  }
  const median = [...all].sort((a, b) => a.ms - b.ms)[Math.floor(all.length / 2)]!;
  return { ...median, firstMs: all[0]!.ms };
};
