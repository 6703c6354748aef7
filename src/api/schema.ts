/** The schema, from the resolvers' decorators. */
import 'reflect-metadata';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AccountResolver } from './resolvers/account-resolver.js';
import { AuditResolver, BookedTotalResolver } from './resolvers/audit-resolver.js';
import { BacktestResolver } from './resolvers/backtest-resolver.js';
import { CurveResolver, SpendingResolver, TradeOffResolver } from './resolvers/curve-resolver.js';
import { ExperimentResolver } from './resolvers/experiment-resolver.js';
import { ExportResolver, SciResolver } from './resolvers/export-resolver.js';
import { GridResolver, ZoneResolver } from './resolvers/grid-resolver.js';
import { PlanMadeResolver, RunPlansResolver } from './resolvers/plan-resolver.js';
import { PolicyResolver } from './resolvers/policy-resolver.js';
import { ReportResolver } from './resolvers/report-resolver.js';
import { ORPHANED_TYPES, RunResolver } from './resolvers/run-resolver.js';
import { TrackerResolver } from './resolvers/tracker-resolver.js';

/** Subscriptions read the runs' log; the publisher that type-graphql asks for has nothing to do. */
const NO_PUBLISHER = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('subscriptions do not use a publisher');
  },
};

export const buildApiSchema = (): Promise<GraphQLSchema> =>
  buildSchema({
    resolvers: [
      GridResolver,
      ZoneResolver,
      RunResolver,
      CurveResolver,
      TradeOffResolver,
      SpendingResolver,
      RunPlansResolver,
      PlanMadeResolver,
      AccountResolver,
      AuditResolver,
      BookedTotalResolver,
      ExperimentResolver,
      ExportResolver,
      SciResolver,
      PolicyResolver,
      BacktestResolver,
      ReportResolver,
      TrackerResolver,
    ],
    orphanedTypes: [...ORPHANED_TYPES],
    validate: false, // Inputs are checked by the one parser of specs.
    pubSub: NO_PUBLISHER,
  });

/** The text of `schema.graphql`. */
export const emitSchema = async (): Promise<string> => `${printSchema(lexicographicSortSchema(await buildApiSchema()))}\n`;
