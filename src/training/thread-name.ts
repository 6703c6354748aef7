/** The name by which a thread's processor time is told apart from that of others. */
import fs from 'node:fs';

/** Linux: the thread's own name; what it starts inherits it. Elsewhere threads have no name to be found by. */
const THREAD_NAME = '/proc/thread-self/comm';

/** @param name at most 15 bytes */
export const nameThread = (name: string): void => {
  if (fs.existsSync(THREAD_NAME)) fs.writeFileSync(THREAD_NAME, name);
};
