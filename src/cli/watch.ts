/** `lowtide watch`: an experiment's runs to their end, then side by side. */
import { CommanderError } from 'commander';
import type { GraphqlClient } from '../client/graphql-client.js';
import { comparisonTable } from './comparison-table.js';
import { followRuns } from './follow-runs.js';
import type { RunProgress } from './run-progress.js';

export interface Watched {
  readonly id: string;
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  /** Whose intensity is shown. */
  readonly zone: string | undefined;
  /** Address of its server. */
  readonly url: string;
}

const INTERRUPTED = 130;

/** @throws CommanderError with status 130 after Ctrl-C: the runs go on by themselves; Error when one did not succeed */
export const watchExperiment = async (
  client: GraphqlClient,
  { id, runs, zone, url }: Watched,
  say: (line: string) => void,
): Promise<void> => {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  // Not once: a listener gone before the display's own is called would have that one end the process.
  process.on('SIGINT', leave);
  let followed: readonly RunProgress[];
  try {
    followed = await followRuns(client, runs, { zone, signal: leaving.signal });
  } finally {
    process.off('SIGINT', leave);
  }
  if (leaving.signal.aborted) {
    say(`no longer followed; the runs go on. Follow them again with lowtide watch ${id}`);
    throw new CommanderError(INTERRUPTED, 'lowtide.interrupted', 'interrupted');
  }
  say(await comparisonTable(client, id));
  say(`as a report: ${new URL(`/reports/baseline-vs-optimized?experiment=${id}`, url).href}`);
  const others = followed.filter(({ state }) => state !== 'SUCCEEDED');
  if (others.length === 0) return;
  const told = others.map(({ name, state }) => `${name} (${state.toLowerCase()})`).join(', ');
  throw new Error(`${others.length} of ${followed.length} runs did not succeed: ${told}`);
};
