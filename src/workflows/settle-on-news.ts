/** Restates ledgers by itself: when something new is known of a zone, the runs booked there on less than a measurement. */
import { DAY_MS, instant, SECOND_MS } from '../units/time.js';
import type { Ports } from './ports.js';
import { settleRun } from './settle-run.js';

/** News come in bursts; one settlement a burst is enough. */
const QUIET_MS = 5 * SECOND_MS;
/** Sources settle within days; what is older is settled on demand. */
const LOOK_BACK_MS = 14 * DAY_MS;

/** Resolves, when called, once nothing is being settled any more. */
export type StopSettling = () => Promise<void>;

export const settleOnNews = (ports: Ports, zones: readonly string[], onFault: (fault: Error) => void, quietMs = QUIET_MS): StopSettling => {
  const waiting = new Map<string, NodeJS.Timeout>();
  let settling: Promise<void> = Promise.resolve();
  const settle = async (zone: string): Promise<void> => {
    const since = instant(ports.gridClock.now() - LOOK_BACK_MS);
    for (const id of await ports.reader.provisionalRuns(zone, since)) await settleRun(ports, id);
  };
  const soon = (zone: string): void => {
    if (waiting.has(zone)) return;
    const timer = setTimeout(() => {
      waiting.delete(zone);
      settling = settling
        .then(() => settle(zone))
        .catch((failure: unknown) => {
          onFault(new Error(`cannot settle the runs in ${zone}; the next reading tries again`, { cause: failure }));
        });
    }, quietMs);
    waiting.set(zone, timer);
  };
  const stops = zones.map((zone) => ports.grid.onNews(zone, () => soon(zone)));
  return async () => {
    for (const stop of stops) stop();
    for (const timer of waiting.values()) clearTimeout(timer);
    await settling;
  };
};
