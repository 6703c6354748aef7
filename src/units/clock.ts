/** The clocks a part of the program may be given: the real one, a monotonic one, and the grid's. */
import { instant, type Instant } from './time.js';

export interface Clock {
  now(): Instant;
}

/** Elapsed time only: never steps backwards, not comparable between processes. */
export interface MonotonicClock {
  elapsedMs(): number;
}

export const wallClock: Clock = { now: () => instant(Date.now()) };
export const monotonicClock: MonotonicClock = { elapsedMs: () => performance.now() };

/** One straight piece of a replay: at real time `realAt` the grid stood at `gridAt`, and runs `speed` times as fast. */
export interface ReplayAnchor {
  readonly realAt: Instant;
  readonly gridAt: Instant;
  readonly speed: number;
}

/**
 * Maps real time to the grid's time. In service on the live grid they are the same; on a replayed trace
 * t_grid = t0 + k·(t_real − r0). Deadlines, waits and windows are grid time; energy is real.
 */
export interface GridClock extends Clock {
  /** Set when the grid is a replay. */
  readonly replay: ReplayAnchor | undefined;
  /** Grid milliseconds per real millisecond: 1 on the live grid. */
  readonly speed: number;
  toGrid(real: Instant): Instant;
  toReal(grid: Instant): Instant;
}

/** @throws RangeError when the speed is not a positive number */
export const replayGridClock = (real: Clock, anchor: ReplayAnchor): GridClock => {
  const { realAt, gridAt, speed } = anchor;
  if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`a replay's speed must be above 0, got ${speed}`);
  const toGrid = (at: Instant): Instant => instant(gridAt + speed * (at - realAt));
  return {
    replay: anchor,
    speed,
    now: () => toGrid(real.now()),
    toGrid,
    toReal: (at) => instant(realAt + (at - gridAt) / speed),
  };
};

/** On the live grid: real time is the grid's. */
export const liveGridClock = (real: Clock): GridClock => ({
  replay: undefined,
  speed: 1,
  now: () => real.now(),
  toGrid: (at) => at,
  toReal: (at) => at,
});

/** A replay's clock that can be set to another place while it is in use. */
export interface SettableGridClock extends GridClock {
  set(anchor: ReplayAnchor): void;
}

export const settableReplayClock = (real: Clock, anchor: ReplayAnchor): SettableGridClock => {
  let current = replayGridClock(real, anchor);
  return {
    get replay() {
      return current.replay;
    },
    get speed() {
      return current.speed;
    },
    now: () => current.now(),
    toGrid: (at) => current.toGrid(at),
    toReal: (at) => current.toReal(at),
    set(next) {
      current = replayGridClock(real, next);
    },
  };
};
