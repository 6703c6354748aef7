/** Following a run's log as it grows. The table is the log, a notification only a wake-up. */
import type { RunEvent } from './run-event.js';

export interface RunTail {
  /**
   * Events above `after` in sequence order, then the ones to come, without gap or repetition; ends with the run, a halted
   * one included. Pull-based: a slow reader makes nothing pile up. `return()` ends it at once.
   */
  follow(runId: string, after: number): AsyncIterableIterator<RunEvent>;
}
