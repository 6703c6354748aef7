/** Follows runs' logs: one tail per run and process, shared by its readers, each of which is only a cursor. */
import { hasEnded, isTerminal } from '../experiment/run-state.js';
import type { RunEvent } from '../record/run-event.js';
import type { RunReader } from '../record/run-log.js';
import type { RunTail } from '../record/run-tail.js';
import type { Notifications } from './notifications.js';
import { RUN_CHANNEL } from './append-facts.js';

/** Events kept in memory per followed run for readers that are nearly up to date. */
const RING = 2000;
const PAGE = 500;

/** The newest events of one run, refilled when Postgres says there are more. */
class SharedTail {
  private ring: RunEvent[] = [];
  private readonly waiting = new Set<{ wake: () => void; fail: (failure: unknown) => void }>();
  private filling = false;
  private stale = false;
  private last = 0;
  readers = 0;

  constructor(
    private readonly runId: string,
    private readonly reader: RunReader,
  ) {}

  /** What is above a cursor; reads the table when the ring no longer reaches back that far. */
  async above(after: number): Promise<readonly RunEvent[]> {
    const first = this.ring[0]?.sequence;
    if (first !== undefined && first <= after + 1 && this.last > after) {
      return this.ring.slice(after + 1 - first, after + 1 - first + PAGE);
    }
    return this.reader.events(this.runId, after, PAGE);
  }

  /** Resolves when there may be more above the cursor. */
  async more(after: number, signal: AbortSignal): Promise<void> {
    if (this.last > after || signal.aborted) return;
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { wake: resolve, fail: reject };
        leave = () => {
          this.waiting.delete(waiter);
          resolve();
        };
        this.waiting.add(waiter);
        signal.addEventListener('abort', leave, { once: true });
      });
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave);
    }
  }

  async fill(): Promise<void> {
    this.stale = true;
    if (this.filling) return;
    this.filling = true;
    try {
      while (this.stale) {
        this.stale = false;
        await this.readOn();
      }
    } catch (failure) {
      for (const waiter of this.waiting) waiter.fail(failure);
      this.waiting.clear();
    } finally {
      this.filling = false;
    }
  }

  private async readOn(): Promise<void> {
    for (;;) {
      const events = await this.reader.events(this.runId, this.last, PAGE);
      const newest = events.at(-1);
      if (newest === undefined) return;
      this.last = newest.sequence;
      this.ring = [...this.ring, ...events].slice(-RING);
      const woken = [...this.waiting];
      this.waiting.clear();
      for (const waiter of woken) waiter.wake();
    }
  }
}

export const runTail = (reader: RunReader, notifications: Notifications): RunTail => {
  const tails = new Map<string, SharedTail>();
  notifications.on(RUN_CHANNEL, (payload) => {
    const runId = payload.split(' ', 1)[0];
    for (const [id, tail] of tails) if (payload === '' || id === runId) void tail.fill();
  });

  const acquire = (runId: string): SharedTail => {
    const known = tails.get(runId);
    if (known !== undefined) return known;
    const tail = new SharedTail(runId, reader);
    tails.set(runId, tail);
    void tail.fill();
    return tail;
  };

  return {
    // Not an async generator: `return()` must settle at once, also while `next()` waits for the run to go on.
    follow(runId, after) {
      const tail = acquire(runId);
      tail.readers += 1;
      const closing = new AbortController();
      let cursor = after;
      let page: readonly RunEvent[] = [];
      const close = () => {
        if (closing.signal.aborted) return;
        closing.abort();
        tail.readers -= 1;
        if (tail.readers === 0) tails.delete(runId);
      };
      const done = { done: true, value: undefined } as const;
      const next = async (): Promise<IteratorResult<RunEvent>> => {
        while (!closing.signal.aborted) {
          const [event, ...rest] = page;
          if (event !== undefined) {
            page = rest;
            cursor = event.sequence;
            if (event.fact.kind === 'state' && isTerminal(event.fact.to)) close();
            return { done: false, value: event };
          }
          page = await tail.above(cursor);
          if (page.length > 0) continue;
          if (await endedBefore(reader, runId, cursor)) close();
          else await tail.more(cursor, closing.signal);
        }
        return done;
      };
      return {
        next,
        return() {
          close();
          return Promise.resolve(done);
        },
        throw(failure: unknown) {
          close();
          return Promise.reject(failure instanceof Error ? failure : new Error(String(failure)));
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
};

/** Whether a run had already ended at or before the cursor, so that nothing will follow. */
const endedBefore = async (reader: RunReader, runId: string, cursor: number): Promise<boolean> => {
  const run = await reader.run(runId);
  return run === undefined || (hasEnded(run.state) && run.lastSequence <= cursor);
};
