/**
 * Keeps an experiment tracker up to date while runs train. It follows what the record says and never the other way round: a
 * tracker that is slow, gone or broken costs its own runs their freshness and nothing else. What was missed is sent when it
 * is back.
 */
import { ExponentialBackoff } from 'cockatiel';
import type { ExportBook } from '../tracking/export-book.js';
import { exportRun } from '../tracking/export-run.js';
import type { TrackedSource } from '../tracking/tracked-run.js';
import { TrackerFault, type OpenedRun, type Tracker } from '../tracking/tracker.js';
import type { Clock } from '../units/clock.js';
import { MINUTE_MS, SECOND_MS, type Instant } from '../units/time.js';

export interface LiveExportPorts {
  readonly tracker: Tracker;
  readonly source: TrackedSource;
  readonly book: ExportBook;
  readonly clock: Clock;
  /** Names this process among those on the database. */
  readonly exporter: string;
  /** Calls back with the id of each run whose log has grown, or with none when some may have been missed. */
  onNews(listener: (runId: string | undefined) => void): () => void;
  /** Told when the tracker begins or ceases to fail, and of runs that are given up. */
  readonly log: (line: string) => void;
  /** Of the database and of our own; tried again. */
  onFault(fault: Error): void;
}

/** How the export is doing. */
export interface LiveExportState {
  readonly name: string;
  /** Undefined: its last word was good, or nothing was asked yet. */
  readonly failure: { readonly since: Instant; readonly message: string } | undefined;
  /** Undefined: never yet. */
  readonly lastSuccessAt: Instant | undefined;
  readonly waiting: number;
  readonly upToDate: number;
  readonly givenUp: readonly { readonly runId: string; readonly reason: string }[];
}

export interface LiveExport {
  state(): Promise<LiveExportState>;
  close(): Promise<void>;
}

/** Between two rounds: a tracker is told a few events at a time, not each by itself. */
const ROUND_MS = 2 * SECOND_MS;
/** Without news, for what a lost notification or another exporter's end has left. */
const QUIET_MS = 30 * SECOND_MS;
/** A run whose exporter was killed is taken over after so long. */
const LENT_MS = 20 * SECOND_MS;
/** For the round at the end. */
const LAST_ROUND_MS = 5 * SECOND_MS;
const RUNS_A_ROUND = 50;
const FAULTS_IN_A_ROW = 2;
const LONGEST_WAIT_MS = MINUTE_MS;
/** Runs kept open; what is dropped is asked for again. */
const MOST_OPEN = 200;

export const exportLive = (ports: LiveExportPorts): LiveExport => {
  const live = new Live(ports);
  return { state: () => live.state(), close: () => live.close() };
};

class Live {
  private readonly closing = new AbortController();
  private readonly opened = new Map<string, OpenedRun>();
  /** Runs the book was told of. */
  private readonly known = new Set<string>();
  private readonly stopListening: () => void;
  private failure: LiveExportState['failure'];
  private lastSuccessAt: Instant | undefined;
  private backoff = new ExponentialBackoff({ initialDelay: SECOND_MS, maxDelay: LONGEST_WAIT_MS }).next();
  private timer: NodeJS.Timeout | undefined;
  private dueAt = 0;
  private round: Promise<void> = Promise.resolve();

  constructor(private readonly ports: LiveExportPorts) {
    this.stopListening = ports.onNews((runId) => {
      if (runId !== undefined) this.note(runId);
      this.soon(ROUND_MS);
    });
    this.soon(0);
  }

  async state(): Promise<LiveExportState> {
    const { tracker, book } = this.ports;
    return { name: tracker.name, failure: this.failure, lastSuccessAt: this.lastSuccessAt, ...(await book.counts(tracker.address)) };
  }

  async close(): Promise<void> {
    this.stopListening();
    clearTimeout(this.timer);
    const giveUp = setTimeout(() => this.closing.abort(), this.failure === undefined ? LAST_ROUND_MS : 0);
    await this.round;
    // What happened last, like the end of a run or its pause by this process, is worth a moment; else the next start sends it.
    if (this.failure === undefined) await this.work();
    clearTimeout(giveUp);
    clearTimeout(this.timer);
    this.closing.abort();
    await this.ports.book.release(this.ports.tracker.address, this.ports.exporter);
  }

  /** At once, and whether or not the tracker is there: a run may be over before it is back. */
  private note(runId: string): void {
    if (this.known.has(runId)) return;
    this.known.add(runId);
    this.ports.book.add(this.ports.tracker.address, [runId]).catch((failure: unknown) => {
      this.known.delete(runId);
      this.ports.onFault(new Error(`cannot note run ${runId} for its export`, { cause: failure }));
    });
  }

