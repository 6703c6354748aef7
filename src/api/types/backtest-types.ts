/** Backtests as the API takes and shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import type { BacktestPair } from '../../plan/backtest.js';
import type { BacktestJob, BacktestOutcome, Spread } from '../../plan/backtest-outcome.js';
import { instant, iso, later, parseDurationMs } from '../../units/time.js';
import type { Problem } from '../../experiment/parsing.js';
import type { BacktestAnswer } from '../../workflows/run-backtest.js';
import { BudgetPeriodEnum } from './enums.js';

@InputType('BacktestJobInput', { description: 'A job of the year that is replayed.' })
export class BacktestJobInput {
  @Field(() => String, { description: 'A name no other job has.' })
  job!: string;
  @Field(() => DateTime, { description: 'Not before.' })
  release!: Date;
  @Field(() => String, { description: 'ISO-8601 duration of its work, like PT4H.' })
  duration!: string;
  @Field(() => DateTime, { description: 'Done by; at least the duration after the release.' })
  deadline!: Date;
  @Field(() => Float, { nullable: true, description: 'Mean power in W while it runs; 1000 when absent.' })
  powerWatts?: number | null;
}

const POWER_WATTS = 1000;

/** Jobs, or every problem with them. */
export const jobsOf = (
  inputs: readonly BacktestJobInput[],
): { readonly jobs: readonly BacktestJob[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const names = new Set<string>();
  const jobs = inputs.flatMap(({ job, release, duration, deadline, powerWatts }, index): readonly BacktestJob[] => {
    const tell = (field: string, given: unknown, allowed: string) => {
      problems.push({ path: `jobs[${index}].${field}`, given: JSON.stringify(given), allowed });
    };
    const start = instant(release.getTime());
    const durationMs = durationOf(duration);
    if (names.has(job)) tell('job', job, 'a name no other job has');
    names.add(job);
    if (powerWatts !== undefined && powerWatts !== null && !(powerWatts > 0)) tell('powerWatts', powerWatts, 'a number of watts above 0');
    if (durationMs === undefined) tell('duration', duration, 'an ISO-8601 duration above 0, like PT4H');
    else if (deadline.getTime() < start + durationMs)
      tell('deadline', deadline, `${iso(later(start, durationMs))}, its release plus its duration, or later`);
    return durationMs === undefined
      ? []
      : [{ job, release: start, durationMs, deadline: instant(deadline.getTime()), powerWatts: powerWatts ?? POWER_WATTS }];
  });
  return { jobs, problems };
};

const durationOf = (text: string): number | undefined => {
  try {
    const ms = parseDurationMs(text);
    return ms > 0 ? ms : undefined;
  } catch (failure) {
    if (failure instanceof RangeError) return undefined;
    throw failure;
  }
};

@ObjectType('DelaySpread', { description: 'Hours by which jobs ended later than if they had started at once.' })
export class DelaySpreadType {
  @Field(() => Float, { description: 'Mean.' })
  mean!: number;
  @Field(() => Float, { description: '95 of 100 jobs are within.' })
  p95!: number;
  @Field(() => Float, { description: 'The most.' })
  most!: number;
}

@ObjectType('PeriodOverBudget', { description: 'A period in which the jobs together would have passed a budget.' })
export class PeriodOverBudgetType {
  @Field(() => BudgetPeriodEnum, { description: 'How long it is.' })
  period!: string;
  @Field(() => DateTime, { description: 'Its start.' })
  start!: Date;
  @Field(() => Float, { description: 'What the jobs emitted.' })
  spentGco2eq!: number;
  @Field(() => Float, { description: 'The budget.' })
  mostGco2eq!: number;
}

@ObjectType('BacktestOutcome', { description: 'What the year came to.' })
export class BacktestOutcomeType {
  @Field(() => Float, { description: 'gCO2eq of the finished jobs as they ran.' })
  emissionsGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq of the same jobs started at their release.' })
  baseEmissionsGco2eq!: number;
  @Field(() => Float, { nullable: true, description: '(base − emissions) / base in per cent; null when nothing was finished.' })
  savingPercent!: number | null;
  @Field(() => Int, { description: 'Jobs done by their deadline.' })
  finished!: number;
  @Field(() => Int, { description: 'Jobs that were not.' })
  missedDeadlines!: number;
  @Field(() => DelaySpreadType, { nullable: true, description: 'Of finished jobs; null when there are none.' })
  delayHours!: DelaySpreadType | null;
  @Field(() => Float, { description: 'Hours trained, over all jobs, while the intensity turned out above the ceiling.' })
  hoursAboveCeiling!: number;
  @Field(() => Int, { description: 'Finished jobs that emitted more than the policy gives a run.' })
  jobsOverRunBudget!: number;
  @Field(() => [PeriodOverBudgetType], { description: 'In time order for each budget.' })
  periodsOverBudget!: PeriodOverBudgetType[];
}

@ObjectType('BacktestPair', { description: 'The same jobs under the same rules, with two kinds of foresight.' })
export class BacktestPairType {
  @Field(() => BacktestOutcomeType, { description: 'Planned on the forecast as it would have been, anew each hour.' })
  forecast!: BacktestOutcomeType;
  @Field(() => BacktestOutcomeType, { description: 'Planned on what really came: the bound of any forecast.' })
  perfect!: BacktestOutcomeType;
  @Field(() => Float, {
    nullable: true,
    description: 'Share of the perfect saving that the forecast kept, per cent; null when there was nothing to save.',
  })
  shareOfOraclePercent!: number | null;
}

@ObjectType('Backtest', { description: 'What a policy would have cost and saved over a past year.' })
export class BacktestType {
  kind!: string;
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => Int, { description: 'Jobs replayed.' })
  jobs!: number;
  @Field(() => [String], { description: 'Jobs left out since the record does not wholly know their time, with the reason.' })
  skipped!: string[];
  @Field(() => BacktestPairType, { description: 'Under the policy.' })
  withPolicy!: BacktestPairType;
  @Field(() => BacktestPairType, { description: 'Without any policy.' })
  withoutPolicy!: BacktestPairType;
}

