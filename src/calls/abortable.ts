/** Calls that end when their caller has left, whatever else they wait for. */

/** The outcome of the work, or the signal's reason as soon as it is aborted, whichever comes first. */
export const untilAborted = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  signal.throwIfAborted();
  let leave: (() => void) | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work(), left]);
  } finally {
    signal.removeEventListener('abort', leave!);
  }
};

/** Runs work with a signal of its own that is aborted after a time or with the caller's; `timedOut` tells which it was. */
export const withinTime = async <T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  timedOut: () => Error,
): Promise<T> => {
  // Not AbortSignal.any: it keeps every derived signal alive as long as the caller's (nodejs/node#55351).
  const controller = new AbortController();
  const leave = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(timedOut()), timeoutMs);
  signal.addEventListener('abort', leave, { once: true });
  try {
    signal.throwIfAborted();
    return await work(controller.signal);
  } catch (failure) {
    controller.signal.throwIfAborted();
    throw failure;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
};

/**
 * One call under way however many ask for it. Each asker leaves on its own signal; the call is aborted when the last one
 * has left.
 */
export const sharedCall = <T>(call: (signal: AbortSignal) => Promise<T>): ((signal: AbortSignal) => Promise<T>) => {
  let current: { readonly outcome: Promise<T>; readonly controller: AbortController; askers: number } | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    if (current === undefined) {
      const controller = new AbortController();
      const started = { outcome: call(controller.signal), controller, askers: 0 };
      current = started;
      const over = (): void => {
        if (current === started) current = undefined;
      };
      started.outcome.then(over, over);
    }
    const joined = current;
    joined.askers += 1;
    try {
      return await untilAborted(signal, () => joined.outcome);
    } finally {
      joined.askers -= 1;
      if (joined.askers === 0) {
        joined.controller.abort();
        if (current === joined) current = undefined;
      }
    }
  };
};
