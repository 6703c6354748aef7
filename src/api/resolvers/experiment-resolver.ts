/** Experiments: submitting, reading and comparing. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { parseExperiment } from '../../experiment/spec.js';
import { badInput, expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { runsNamed } from '../runs-named.js';
import { ComparisonType, comparisonView } from '../types/comparison-types.js';
import { connectionView, ExperimentConnectionType, ExperimentType, experimentView } from '../types/experiment-types.js';
import { refusalView } from '../types/refusal-types.js';
import { SubmitExperimentResult } from '../types/submission-types.js';
import { ExperimentInput, withoutNulls } from '../types/inputs.js';
import { RunType, runView } from '../types/run-type.js';

const MOST_COMPARED = 32;

@Resolver(() => ExperimentType)
export class ExperimentResolver {
  @Query(() => ExperimentType, { nullable: true, description: 'An experiment by id, or the newest of a name; null when there is none.' })
  async experiment(
    @Arg('id', () => ID, { nullable: true, defaultValue: null, description: 'Its id.' }) id: string | null,
    @Arg('name', () => String, { nullable: true, defaultValue: null, description: 'Its name.' }) name: string | null,
    @Ctx() { lowtide }: Context,
  ): Promise<ExperimentType | null> {
    const given = [id, name].filter((each) => each !== null);
    if (given.length !== 1)
      throw badInput([{ path: 'id', given: `${given.length} of id and name`, allowed: 'exactly one of id and name' }]);
    const found = id === null ? await lowtide.runs.experimentNamed(given[0]!) : await lowtide.runs.experiment(id);
    return found === undefined ? null : experimentView(found);
  }

  @Query(() => ExperimentConnectionType, { description: 'Experiments, newest first.' })
  async experiments(
    @Arg('first', () => Int, { defaultValue: 20, description: 'At most so many, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the last one already seen.' }) after: string | null,
    @Ctx() { lowtide }: Context,
  ): Promise<ExperimentConnectionType> {
    expectWithin('first', first, 1, 100);
    return connectionView(await lowtide.runs.experiments(first, after ?? undefined), experimentView);
  }

  @Query(() => ComparisonType, { description: 'Runs side by side, each candidate against the baseline among them.' })
  async comparison(
    @Arg('runs', () => [ID], { description: 'Ids of 1 to 32 runs.' }) ids: string[],
    @Ctx() { lowtide }: Context,
  ): Promise<ComparisonType> {
    return comparisonView(await lowtide.compare(await runsNamed(lowtide.runs, ids, MOST_COMPARED)));
  }

  @Mutation(() => SubmitExperimentResult, {
    description: 'Plans and stores an experiment; all of it or nothing. May take seconds: a spec never run here is probed.',
  })
  async submitExperiment(
    @Arg('input', () => ExperimentInput, { description: 'The experiment.' }) input: ExperimentInput,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof SubmitExperimentResult> {
    const parsed = parseExperiment(withoutNulls(input));
    if (!parsed.ok) throw badInput(parsed.problems, 'input');
    const answer = await lowtide.submitExperiment(parsed.value);
    switch (answer.kind) {
      case 'invalid':
        throw badInput(answer.problems, 'input');
      case 'refused':
        return refusalView(answer.run, answer.refusal);
      case 'submitted': {
        const experiment = await lowtide.runs.experiment(answer.experimentId);
        if (experiment === undefined) throw new Error(`experiment ${answer.experimentId} was stored and is not there`);
        return { kind: 'ExperimentSubmitted', experiment: experimentView(experiment) };
      }
    }
  }

  @FieldResolver(() => [RunType], { description: 'Its runs, in the order they were submitted.' })
  async runs(@Root() { id }: ExperimentType, @Ctx() { runsOf }: Context): Promise<RunType[]> {
    return (await runsOf.load(id)).map(runView);
  }

  @FieldResolver(() => ComparisonType, { name: 'comparison', description: 'Its runs side by side.' })
  async comparisonOfAll(@Root() { id }: ExperimentType, @Ctx() { lowtide, runsOf }: Context): Promise<ComparisonType> {
    return comparisonView(await lowtide.compare(await runsOf.load(id)));
  }
}
