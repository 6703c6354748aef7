/** Submits run files as one experiment, as any client would. */
import { SubmitDocument, type RunSpecInput } from '../client/documents.js';
import type { GraphqlClient } from '../client/graphql-client.js';
import { readRunFile } from './run-file.js';

export interface SubmittedExperiment {
  readonly id: string;
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  /** Of the first run. */
  readonly zone: string;
}

/** @throws YamlFileError, GraphqlFailure, Error with the refusal's message */
export const submitRunFiles = (
  client: GraphqlClient,
  name: string,
  files: readonly string[],
  project?: string,
): Promise<SubmittedExperiment> =>
  submitRuns(
    client,
    name,
    files.map((file) => readRunFile(file)),
    project,
  );

/** @param runs inputs of the API */
export const submitRuns = async (
  client: GraphqlClient,
  name: string,
  runs: readonly Readonly<Record<string, unknown>>[],
  project?: string,
): Promise<SubmittedExperiment> => {
  // A run file was checked by the parser that the server uses.
  const input = { name, project, runs: runs as unknown as readonly RunSpecInput[] };
  const { submitExperiment: answer } = await client.query(SubmitDocument, { input });
  if (answer.__typename !== 'ExperimentSubmitted') throw new Error(`refused (${answer.__typename}), run ${answer.run}: ${answer.message}`);
  return { ...answer.experiment, zone: String(runs[0]?.['zone']) };
};
