/** The experiment a user means by its id or by its name; of a name, the newest. */
import type { GraphqlClient } from '../client/graphql-client.js';
import { ExperimentRunsDocument, NewestExperimentsDocument, type ExperimentRunsQuery } from './documents.js';

export type FoundExperiment = NonNullable<ExperimentRunsQuery['experiment']>;

/** @throws Error that names the newest there are */
export const findExperiment = async (client: GraphqlClient, given: string): Promise<FoundExperiment> => {
  const { experiment } = await client.query(ExperimentRunsDocument, { id: given });
  const found = experiment ?? (await client.query(ExperimentRunsDocument, { name: given })).experiment;
  if (found !== null) return found;
  const { experiments } = await client.query(NewestExperimentsDocument, {});
  const names = [...new Set(experiments.edges.map(({ node }) => node.name))];
  const there = names.length === 0 ? 'there are none yet' : `the newest are ${names.join(', ')}`;
  throw new Error(`no experiment has the id or the name ${JSON.stringify(given)}; ${there}`);
};
