/** The legal states of a run and the one table of moves between them. */

export const RUN_STATES = ['planned', 'queued', 'running', 'paused', 'succeeded', 'failed', 'halted', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

export const PAUSE_REASONS = ['by-user', 'preempted', 'high-carbon', 'migrating'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/**
 * planned: has a window in the future; queued: wants to start, waits for a free host; running: a worker holds its
 * segment. A waiting run may be paused by its user as a running one may. halted: ended by a budget, until it is raised or its next period begins.
 * A planned run stays planned when its window moves, a paused one paused when the reason changes.
 */
const MOVES: Readonly<Record<RunState, readonly RunState[]>> = {
  planned: ['planned', 'queued', 'paused', 'failed', 'cancelled'],
  queued: ['running', 'planned', 'paused', 'failed', 'halted', 'cancelled'],
  running: ['paused', 'succeeded', 'failed', 'halted', 'cancelled'],
  paused: ['paused', 'planned', 'queued', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  halted: ['queued', 'cancelled'],
  cancelled: [],
};

export const mayMove = (from: RunState, to: RunState): boolean => MOVES[from].includes(to);
/** Nothing follows any more. */
export const isTerminal = (state: RunState): boolean => MOVES[state].length === 0;
/** Nothing follows soon: a halted run goes on when its budget is raised, when a new period of it begins, or when it is resumed. */
export const hasEnded = (state: RunState): boolean => state === 'halted' || isTerminal(state);

/** A move the table does not have. */
export class IllegalMove extends Error {
  constructor(
    readonly from: RunState,
    readonly to: RunState,
  ) {
    super(`a run that is ${from} cannot become ${to}; from ${from} it may become ${MOVES[from].join(', ') || 'nothing else'}`);
    this.name = 'IllegalMove';
  }
}
