/** A run as experiment trackers know runs: parameters, tags, metrics over steps, a status, files. Units stand in the names. */
import type { Instant } from '../units/time.js';

/** What every tracker has a word for; a paused run is scheduled: it holds no host and waits for its next segment. */
export type TrackedStatus = 'scheduled' | 'running' | 'finished' | 'failed' | 'killed';

export interface TrackedMetric {
  /** Like `power_watts`. */
  readonly key: string;
  readonly value: number;
  /** Real time. */
  readonly at: Instant;
  /** Optimiser steps. */
  readonly step: number;
}

/** The metrics one event of a run's log stands for. */
export interface TrackedPoint {
  readonly sequence: number;
  readonly metrics: readonly TrackedMetric[];
}

/** A piece of a run's log, in order. */
export interface TrackedPage {
  readonly points: readonly TrackedPoint[];
  /** Sequence of the last event looked at; events without metrics are no points. */
  readonly until: number;
  /** Nothing is above `until` for now. */
  readonly complete: boolean;
}

/** Everything about a run but its metrics over time. */
export interface TrackedRun {
  readonly id: string;
  readonly name: string;
  readonly experimentName: string;
  readonly status: TrackedStatus;
  /** Submission, real time. */
  readonly submittedAt: Instant;
  /** Real time; undefined while something may follow. */
  readonly endedAt: Instant | undefined;
  /** Never change once they are there. */
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Figures of the whole run, once it has ended. What is unknown is absent, and a tag says why. */
  readonly totals: Readonly<Record<string, number>>;
  /** Optimiser steps at which the totals stand. */
  readonly step: number;
  readonly lastSequence: number;
}

export interface TrackedFile {
  /** With slashes. */
  readonly path: string;
  readonly mediaType: string;
  readonly content: string;
}

/** Where a run to be exported is read from: the record, or a server's API. */
export interface TrackedSource {
  /** Undefined: there is no such run. */
  run(id: string): Promise<TrackedRun | undefined>;
  /** What the log holds above `after`. */
  page(id: string, after: number): Promise<TrackedPage>;
  files(id: string): Promise<readonly TrackedFile[]>;
}
