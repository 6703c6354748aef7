/** Runs that a client names by their ids. */
import type { RunReader, StoredRun } from '../record/run-log.js';
import { badInput } from './bad-input.js';

/** In the order of the ids. @throws GraphQLError that names every id without a run, or how many ids are allowed */
export const runsNamed = async (
  reader: Pick<RunReader, 'runsWith'>,
  ids: readonly string[],
  most: number,
): Promise<readonly StoredRun[]> => {
  if (ids.length < 1 || ids.length > most) throw badInput([{ path: 'runs', given: `${ids.length} ids`, allowed: `1 to ${most} ids` }]);
  const runs = new Map((await reader.runsWith(ids)).map((run) => [run.id, run]));
  const found = ids.map((id) => ({ id, run: runs.get(id.toLowerCase()) }));
  const problems = found.flatMap(({ id, run }, index) =>
    run === undefined ? [{ path: `runs[${index}]`, given: JSON.stringify(id), allowed: 'the id of a run' }] : [],
  );
  if (problems.length > 0) throw badInput(problems);
  return found.flatMap(({ run }) => run ?? []);
};
