/** Work that never runs beside itself: asked for while it runs, it runs once more when it is done. */
import { NoAnswer } from '../client/graphql-client.js';

/** @param fail takes what went wrong, but for a server that is away: the page says that by its connection */
export const oneAtATime = (work: () => Promise<void>, fail: (failure: unknown) => void): (() => void) => {
  let running = false;
  let again = false;
  const ask = (): void => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    void work()
      .catch((failure: unknown) => {
        if (!(failure instanceof NoAnswer)) fail(failure);
      })
      .finally(() => {
        running = false;
        if (!again) return;
        again = false;
        ask();
      });
  };
  return ask;
};
