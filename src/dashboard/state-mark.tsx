/** Where a run stands: a word with a shape and a colour, so that none of the three is needed alone. */
import type { PauseReason, RunState } from '../client/documents.js';
import { words } from './format.js';

const SHAPES: Readonly<Record<RunState, string>> = {
  PLANNED: 'M2 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M6 4v2.2l1.6 1',
  QUEUED: 'M2 3.5h8M2 6h8M2 8.5h8',
  RUNNING: 'M3.5 2.5l6 3.5l-6 3.5z',
  PAUSED: 'M4.2 2.5v7M7.8 2.5v7',
  SUCCEEDED: 'M2.2 6.4l2.6 2.6l5 -6',
  FAILED: 'M3 3l6 6M9 3l-6 6',
  HALTED: 'M3 3h6v6h-6z',
  CANCELLED: 'M2.5 6h7',
};

export const StateMark = ({ state, pauseReason }: { readonly state: RunState; readonly pauseReason: PauseReason | null }) => (
  <span class={`state ${state.toLowerCase()}`}>
    <svg viewBox="0 0 12 12" aria-hidden="true">
      <path d={SHAPES[state]} />
    </svg>
    {words(state)}
    {pauseReason === null ? null : <span class="why">{words(pauseReason)}</span>}
  </span>
);
