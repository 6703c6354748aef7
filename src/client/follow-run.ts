/** A run's log, followed by cursor: across broken connections and restarts of the server nothing is lost or told twice. */
import { RunEndDocument, RunEventsDocument, type RunEventsSubscription, type RunState } from './documents.js';
import { NoAnswer, type GraphqlClient } from './graphql-client.js';

export type RunEvent = RunEventsSubscription['runEvents'];

export interface FollowOptions {
  /** Sequence of the last event already seen; 0 when absent. */
  readonly after?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

const ENDED: readonly RunState[] = ['SUCCEEDED', 'FAILED', 'HALTED', 'CANCELLED'];
const WAIT_MS = 1000;

/** Nothing follows by itself: a halted run goes on only when its budget is raised. */
export const hasEnded = (state: RunState): boolean => ENDED.includes(state);

/**
 * Events above `after` in sequence order, then those to come; ends with the run, a halted one included.
 * @throws GraphqlFailure for a run there is not; NoAnswer when the client's retries are used up
 */
export async function* followRun(client: GraphqlClient, run: string, options: FollowOptions = {}): AsyncGenerator<RunEvent, void> {
  const { signal } = options;
  const stopped = (): boolean => signal?.aborted === true;
  let cursor = options.after ?? 0;
  // Read anew whenever the subscription is sent: after a broken connection it goes on from the last event seen.
  const variables = {
    run,
    get after() {
      return cursor;
    },
  };
  while (!stopped()) {
    for await (const { runEvents: event } of client.subscribe(RunEventsDocument, variables, signal)) {
      if (event.sequence <= cursor) continue;
      if (event.sequence > cursor + 1) throw new Error(`run ${run}: event ${event.sequence} came after ${cursor}; the log has no gaps`);
      cursor = event.sequence;
      yield event;
      if (event.__typename === 'RunStateChanged' && hasEnded(event.to)) return;
    }
    // Completed by the server: the run had ended before, or the server is closing.
    if (stopped() || (await endedAt(client, run, cursor))) return;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

const endedAt = async (client: GraphqlClient, run: string, cursor: number): Promise<boolean> => {
  try {
    const { run: found } = await client.query(RunEndDocument, { run });
    return found === null || (hasEnded(found.state) && found.lastSequence <= cursor);
  } catch (failure) {
    if (failure instanceof NoAnswer) return false; // The subscription's own retries say when it has been too long.
    throw failure;
  }
};
