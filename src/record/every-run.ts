/** All runs of a filter, however many, a page of them in memory at a time. */
import type { RunFilter, RunReader, StoredRun } from './run-log.js';

const PAGE = 500;

/** Newest first; runs submitted or moved meanwhile may or may not be among them. */
export async function* everyRun(reader: Pick<RunReader, 'runs'>, filter: RunFilter, page = PAGE): AsyncGenerator<StoredRun, void> {
  for (let after: string | undefined; ;) {
    const { items, hasMore } = await reader.runs(filter, page, after);
    yield* items;
    if (!hasMore) return;
    after = items.at(-1)!.id;
  }
}
