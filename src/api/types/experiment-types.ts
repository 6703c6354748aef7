/** Experiments, comparisons, pages of a list, and the answers of mutations. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, ID, ObjectType } from 'type-graphql';
import type { Page, StoredExperiment } from '../../record/run-log.js';
import { HOUR_MS } from '../../units/time.js';
import type { Refusal } from '../../workflows/plan-within-rules.js';
import type { Comparison, ControlAnswer, PairComparison } from '../../workflows/answers.js';
import type { Nearest } from '../../policy/refusal.js';
import { RunStateEnum } from './enums.js';
import { RunType, runView } from './run-type.js';
import { PlanType, RunEstimateType } from './run-types.js';
import { IntensityForecastType } from './grid-types.js';
import { PolicyRuleType, ruleView } from './policy-types.js';

@ObjectType('Experiment', { description: 'Runs that belong together.' })
export class ExperimentType {
  @Field(() => ID, { description: 'Id of the experiment.' })
  id!: string;
  @Field(() => String, { description: 'Name; several submissions may share it.' })
  name!: string;
  @Field(() => String, { description: 'Project whose policy and budgets hold.' })
  project!: string;
  @Field(() => DateTime, { description: 'Submission, real time.' })
  submittedAt!: Date;
  @Field(() => DateTime, { description: 'Submission, grid time.' })
  submittedGridAt!: Date;
}

export const experimentView = (stored: StoredExperiment): ExperimentType => ({
  id: stored.id,
  name: stored.name,
  project: stored.project,
  submittedAt: new Date(stored.submittedAt),
  submittedGridAt: new Date(stored.submittedGridAt),
});

@ObjectType('PageInfo', { description: 'Where a page ends.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there are more after it.' })
  hasNextPage!: boolean;
  @Field(() => String, { nullable: true, description: 'Cursor of its last item, to be given as `after`.' })
  endCursor!: string | null;
}

@ObjectType('RunEdge', { description: 'A run in a list.' })
export class RunEdgeType {
  @Field(() => String, { description: 'To be given as `after`.' })
  cursor!: string;
  @Field(() => RunType, { description: 'The run.' })
  node!: RunType;
}

@ObjectType('RunConnection', { description: 'A page of runs, newest first.' })
export class RunConnectionType {
  @Field(() => [RunEdgeType], { description: 'The items with their cursors.' })
  edges!: RunEdgeType[];
  @Field(() => PageInfoType, { description: 'Where the page ends.' })
  pageInfo!: PageInfoType;
}

@ObjectType('ExperimentEdge', { description: 'An experiment in a list.' })
export class ExperimentEdgeType {
  @Field(() => String, { description: 'To be given as `after`.' })
  cursor!: string;
  @Field(() => ExperimentType, { description: 'The experiment.' })
  node!: ExperimentType;
}

@ObjectType('ExperimentConnection', { description: 'A page of experiments, newest first.' })
export class ExperimentConnectionType {
  @Field(() => [ExperimentEdgeType], { description: 'The items with their cursors.' })
  edges!: ExperimentEdgeType[];
  @Field(() => PageInfoType, { description: 'Where the page ends.' })
  pageInfo!: PageInfoType;
}

/** Relay's form of a page; an item's id is its cursor. */
export const connectionView = <T extends { readonly id: string }, V>(page: Page<T>, view: (item: T) => V) => ({
  edges: page.items.map((item) => ({ cursor: item.id, node: view(item) })),
  pageInfo: { hasNextPage: page.hasMore, endCursor: page.items.at(-1)?.id ?? null },
});

@ObjectType('ComparedPair', {
  description:
    'A candidate against the baseline. Reductions are positive when the candidate is lower; those of emissions, energy and time are null until both have succeeded.',
})
export class ComparedPairType {
  @Field(() => RunType, { description: 'The baseline.' })
  baseline!: RunType;
  @Field(() => RunType, { description: 'The candidate.' })
  candidate!: RunType;
  @Field(() => Float, { nullable: true, description: 'Reduction of emissions in per cent; negative: the candidate emitted more.' })
  emissionsReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of energy in per cent.' })
  energyReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: "Reduction of the runs' own energy, above the host at rest, in per cent." })
  shareReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of carbon per accuracy point in per cent.' })
  carbonPerAccuracyPointReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Candidate − baseline in accuracy points.' })
  accuracyDifferencePoints!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of peak tensor memory in per cent.' })
  peakMemoryReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Change of metered time in per cent; positive: the candidate took longer.' })
  durationChangePercent!: number | null;
  @Field(() => Float, { nullable: true, description: "The candidate's grid hours from submission to start." })
  delayHours!: number | null;
  @Field(() => Float, { nullable: true, description: 'Baseline − candidate in gCO2eq; the sum of the five parts below.' })
  differenceGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: how much more moving in time saved the candidate than the baseline.' })
  timingGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq that moving in place saved the candidate beyond the baseline.' })
  placeGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq that moving in time and place saved beyond the two by themselves.' })
  interactionGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: the difference of the two power profiles, both laid at submission.' })
  configurationGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: the difference of the two overheads.' })
  overheadGco2eq!: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether the candidate reached the same accuracy; null before both are evaluated.' })
  converged!: boolean | null;
  @Field(() => String, { description: 'What that is judged by.' })
  convergenceNote!: string;
  @Field(() => String, { nullable: true, description: 'Why the levers are not known, when they are not.' })
  unknownBecause!: string | null;
}

