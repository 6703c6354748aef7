/** The reports there are. */
import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { ReportType, reportViews } from '../types/report-types.js';

@Resolver(() => ReportType)
export class ReportResolver {
  @Query(() => [ReportType], { description: 'Report notebooks this service makes, by name.' })
  reports(@Ctx() { lowtide }: Context): ReportType[] {
    return reportViews(lowtide.reports.list());
  }
}
