/** The legal states of a run and the one table of moves between them. */

export const RUN_STATES = ['planned', 'queued', 'running', 'paused', 'succeeded', 'failed', 'halted', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

export const PAUSE_REASONS = ['by-user', 'preempted', 'high-carbon', 'migrating'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/**
 * planned: has a window in the future; queued: wants to start, waits for a free host; running: a worker holds its
 * segment. A waiting run may be paused by its user as a running one may.
 */
const MOVES: Readonly<Record<RunState, readonly RunState[]>> = {
  planned: ['queued', 'paused', 'failed', 'cancelled'],
  queued: ['running', 'paused', 'failed', 'cancelled'],
  running: ['paused', 'succeeded', 'failed', 'halted', 'cancelled'],
  paused: ['planned', 'queued', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  halted: [],
  cancelled: [],
};

export const mayMove = (from: RunState, to: RunState): boolean => MOVES[from].includes(to);
export const isTerminal = (state: RunState): boolean => MOVES[state].length === 0;

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
