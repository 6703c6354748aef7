/** Audits: totals over the ledgers of many runs, by what, by whom, and how they are known. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Float, Query, Resolver, Root } from 'type-graphql';
import type { BookedDimension } from '../../emissions/booked-groups.js';
import { periodOf } from '../../policy/budget.js';
import { componentsIn, greatestDifference } from '../../record/audited-runs.js';
import type { LedgerSpan } from '../../record/ledger-book.js';
import { instant, parseInstant, type Instant, type Interval } from '../../units/time.js';
import { totalSavings } from '../../workflows/audit-ledger.js';
import { badInput } from '../bad-input.js';
import type { Context } from '../context.js';
import { restatementView } from '../types/account-types.js';
import {
  AuditedComponentType,
  auditedComponentView,
  AuditedRestatementType,
  AuditedRunType,
  auditedRunView,
  AuditType,
  auditView,
  BookedTotalType,
  bookedTotalView,
  TotalSavingsType,
  totalSavingsView,
} from '../types/audit-types.js';
import { BookedDimensionEnum } from '../types/enums.js';
import { ExperimentType, experimentView } from '../types/experiment-types.js';
import { runView } from '../types/run-type.js';

@Resolver(() => AuditType)
export class AuditResolver {
  @Query(() => AuditType, {
    description: 'What was booked in a month or another span of grid time; everything on record when neither is given.',
    complexity: ({ childComplexity }) => 20 + childComplexity,
  })
  async audit(
    @Arg('month', () => String, { nullable: true, description: 'Like `2022-07`, or `current`: a month of grid time, UTC.' })
    month: string | null | undefined,
    @Arg('from', () => DateTime, { nullable: true, description: 'Start, grid time.' }) from: Date | null | undefined,
    @Arg('to', () => DateTime, { nullable: true, description: 'End, grid time.' }) to: Date | null | undefined,
    @Arg('project', () => String, { nullable: true, description: 'All projects when absent.' }) project: string | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<AuditType> {
    if (month && (from || to)) throw badInput([{ path: 'month', given: month, allowed: 'a month, or from and to, not both' }]);
    if (from && to && from >= to)
      throw badInput([{ path: 'to', given: to.toISOString(), allowed: `an instant after from (${from.toISOString()})` }]);
    const { start, end } = month ? monthOf(month, lowtide.gridClock.now()) : { start: instantOf(from), end: instantOf(to) };
    const span: LedgerSpan = { from: start, to: end, project: project ?? undefined };
    return auditView(await lowtide.audit(span));
  }

  @FieldResolver(() => BookedTotalType, { description: 'All of it.' })
  total(@Root() { audit }: AuditType): BookedTotalType {
    return bookedTotalView(audit.by([])[0]!);
  }

  @FieldResolver(() => [BookedTotalType], { description: 'The same by one or several things at once; only what was booked has a row.' })
  totals(
    @Root() { audit }: AuditType,
    @Arg('by', () => [BookedDimensionEnum], { description: 'By what.' }) by: BookedDimension[],
  ): BookedTotalType[] {
    return audit.by(by).map(bookedTotalView);
  }

  @FieldResolver(() => [AuditedRunType], {
    description: 'The runs that booked anything, the oldest first.',
    complexity: ({ childComplexity }) => 20 * childComplexity,
  })
  async runs(@Root() { audit }: AuditType): Promise<AuditedRunType[]> {
    return (await audit.runs()).map(auditedRunView);
  }

  @FieldResolver(() => [AuditedComponentType], { description: 'By meter, the most first.' })
  async components(@Root() { audit }: AuditType): Promise<AuditedComponentType[]> {
    return componentsIn(await audit.runs()).map(auditedComponentView);
  }

  @FieldResolver(() => [AuditedRestatementType], { description: 'Settlements that changed the ledgers of these runs, by run.' })
  async restatements(@Root() { audit }: AuditType): Promise<AuditedRestatementType[]> {
    return (await audit.runs()).flatMap(({ run }) =>
      run.summary.restatements.map((record) => ({ run: runView(run), restatement: restatementView(record) })),
    );
  }

  @FieldResolver(() => TotalSavingsType, {
    description: 'What the runs that are wholly in the span saved.',
    complexity: ({ childComplexity }) => 50 + childComplexity,
  })
  async savings(@Root() { audit }: AuditType, @Ctx() context: Context): Promise<TotalSavingsType> {
    return totalSavingsView(await totalSavings(await audit.runs(), (run) => context.account(run)));
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      "The greatest difference in gCO2eq between a run's ledger, added up, and its log, folded event by event; null without a run that is wholly in the span.",
  })
  async greatestDifferenceGco2eq(@Root() { audit }: AuditType): Promise<number | null> {
    return greatestDifference(await audit.runs()) ?? null;
  }
}

/** Whose a total is. */
@Resolver(() => BookedTotalType)
export class BookedTotalResolver {
  @FieldResolver(() => ExperimentType, { nullable: true, description: 'Of this experiment.' })
  async experiment(@Root() { experimentId }: BookedTotalType, @Ctx() { experimentOf }: Context): Promise<ExperimentType | null> {
    const experiment = experimentId === null ? undefined : await experimentOf.load(experimentId);
    return experiment === undefined ? null : experimentView(experiment);
  }
}

const instantOf = (date: Date | null | undefined): Instant | undefined => (date ? instant(date.getTime()) : undefined);

const monthOf = (month: string, now: Instant): Interval => {
  const within = month === 'current' ? now : firstOf(month);
  return periodOf({ period: 'month', timeZone: 'UTC' }, within);
};

const firstOf = (month: string): Instant => {
  try {
    return parseInstant(`${/^\d{4}-\d\d$/.exec(month)?.[0] ?? ''}-01T00:00:00Z`);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    throw badInput([{ path: 'month', given: JSON.stringify(month), allowed: 'a month like 2022-07, or current' }]);
  }
};
