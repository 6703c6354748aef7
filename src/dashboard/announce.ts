/** What a reader of the screen is told: changes of state and answers, never each metric. */
import { signal } from '@preact/signals';
import type { RunEvent } from '../client/follow-run.js';
import { words } from './format.js';

export const announcement = signal('');

/** Of a run's events those that change its state. */
export const announceStates = (name: string, events: readonly RunEvent[]): void => {
  const [newest] = events.flatMap((event) => (event.__typename === 'RunStateChanged' ? [event] : [])).slice(-1);
  if (newest !== undefined) announce(`${name} is ${words(newest.to)}: ${newest.stateMessage}`);
};

export const announce = (text: string): void => {
  announcement.value = text;
};