const pairView = (pair: PairComparison): ComparedPairType => ({
  baseline: runView(pair.baseline),
  candidate: runView(pair.candidate),
  emissionsReductionPercent: pair.emissionsReductionPercent ?? null,
  energyReductionPercent: pair.energyReductionPercent ?? null,
  shareReductionPercent: pair.shareReductionPercent ?? null,
  carbonPerAccuracyPointReductionPercent: pair.carbonPerAccuracyPointReductionPercent ?? null,
  accuracyDifferencePoints: pair.accuracyDifferencePoints ?? null,
  peakMemoryReductionPercent: pair.peakMemoryReductionPercent ?? null,
  durationChangePercent: pair.durationChangePercent ?? null,
  delayHours: pair.delayMs === undefined ? null : pair.delayMs / HOUR_MS,
  differenceGco2eq: pair.difference ?? null,
  timingGco2eq: pair.timing ?? null,
  placeGco2eq: pair.place ?? null,
  interactionGco2eq: pair.interaction ?? null,
  configurationGco2eq: pair.configuration ?? null,
  overheadGco2eq: pair.overhead ?? null,
  converged: pair.converged ?? null,
  convergenceNote: pair.convergenceNote,
  unknownBecause: pair.unknownBecause ?? null,
});

@ObjectType('Comparison', { description: 'Runs side by side.' })
export class ComparisonType {
  @Field(() => RunType, { nullable: true, description: 'The baseline among them; null when there is none.' })
  baseline!: RunType | null;
  @Field(() => [RunType], { description: 'All of them.' })
  runs!: RunType[];
  @Field(() => [ComparedPairType], { description: 'Each candidate against the baseline.' })
  pairs!: ComparedPairType[];
  @Field(() => String, { description: 'What the figures rest on: the grid, its clock, the meter.' })
  notice!: string;
}

export const comparisonView = ({ baseline, runs, pairs, notice }: Comparison): ComparisonType => ({
  baseline: baseline === undefined ? null : runView(baseline),
  runs: runs.map(runView),
  pairs: pairs.map(pairView),
  notice,
});

@ObjectType('NoWindowBeforeDeadline', { description: 'Refused: the run does not fit before its deadline. Nothing was stored.' })
export class NoWindowBeforeDeadlineType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => DateTime, { description: 'The deadline, grid time.' })
  deadline!: Date;
  @Field(() => Float, { description: 'Grid hours it is estimated to need.' })
  neededHours!: number;
  @Field(() => String, { description: 'What was given, and what would do.' })
  message!: string;
}

@ObjectType('ForecastUnknown', { description: 'Refused: no forecast covers any window. Nothing was stored.' })
export class ForecastUnknownType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => String, { description: 'What is missing, and what would do.' })
  message!: string;
}

@ObjectType('NearestAllowed', { description: 'The nearest thing the rules would allow; one of its fields is set.' })
export class NearestAllowedType {
  @Field(() => Float, { nullable: true, description: 'Grid hours of more time that would do.' })
  extraHours!: number | null;
  @Field(() => DateTime, { nullable: true, description: 'With them: when it would start, grid time.' })
  start!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'With them: when it would end, grid time.' })
  end!: Date | null;
  @Field(() => Float, { nullable: true, description: 'A ceiling that would do.' })
  ceilingGco2eqPerKwh!: number | null;
  @Field(() => [String], { nullable: true, description: 'Grid zones that would do.' })
  zones!: string[] | null;
}

@ObjectType('PolicyForbids', { description: 'Refused: the rules of its project leave it no time or place. Nothing was stored.' })
export class PolicyForbidsType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => [PolicyRuleType], { description: 'The rules that forbid it.' })
  rules!: PolicyRuleType[];
  @Field(() => NearestAllowedType, { nullable: true, description: 'The nearest thing they would allow; null when none is known.' })
  nearest!: NearestAllowedType | null;
  @Field(() => String, { description: 'The same in words.' })
  message!: string;
}

@ObjectType('BudgetExceeded', { description: 'Refused: it is expected to pass a budget whose policy says halt. Nothing was stored.' })
export class BudgetExceededType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => PolicyRuleType, { description: 'The budget.' })
  rule!: PolicyRuleType;
  @Field(() => Float, { description: 'What it is expected to emit.' })
  expectedEmissionsGco2eq!: number;
  @Field(() => String, { description: 'What was expected, and what would do.' })
  message!: string;
}

