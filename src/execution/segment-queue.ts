/** The port of the queue that brings a run's next segment to a worker of its zone. A job is only a hint; the run decides. */
import type { Instant } from '../units/time.js';

export interface SegmentQueue {
  /** Calls the handler with the id of each run whose segment is due, one at a time; a job whose handler throws is tried again. */
  work(zone: string, handler: (runId: string) => Promise<void>): Promise<void>;
  /** Another job for the same run, for when it is not due yet or the host is busy. */
  again(runId: string, zone: string, startAt: Instant): Promise<void>;
  /** Takes no more jobs and waits for the handler under way. */
  stop(): Promise<void>;
}
