/** What a planner is asked and what it answers. Times are grid time; energy is real. */
import type { Forecast } from '../grid/reading.js';
import type { GramsCO2eq, Joules, Watts } from '../units/quantities.js';
import type { Instant, Interval } from '../units/time.js';

/** How long a run will take and how much power it will draw, and where the figures come from. */
export interface Estimate {
  /** Real milliseconds of work, start-up included. */
  readonly durationMs: number;
  /** Mean power while it runs. */
  readonly power: Watts;
  /** Real milliseconds of it that every segment takes besides its work: start-up and checkpoint. */
  readonly overheadMs: number;
  /** Range that about four of five runs fall into, by how far off earlier estimates of this basis were. */
  readonly spread: { readonly durationMs: readonly [low: number, high: number]; readonly power: readonly [low: Watts, high: Watts] };
  /**
   * `earlier-run`: measured on finished runs of the same shape on this host; `probe`: a few real steps just now;
   * `this-run`: what of this run is done already.
   */
  readonly basis: 'earlier-run' | 'probe' | 'this-run';
  readonly imagesPerSecond: number;
}

export interface PlanRequest {
  readonly zone: string;
  readonly estimate: Estimate;
  /** Grid milliseconds per real millisecond; the planner scales durations by it. */
  readonly gridSpeed: number;
  readonly pue: number;
  /** Not before. */
  readonly release: Instant;
  /** Done by. */
  readonly deadline: Instant;
  /** May be cut into segments, each of at least so much grid time, its start included; absent: stays in one piece. */
  readonly interruptible?: { readonly minimumSegmentMs: number };
  /** Of every start and restart of an interruptible run; the estimate includes the first. */
  readonly startCost?: RealCost;
  /** Of a segment in another zone than the one before it, on top of its start. */
  readonly migration?: RealCost;
  /** Trains in its own zone only within these, in time order and apart from each other; absent: at any time. */
  readonly permitted?: readonly Interval[];
}

export interface RealCost {
  readonly durationMs: number;
  readonly energy: Joules;
}

/** Another zone a run may train in. */
export interface ZoneOffer {
  readonly forecast: Forecast;
  /** As in the request. */
  readonly permitted?: readonly Interval[];
}

export interface PlannedSegment {
  readonly zone: string;
  readonly interval: Interval;
}

/** A place in time and what it is expected to emit; undefined where the forecast has a gap in it. */
export interface Placement {
  readonly interval: Interval;
  readonly expected: GramsCO2eq | undefined;
}

export interface EmissionsRange {
  readonly low: GramsCO2eq;
  readonly high: GramsCO2eq;
}

export interface Plan {
  readonly mode: 'immediate' | 'planned' | 'threshold';
  readonly segments: readonly PlannedSegment[];
  readonly expected: GramsCO2eq | undefined;
  /** What 80 % of outcomes lie within by the forecast, for the run as estimated; absent when it states no intervals. */
  readonly expected80?: EmissionsRange;
  /** The alternative of starting at once, under the same forecast. */
  readonly immediate: Placement;
  /** Which forecast decided; undefined when no forecast was consulted. */
  readonly forecast: { readonly method: string; readonly issuedAt: Instant } | undefined;
  readonly estimate: Estimate;
  /** Why, in one or two sentences with the numbers that decided. */
  readonly reason: string;
}

export type PlanRefusal =
  | {
      readonly kind: 'no-window-before-deadline';
      readonly deadline: Instant;
      readonly release: Instant;
      /** Grid milliseconds the run is estimated to need. */
      readonly neededMs: number;
      /** The earliest time that would do with more slack, as far as a forecast tells. */
      readonly nearest: Interval | undefined;
      readonly message: string;
    }
  | { readonly kind: 'forecast-unknown'; readonly nearest: Interval | undefined; readonly message: string };

export type Planning = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly refusal: PlanRefusal };
