/** Files for other tools and auditors, and runs that other tools measured, as the API shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { SciScore } from '../../emissions/sci.js';
import type { ImportedRun } from '../../record/imported-run.js';
import type { ExportedFile, ImportAnswer } from '../../workflows/answers.js';

@ObjectType('ExportedFile', { description: 'A file, to be saved as it is.' })
export class ExportedFileType {
  @Field(() => String, { description: 'Name to save it under.' })
  name!: string;
  @Field(() => String, { description: 'Media type.' })
  mediaType!: string;
  @Field(() => String, { description: '`utf8`: the content is the text; `base64`: it is bytes, encoded.' })
  encoding!: string;
  @Field(() => String, { description: 'Content.' })
  content!: string;
}

export const exportedFileView = ({ name, mediaType, content }: ExportedFile): ExportedFileType =>
  typeof content === 'string'
    ? { name, mediaType, encoding: 'utf8', content }
    : { name, mediaType, encoding: 'base64', content: Buffer.from(content).toString('base64') };

@ObjectType('Sci', { description: 'Software Carbon Intensity (ISO/IEC 21031:2024): (E × I + M) / R.' })
export class SciType {
  @Field(() => Float, { nullable: true, description: 'E × I in gCO2eq, summed hour by hour, PUE included.' })
  operationalGco2eq!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: "M in gCO2eq: the host's embodied emissions by the share of its life it was metered for.",
  })
  embodiedGco2eq!: number | null;
  @Field(() => String, { nullable: true, description: 'Where the embodied emissions are from.' })
  embodiedSource!: string | null;
  @Field(() => Float, { nullable: true, description: 'R: functional units the run stands for.' })
  units!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq per functional unit; null where a part is unknown.' })
  sciGco2eqPerUnit!: number | null;
  @Field(() => String, { nullable: true, description: 'Why there is no score, when there is none.' })
  unknownBecause!: string | null;
}

export const sciView = (sci: SciScore): SciType => ({
  operationalGco2eq: sci.operationalGco2eq ?? null,
  embodiedGco2eq: sci.embodiedGco2eq ?? null,
  embodiedSource: sci.embodiedSource ?? null,
  units: sci.units ?? null,
  sciGco2eqPerUnit: sci.sciGco2eqPerUnit ?? null,
  unknownBecause: sci.unknownBecause ?? null,
});

@ObjectType('ImportedRun', { description: 'A run that CodeCarbon measured, kept beside an experiment to be compared with its own.' })
export class ImportedRunType {
  @Field(() => ID, { description: 'Id of the import.' })
  id!: string;
  @Field(() => String, { description: "CodeCarbon's project name." })
  name!: string;
  @Field(() => String, { nullable: true, description: "CodeCarbon's own id of the run." })
  run!: string | null;
  @Field(() => String, { description: 'When it ended, as written: local time of the machine that ran it.' })
  timestamp!: string;
  @Field(() => DateTime, { description: 'When it was imported.' })
  importedAt!: Date;
  @Field(() => Float, { description: 'Seconds it was tracked.' })
  durationSeconds!: number;
  @Field(() => Float, { description: 'gCO2eq, as CodeCarbon stated them.' })
  emissionsGco2eq!: number;
  @Field(() => Float, { description: 'kWh, as CodeCarbon stated them.' })
  energyKwh!: number;
  @Field(() => Float, { nullable: true, description: 'The intensity it was booked on: emissions / energy; null without energy.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => String, { nullable: true, description: 'Country.' })
  country!: string | null;
  @Field(() => String, { nullable: true, description: '`machine` or `process`, where the file says so.' })
  trackingMode!: string | null;
  @Field(() => String, { description: 'How its figures are known, in a sentence.' })
  provenance!: string;
}

export const importedRunView = ({ id, importedAt, run }: ImportedRun): ImportedRunType => ({
  id,
  name: run.projectName,
  run: run.runId ?? null,
  timestamp: run.timestamp,
  importedAt: new Date(importedAt),
  durationSeconds: run.durationSeconds,
  emissionsGco2eq: 1000 * run.emissionsKg,
  energyKwh: run.energyKwh,
  intensityGco2eqPerKwh: run.energyKwh > 0 ? (1000 * run.emissionsKg) / run.energyKwh : null,
  country: run.country ?? null,
  trackingMode: run.trackingMode ?? null,
  provenance: `measured by CodeCarbon${run.codecarbonVersion === undefined ? '' : ` ${run.codecarbonVersion}`}, ${run.trackingMode ?? 'tracking mode not stated'}, on one intensity for the whole run`,
});

@ObjectType('RunsImported', { description: 'The rows of the file are kept beside the experiment.' })
export class RunsImportedType {
  kind!: string;
  @Field(() => Int, { description: 'Rows that are new.' })
  added!: number;
  @Field(() => Int, { description: 'Rows the experiment had already.' })
  known!: number;
  @Field(() => [String], { description: 'Columns that no version of CodeCarbon has; they were left out.' })
  ignoredColumns!: string[];
}

@ObjectType('ExperimentNotFound', { description: 'Refused: there is no such experiment.' })
export class ExperimentNotFoundType {
  kind!: string;
  @Field(() => String, { description: 'The id that was given.' })
  message!: string;
}

export const ImportRunsResult = createUnionType({
  name: 'ImportRunsResult',
  description: 'What became of importing runs.',
  types: () => [RunsImportedType, ExperimentNotFoundType] as const,
  resolveType: (value: { kind: string }) => value.kind,
});

export const importView = (
  experiment: string,
  answer: Exclude<ImportAnswer, { kind: 'invalid' }>,
): RunsImportedType | ExperimentNotFoundType =>
  answer.kind === 'imported'
    ? { kind: 'RunsImported', added: answer.added, known: answer.known, ignoredColumns: [...answer.ignoredColumns] }
    : { kind: 'ExperimentNotFound', message: `there is no experiment ${JSON.stringify(experiment)}` };
