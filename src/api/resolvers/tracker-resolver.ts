/** What experiment trackers are told of runs, for whoever tells one, and how the live export is doing. */
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { RunType } from '../types/run-type.js';
import {
  TrackedPageType,
  trackedPageView,
  TrackedRunType,
  trackedRunView,
  TrackerExportType,
  trackerExportView,
} from '../types/tracker-types.js';

const MOST_EVENTS = 5000;

@Resolver(() => RunType)
export class TrackerResolver {
  @Query(() => TrackerExportType, { nullable: true, description: 'The live export to an experiment tracker; null when none is set.' })
  async trackerExport(@Ctx() { lowtide }: Context): Promise<TrackerExportType | null> {
    const state = await lowtide.trackerExport();
    return state === undefined ? null : trackerExportView(state);
  }

  @FieldResolver(() => TrackedRunType, { description: 'As experiment trackers take it, without its metrics over time.', complexity: 20 })
  async tracked(@Root() { stored }: RunType, @Ctx() { lowtide }: Context): Promise<TrackedRunType> {
    return trackedRunView(await lowtide.trackedRun(stored));
  }

  @FieldResolver(() => TrackedPageType, { description: 'A page of its log as metrics over time.', complexity: 100 })
  async trackedMetrics(
    @Root() { stored }: RunType,
    @Arg('first', () => Int, { defaultValue: 1000, description: `Of at most so many events, 1 to ${MOST_EVENTS}.` }) first: number,
    @Arg('after', () => Int, { defaultValue: 0, description: 'Sequence of the last event already looked at.' }) after: number,
    @Ctx() { lowtide }: Context,
  ): Promise<TrackedPageType> {
    expectWithin('first', first, 1, MOST_EVENTS);
    expectWithin('after', after, 0, 2 ** 31 - 1);
    return trackedPageView(await lowtide.trackedPage(stored.id, after, first));
  }
}
