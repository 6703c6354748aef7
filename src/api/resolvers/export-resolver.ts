/** Runs out as files for other tools and auditors, and runs in that other tools measured. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ExportScope } from '../../emissions/exported-run.js';
import type { FunctionalUnit } from '../../emissions/sci.js';
import type { ExportFormat } from '../../workflows/answers.js';
import { badInput, expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { runsNamed } from '../runs-named.js';
import { ExportFormatEnum, ExportScopeEnum, FunctionalUnitEnum } from '../types/enums.js';
import { ExperimentType } from '../types/experiment-types.js';
import { RunType } from '../types/run-type.js';
import {
  ExportedFileType,
  exportedFileView,
  ImportedRunType,
  importedRunView,
  ImportRunsResult,
  importView,
  SciType,
  sciView,
} from '../types/export-types.js';

const MOST_RUNS = 100;
const MOST_INFERENCES = 2 ** 31 - 1;

@Resolver(() => ExperimentType)
export class ExportResolver {
  @Query(() => ExportedFileType, { description: 'Runs as one file.', complexity: 100 })
  async exportRuns(
    @Arg('runs', () => [ID], { description: `Ids of 1 to ${MOST_RUNS} runs.` }) ids: string[],
    @Arg('format', () => ExportFormatEnum, { description: 'What to write.' }) format: ExportFormat,
    @Arg('scope', () => ExportScopeEnum, { defaultValue: 'machine', description: 'Of CODECARBON_CSV: whose energy.' }) scope: ExportScope,
    @Arg('functionalUnit', () => FunctionalUnitEnum, { defaultValue: 'run', description: 'Of SCI_JSON: what it is stated for.' })
    functionalUnit: FunctionalUnit,
    @Arg('inferences', () => Int, {
      nullable: true,
      defaultValue: null,
      description: 'Of SCI_JSON for INFERENCE: how many inferences the model is to serve.',
    })
    inferences: number | null,
    @Ctx() { lowtide }: Context,
  ): Promise<ExportedFileType> {
    if (functionalUnit === 'inference' && inferences === null)
      throw badInput([{ path: 'inferences', given: 'nothing', allowed: 'the number of inferences that INFERENCE divides by' }]);
    if (inferences !== null) expectWithin('inferences', inferences, 1, MOST_INFERENCES);
    const runs = await runsNamed(lowtide.runs, ids, MOST_RUNS);
    return exportedFileView(await lowtide.exportRuns(runs, { format, scope, functionalUnit, inferences: inferences ?? undefined }));
  }

  @Mutation(() => ImportRunsResult, {
    description: "Keeps the runs of CodeCarbon's emissions.csv (versions 1 to 3) beside an experiment; all rows or none.",
  })
  async importCodecarbon(
    @Arg('experiment', () => ID, { description: 'Id of the experiment.' }) experiment: string,
    @Arg('csv', () => String, { description: 'Content of the file.' }) csv: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof ImportRunsResult> {
    const answer = await lowtide.importCodecarbon(experiment, csv);
    if (answer.kind === 'invalid') throw badInput(answer.problems, 'csv');
    return importView(experiment, answer);
  }

  @FieldResolver(() => [ImportedRunType], { description: 'Runs that CodeCarbon measured, in the order they were imported.' })
  async importedRuns(@Root() { id }: ExperimentType, @Ctx() { lowtide }: Context): Promise<ImportedRunType[]> {
    return (await lowtide.imported.of(id)).map(importedRunView);
  }
}

/** A run's score under the standard. */
@Resolver(() => RunType)
export class SciResolver {
  @FieldResolver(() => SciType, { description: 'Its Software Carbon Intensity.' })
  sci(
    @Root() { stored }: RunType,
    @Arg('functionalUnit', () => FunctionalUnitEnum, { defaultValue: 'run', description: 'What it is stated for.' })
    functionalUnit: FunctionalUnit,
    @Arg('inferences', () => Int, { nullable: true, description: 'For INFERENCE: how many inferences the model is to serve.' })
    inferences: number | null | undefined,
    @Ctx() { lowtide }: Context,
  ): SciType {
    return sciView(lowtide.sci(stored, { functionalUnit, inferences: inferences ?? undefined }));
  }
}
