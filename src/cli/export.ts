/** `lowtide export` and `lowtide import`: files for other tools and auditors, and runs that other tools measured. */
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { GraphqlClient } from '../client/graphql-client.js';
import {
  ExportRunsDocument,
  ImportCodecarbonDocument,
  type ExportFormat,
  type ExportScope,
  type FunctionalUnit,
  type ImportCodecarbonMutation,
} from './documents.js';
import { findExperiment } from './find-experiment.js';
import { givenFolder, givenText } from './given-file.js';
import { underOwnNames } from './own-names.js';

/** What the command calls each format of the API. */
export const FORMATS = {
  codecarbon: 'CODECARBON_CSV',
  summary: 'SUMMARY_JSON',
  sci: 'SCI_JSON',
  boamps: 'BOAMPS_JSON',
  'ai-act': 'AI_ACT_MARKDOWN',
  samples: 'SAMPLES_PARQUET',
} as const satisfies Readonly<Record<string, ExportFormat>>;

/** And each of its other choices. */
export const SCOPES = { machine: 'MACHINE', process: 'PROCESS' } as const satisfies Readonly<Record<string, ExportScope>>;
export const UNITS = {
  run: 'RUN',
  epoch: 'EPOCH',
  'accuracy-point': 'ACCURACY_POINT',
  inference: 'INFERENCE',
} as const satisfies Readonly<Record<string, FunctionalUnit>>;

export interface ExportOptions {
  readonly experiment?: string;
  readonly run?: readonly string[];
  readonly scope: keyof typeof SCOPES;
  readonly unit: keyof typeof UNITS;
  readonly inferences?: number;
  readonly out: string;
}

/** Returns the path of the file. @throws Error when there is no such experiment, or nothing is named */
export const exportRuns = async (client: GraphqlClient, format: keyof typeof FORMATS, options: ExportOptions): Promise<string> => {
  if (options.unit === 'inference' && options.inferences === undefined)
    throw new Error('--unit inference: needs --inferences <count>, how many the model is to serve');
  const runs = await runsToExport(client, options);
  const { exportRuns: file } = await client.query(ExportRunsDocument, {
    runs,
    format: FORMATS[format],
    scope: SCOPES[options.scope],
    functionalUnit: UNITS[options.unit],
    inferences: options.inferences ?? null,
  });
  const written = path.join(givenFolder(options.out), file.name);
  fs.writeFileSync(written, Buffer.from(file.content, file.encoding === 'base64' ? 'base64' : 'utf8'));
  return written;
};

/** @throws Error when there is no such experiment, or nothing is named */
export const runsToExport = async (
  client: GraphqlClient,
  options: Pick<ExportOptions, 'run' | 'experiment'>,
): Promise<readonly string[]> => {
  const runs = [...(options.run ?? []), ...(options.experiment === undefined ? [] : await runsOf(client, options.experiment))];
  if (runs.length === 0)
    throw new Error('nothing to export: name an experiment with --experiment <id or name>, or runs with --run <id...>');
  return runs;
};

const runsOf = async (client: GraphqlClient, experiment: string): Promise<readonly string[]> => {
  const { runs } = await findExperiment(client, experiment);
  return runs.map(({ id }) => id);
};

/** Rows sent at once, well below the server's limit of a request's size. */
const ROWS_AT_ONCE = 200;

/** What became of a file, in a sentence. @throws Error for a file that is not there or not CodeCarbon's */
export const importCodecarbon = async (client: GraphqlClient, experiment: string, file: string): Promise<string> => {
  const text = givenText(file);
  const { id } = await findExperiment(client, experiment);
  let added = 0;
  let known = 0;
  let ignored: readonly string[] = [];
  for (const csv of pieces(text)) {
    const answer = await sent(client, id, csv, file);
    added += answer.added;
    known += answer.known;
    ignored = answer.ignoredColumns;
  }
  const left = ignored.length === 0 ? '' : `; left out the columns ${ignored.join(', ')}, which CodeCarbon does not have`;
  return `${file}: ${added} runs imported${known > 0 ? `, ${known} were there already` : ''}${left}`;
};

type Imported = Extract<ImportCodecarbonMutation['importCodecarbon'], { readonly __typename: 'RunsImported' }>;

const sent = async (client: GraphqlClient, experiment: string, csv: string, file: string): Promise<Imported> => {
  const { importCodecarbon: answer } = await client.query(ImportCodecarbonDocument, { experiment, csv }).catch((failure: unknown) => {
    throw underOwnNames(failure, (path) => path.replace(/^csv(\.csv)?/, file));
  });
  if (answer.__typename !== 'RunsImported') throw new Error(`${file}: ${answer.message}`);
  return answer;
};

/** The file in pieces that each have its header; one that is no CSV goes as it is, for the server to say why. */
const pieces = (text: string): readonly string[] => {
  let rows: readonly (readonly string[])[];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true });
  } catch {
    return [text];
  }
  const [header, ...body] = rows;
  if (header === undefined || body.length <= ROWS_AT_ONCE) return [text];
  return Array.from({ length: Math.ceil(body.length / ROWS_AT_ONCE) }, (_none, piece) =>
    stringify([[...header], ...body.slice(piece * ROWS_AT_ONCE, (piece + 1) * ROWS_AT_ONCE).map((row) => [...row])]),
  );
};