@ObjectType('BacktestRefused', { description: 'There is nothing to replay.' })
export class BacktestRefusedType {
  kind!: string;
  @Field(() => String, { description: 'Why, and what would do.' })
  message!: string;
}

export const BacktestResult = createUnionType({
  name: 'BacktestResult',
  description: 'A backtest, or why there is none.',
  types: () => [BacktestType, BacktestRefusedType] as const,
  resolveType: ({ kind }: { kind: string }) => kind,
});

export const backtestView = (answer: BacktestAnswer): BacktestType | BacktestRefusedType => {
  if (answer.kind === 'refused') return { kind: 'BacktestRefused', message: answer.message };
  const { zone, jobs, skipped, withPolicy, withoutPolicy } = answer.report;
  return {
    kind: 'Backtest',
    zone,
    jobs,
    skipped: skipped.map(({ job, reason }) => `${job}: ${reason}`),
    withPolicy: pairView(withPolicy),
    withoutPolicy: pairView(withoutPolicy),
  };
};

const pairView = ({ forecast, perfect, shareOfOraclePercent }: BacktestPair): BacktestPairType => ({
  forecast: outcomeView(forecast),
  perfect: outcomeView(perfect),
  shareOfOraclePercent: shareOfOraclePercent ?? null,
});

const spreadView = ({ mean, p95, most }: Spread): DelaySpreadType => ({ mean, p95, most });

const outcomeView = ({ base, planned, savingPercent, delayHours, periodsOverBudget, ...counts }: BacktestOutcome): BacktestOutcomeType => ({
  ...counts,
  emissionsGco2eq: planned,
  baseEmissionsGco2eq: base,
  savingPercent: savingPercent ?? null,
  delayHours: delayHours === undefined ? null : spreadView(delayHours),
  periodsOverBudget: periodsOverBudget.map(({ period, start, spent, most }) => ({
    period,
    start: new Date(start),
    spentGco2eq: spent,
    mostGco2eq: most,
  })),
});