  /** A round within `ms`, or when the tracker is to be tried again. */
  private soon(ms: number): void {
    const at = performance.now() + ms;
    if (this.closing.signal.aborted || this.failure !== undefined || (this.timer !== undefined && this.dueAt <= at)) return;
    this.schedule(ms);
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    if (this.closing.signal.aborted) return;
    this.dueAt = performance.now() + ms;
    this.timer = setTimeout(() => {
      this.round = this.round.then(() => this.work());
    }, ms);
  }

  /** Never rejects. */
  private async work(): Promise<void> {
    this.timer = undefined;
    let waitMs = QUIET_MS;
    try {
      if (await this.exportNews()) waitMs = ROUND_MS;
    } catch (failure) {
      if (this.closing.signal.aborted) return;
      waitMs = this.failed(failure);
    }
    if (this.failure === undefined) this.soon(waitMs);
    else this.schedule(waitMs);
  }

  /** Whether there may be more at once. */
  private async exportNews(): Promise<boolean> {
    const { tracker, book, exporter } = this.ports;
    await book.add(tracker.address, []);
    if (this.lastSuccessAt === undefined || this.failure !== undefined) await tracker.check(this.closing.signal);
    this.recovered();
    const runIds = await book.take(tracker.address, exporter, LENT_MS, RUNS_A_ROUND);
    let first: unknown;
    let inARow = 0;
    for (const runId of runIds) {
      try {
        await this.exportOne(runId);
        inARow = 0;
      } catch (failure) {
        if (!(failure instanceof TrackerFault)) throw failure;
        first ??= failure;
        inARow += 1;
        if (inARow === FAULTS_IN_A_ROW) break; // One run alone must not hold up the others; a server that is gone fails for all.
      }
    }
    if (first !== undefined) throw first as Error;
    return runIds.length === RUNS_A_ROUND;
  }

  private async exportOne(runId: string): Promise<void> {
    const { tracker, source, book, clock, log } = this.ports;
    this.closing.signal.throwIfAborted();
    const before = this.opened.get(runId);
    this.opened.delete(runId); // Kept again below: after a fault it is to be opened anew.
    try {
      const done = await exportRun(tracker, source, runId, clock.now(), this.closing.signal, before);
      if (done === undefined) return;
      // What came after its head was read is told, but not yet its state.
      await book.told(tracker.address, runId, Math.min(done.until, done.run.lastSequence));
      if (done.filesLeftOut !== undefined) log(`${tracker.name} has no files of run ${runId}: ${done.filesLeftOut}`);
      if (done.run.endedAt === undefined) this.keepOpen(runId, done.opened);
      else this.known.delete(runId);
      this.lastSuccessAt = clock.now();
    } catch (failure) {
      if (!(failure instanceof TrackerFault) || failure.remedy !== 'give-up') throw failure;
      await book.giveUp(tracker.address, runId, failure.message);
      log(`run ${runId} is not exported to ${tracker.name} any more: ${failure.message}`);
    }
  }

  private keepOpen(runId: string, opened: OpenedRun): void {
    this.opened.set(runId, opened);
    const [oldest] = this.opened.keys();
    if (this.opened.size > MOST_OPEN && oldest !== undefined) this.opened.delete(oldest);
  }

  private recovered(): void {
    this.lastSuccessAt = this.ports.clock.now();
    this.backoff = new ExponentialBackoff({ initialDelay: SECOND_MS, maxDelay: LONGEST_WAIT_MS }).next();
    if (this.failure === undefined) return;
    this.failure = undefined;
    this.ports.log(`${this.ports.tracker.name} is back; what it missed is sent`);
  }

  /** How long to leave it alone. */
  private failed(failure: unknown): number {
    const message = failure instanceof Error ? failure.message : String(failure);
    if (failure instanceof TrackerFault) {
      if (this.failure === undefined) this.ports.log(`${this.ports.tracker.name} is not told of runs for now, which go on: ${message}`);
      this.failure = { since: this.failure?.since ?? this.ports.clock.now(), message };
    } else this.ports.onFault(new Error(`cannot export runs to ${this.ports.tracker.name}; tried again`, { cause: failure }));
    const waitMs = (failure instanceof TrackerFault ? failure.retryAfterMs : undefined) ?? this.backoff.duration;
    this.backoff = this.backoff.next(undefined);
    return Math.min(waitMs, LONGEST_WAIT_MS);
  }
}
