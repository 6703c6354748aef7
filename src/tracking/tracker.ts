/** The port of an experiment tracker, and how calls to one fail. The adapter for MLflow is in `mlflow`. */
import type { TrackedFile, TrackedMetric, TrackedPoint, TrackedRun } from './tracked-run.js';

/** `again`: a later attempt may succeed; `give-up`: of this run nothing more is exported unless its tracker changes. */
export type Remedy = 'again' | 'give-up';

/** A tracker did not do what it was asked. */
export class TrackerFault extends Error {
  constructor(
    message: string,
    readonly remedy: Remedy,
    /** Asked for by the tracker. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'TrackerFault';
  }
}

/**
 * A run in a tracker. Only the tracker itself knows for sure what it has: `cursor` is its own word, and after a fault of any
 * call the run is to be opened anew, which asks for it again.
 */
export interface OpenedRun {
  /** Sequence of the last event whose metrics it has; 0: none. */
  readonly cursor: number;
  /** The last value of each metric. */
  readonly latest: Readonly<Record<string, number>>;
  /** In order, above the cursor. @throws TrackerFault */
  append(points: readonly TrackedPoint[], until: number, signal: AbortSignal): Promise<void>;
  /** @throws TrackerFault */
  describe(run: TrackedRun, totals: readonly TrackedMetric[], signal: AbortSignal): Promise<void>;
  /** Files of the same path are replaced. Returns why none could be put there, if so. @throws TrackerFault */
  upload(files: readonly TrackedFile[], signal: AbortSignal): Promise<string | undefined>;
  /** @throws TrackerFault */
  setStatus(run: Pick<TrackedRun, 'status' | 'endedAt'>, signal: AbortSignal): Promise<void>;
}

export interface Tracker {
  /** Like `MLflow at http://127.0.0.1:5000`. */
  readonly name: string;
  /** Its address: what tells two trackers apart. */
  readonly address: string;
  /** Its version, if it is there and lets us in. @throws TrackerFault */
  check(signal: AbortSignal): Promise<string>;
  /** The run by our id, which stands in a tag; made where it is not there yet. @throws TrackerFault */
  open(run: TrackedRun, signal: AbortSignal): Promise<OpenedRun>;
}