const nearestView = (nearest: Nearest): NearestAllowedType => ({
  extraHours: nearest.kind === 'more-slack' ? nearest.extraMs / HOUR_MS : null,
  start: nearest.kind === 'more-slack' ? new Date(nearest.segments[0]!.start) : null,
  end: nearest.kind === 'more-slack' ? new Date(nearest.segments.at(-1)!.end) : null,
  ceilingGco2eqPerKwh: nearest.kind === 'higher-ceiling' ? nearest.ceiling : null,
  zones: nearest.kind === 'zones' ? [...nearest.zones] : null,
});

export const refusalView = (
  run: string,
  refusal: Refusal,
): NoWindowBeforeDeadlineType | ForecastUnknownType | PolicyForbidsType | BudgetExceededType => {
  const { message } = refusal;
  switch (refusal.kind) {
    case 'no-window-before-deadline':
      return {
        kind: 'NoWindowBeforeDeadline',
        run,
        deadline: new Date(refusal.deadline),
        neededHours: refusal.neededMs / HOUR_MS,
        message,
      };
    case 'forecast-unknown':
      return { kind: 'ForecastUnknown', run, message };
    case 'policy-forbids': {
      const nearest = refusal.nearest === undefined ? null : nearestView(refusal.nearest);
      return { kind: 'PolicyForbids', run, rules: refusal.rules.map(ruleView), nearest, message };
    }
    case 'budget-exceeded':
      return { kind: 'BudgetExceeded', run, rule: ruleView(refusal.rule), expectedEmissionsGco2eq: refusal.expected, message };
  }
};

@ObjectType('ExperimentSubmitted', { description: 'The experiment is stored, its runs are planned and queued.' })
export class ExperimentSubmittedType {
  kind!: string;
  @Field(() => ExperimentType, { description: 'The experiment.' })
  experiment!: ExperimentType;
}

@ObjectType('Estimate', { description: 'What a run would cost now and in its best window; nothing is stored.' })
export class EstimateType {
  kind!: string;
  @Field(() => RunEstimateType, { description: 'Duration and power.' })
  estimate!: RunEstimateType;
  @Field(() => DateTime, { description: 'Start when started at once, grid time.' })
  immediateStart!: Date;
  @Field(() => Float, { nullable: true, description: 'Expected gCO2eq when started at once.' })
  immediateEmissionsGco2eq!: number | null;
  @Field(() => PlanType, { description: 'The best window before the deadline (24 h when the spec names none).' })
  best!: PlanType;
  @Field(() => IntensityForecastType, { description: 'The forecast both rest on.' })
  forecast!: IntensityForecastType;
}

@ObjectType('RunAccepted', { description: 'It will be done.' })
export class RunAcceptedType {
  kind!: string;
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => String, { description: 'What happens now.' })
  message!: string;
}

@ObjectType('IllegalRunState', { description: "Refused: the run's state does not allow it." })
export class IllegalRunStateType {
  kind!: string;
  @Field(() => RunStateEnum, { description: 'The state it is in.' })
  state!: string;
  @Field(() => String, { description: 'Which states would allow it.' })
  message!: string;
}

@ObjectType('RunNotFound', { description: 'Refused: there is no such run.' })
export class RunNotFoundType {
  kind!: string;
  @Field(() => String, { description: 'The id that was given.' })
  message!: string;
}

export const controlView = (id: string, answer: ControlAnswer): RunAcceptedType | IllegalRunStateType | RunNotFoundType => {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'RunAccepted', run: runView(answer.run), message: answer.message };
    case 'illegal':
      return { kind: 'IllegalRunState', state: answer.state, message: answer.message };
    case 'not-found':
      return { kind: 'RunNotFound', message: `there is no run ${JSON.stringify(id)}` };
  }
};

const byKind = (value: { kind: string }) => value.kind;

export const SubmitExperimentResult = createUnionType({
  name: 'SubmitExperimentResult',
  description: 'An experiment that was submitted, or why it was refused.',
  types: () => [ExperimentSubmittedType, NoWindowBeforeDeadlineType, ForecastUnknownType, PolicyForbidsType, BudgetExceededType] as const,
  resolveType: byKind,
});

export const EstimateResult = createUnionType({
  name: 'EstimateResult',
  description: 'An estimate, or why there is none.',
  types: () => [EstimateType, NoWindowBeforeDeadlineType, ForecastUnknownType, PolicyForbidsType, BudgetExceededType] as const,
  resolveType: byKind,
});

export const RunControlResult = createUnionType({
  name: 'RunControlResult',
  description: 'What became of pausing, resuming or cancelling a run.',
  types: () => [RunAcceptedType, IllegalRunStateType, RunNotFoundType] as const,
  resolveType: byKind,
});
