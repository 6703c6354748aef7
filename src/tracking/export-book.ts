/** The port that remembers which runs a tracker is to be told of, and how far it was. The adapter is in `store`. */

/** What is exported to one tracker, in numbers. */
export interface ExportCounts {
  /** Runs with more in their log than the tracker was told. */
  readonly waiting: number;
  /** Runs it was told everything of. */
  readonly upToDate: number;
  readonly givenUp: readonly { readonly runId: string; readonly reason: string }[];
}

export interface ExportBook {
  /** Adds the runs that have not ended, and those named; none that is known already. */
  add(tracker: string, runIds: readonly string[]): Promise<void>;
  /**
   * Runs with news for a tracker, the oldest first, each lent to this exporter for a while: of several processes on one
   * database one exports a run.
   */
  take(tracker: string, exporter: string, lentMs: number, most: number): Promise<readonly string[]>;
  /** Told up to a sequence. */
  told(tracker: string, runId: string, sequence: number): Promise<void>;
  /** Nothing more of this run, and why. */
  giveUp(tracker: string, runId: string, reason: string): Promise<void>;
  /** Ends the loans of an exporter that goes. */
  release(tracker: string, exporter: string): Promise<void>;
  counts(tracker: string): Promise<ExportCounts>;
}
