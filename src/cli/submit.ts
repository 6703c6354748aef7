/** Submits run files as one experiment, as any client would. */
import { SubmitDocument, type RunSpecInput } from '../client/documents.js';
import type { GraphqlClient } from '../client/graphql-client.js';
import { withFileNames } from '../client/run-file.js';
import { underOwnNames } from './own-names.js';
import { readRunFile } from './run-file.js';

export interface SubmittedExperiment {
  readonly id: string;
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  /** Of the first run. */
  readonly zone: string;
}

/** @throws YamlFileError, GraphqlFailure, Error with the refusal's message */
export const submitRunFiles = async (
  client: GraphqlClient,
  name: string,
  files: readonly string[],
  project?: string,
): Promise<SubmittedExperiment> => {
  const runs = files.map((file) => readRunFile(file));
  try {
    return await submitRuns(client, name, runs, project);
  } catch (failure) {
    throw underOwnNames(failure, (path) => nameOf(path, files));
  }
};

/** A field of a run is in its file, what they have in common is in options. */
const nameOf = (path: string, files: readonly string[]): string => {
  const [, index, field] = /^input\.runs\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  if (index !== undefined) return `${files[Number(index)]!}: ${withFileNames(field ?? '')}`;
  return path.replace(/^input\.name$/, '--experiment').replace(/^input\./, '--');
};

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
