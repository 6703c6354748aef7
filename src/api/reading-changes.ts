/** A zone's intensity as a stream: the reading in force at once, and each one that follows it. */
import { readingAt, type Reading } from '../grid/reading.js';
import { UnknownZone } from '../grid/zone.js';
import { later } from '../units/time.js';
import type { Lowtide } from '../workflows/lowtide.js';
import { badInput } from './bad-input.js';

/** How often a gap is looked at again, in real time. */
const GAP_POLL_MS = 1000;

export interface CurrentReading {
  readonly now: Reading | undefined;
}

/** Ends only when the reader returns; then no timer is left. */
export const readingChanges = ({ grid, gridClock: clock }: Lowtide, zone: string): AsyncIterableIterator<CurrentReading> => {
  const zones = grid.zones();
  if (!zones.some(({ key }) => key === zone)) {
    const unknown = new UnknownZone(
      zone,
      zones.map(({ key }) => key),
    );
    throw badInput([{ path: 'zone', given: JSON.stringify(zone), allowed: `one of ${unknown.known.join(', ')}` }]);
  }
  const done = { done: true, value: undefined } as const;
  let last: CurrentReading | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const until = (realMs: number): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, Math.max(0, realMs));
    });
  const close = (): void => {
    closed = true;
    clearTimeout(timer);
    wake?.();
  };
  const next = async (): Promise<IteratorResult<CurrentReading>> => {
    while (!closed) {
      const at = clock.now();
      const reading = readingAt(await grid.readings(zone, { start: at, end: later(at, 1) }, at), at);
      if (last === undefined || reading?.interval.start !== last.now?.interval.start) {
        last = { now: reading };
        return { done: false, value: last };
      }
      await until(reading === undefined ? GAP_POLL_MS : (reading.interval.end - clock.now()) / clock.speed + 1);
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
