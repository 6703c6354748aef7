/** A zone's intensity as a stream: the reading in force at once, and each one that follows or supersedes it. */
import { readingAt, type IntensityKind, type Reading } from '../grid/reading.js';
import { later } from '../units/time.js';
import type { Lowtide } from '../workflows/lowtide.js';

/** How often a gap is looked at again, in real time. */
const GAP_POLL_MS = 1000;

export interface CurrentReading {
  readonly now: Reading | undefined;
}

/** Ends only when the reader returns; then no timer and no listener is left. */
export const readingChanges = (
  { grid, gridClock: clock }: Pick<Lowtide, 'grid' | 'gridClock'>,
  zone: string,
  kind?: IntensityKind,
): AsyncIterableIterator<CurrentReading> => {
  const done = { done: true, value: undefined } as const;
  let last: CurrentReading | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let news = false;
  let closed = false;
  const stopListening = grid.onNews(zone, () => {
    news = true;
    wake?.();
  });

  const until = (realMs: number): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, Math.max(0, realMs));
      if (news || closed) resolve();
    });
  const close = (): void => {
    closed = true;
    stopListening();
    clearTimeout(timer);
    wake?.();
  };
  const next = async (): Promise<IteratorResult<CurrentReading>> => {
    while (!closed) {
      news = false;
      const at = clock.now();
      const reading = readingAt(await grid.readings(zone, { start: at, end: later(at, 1) }, at, kind), at);
      if (last === undefined || !sameStatement(reading, last.now)) {
        last = { now: reading };
        return { done: false, value: last };
      }
      await until(reading === undefined ? GAP_POLL_MS : (reading.interval.end - clock.now()) / clock.speed + 1);
      clearTimeout(timer);
    }
    return done;
  };
  return {
    next,
    return() {
      close();
      return Promise.resolve(done);
    },
    throw(failure: unknown) {
      close();
      return Promise.reject(failure instanceof Error ? failure : new Error(String(failure)));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};

const sameStatement = (a: Reading | undefined, b: Reading | undefined): boolean =>
  a?.interval.start === b?.interval.start && a?.intensity === b?.intensity && a?.provenance === b?.provenance && a?.source === b?.source;
