/** What a reader of the screen is told: changes of state and answers, never each metric. */
import { signal } from '@preact/signals';

export const announcement = signal('');

export const announce = (text: string): void => {
  announcement.value = text;
};
