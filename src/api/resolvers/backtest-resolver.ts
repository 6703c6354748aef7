/** Backtests: a past year under a policy. */
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { parsePolicy } from '../../policy/parse-policy.js';
import { badInput, expectWithin, withKnownZone } from '../bad-input.js';
import type { Context } from '../context.js';
import { BacktestJobInput, BacktestResult, backtestView, jobsOf } from '../types/backtest-types.js';
import { withoutNulls } from '../types/inputs.js';
import { PolicyInput } from '../types/policy-types.js';

/** What fits a request's body; longer lists are for `lowtide backtest`. */
const MOST_JOBS = 1000;

@Resolver()
export class BacktestResolver {
  @Query(() => BacktestResult, {
    description:
      'Replays a past year of jobs under a policy: planned on the forecast as it would have been, and with perfect foresight. Takes seconds.',
    complexity: ({ childComplexity }) => 1000 + childComplexity,
  })
  async backtest(
    @Arg('policy', () => PolicyInput, { description: 'The policy; it is not set.' }) policy: PolicyInput,
    @Arg('jobs', () => [BacktestJobInput], { description: 'From 1 to 1000 jobs, released in the year.' }) jobs: BacktestJobInput[],
    @Arg('zone', () => String, { description: 'Grid zone.' }) zone: string,
    @Arg('year', () => Int, { description: 'The year, UTC.' }) year: number,
    @Arg('interruptible', () => Boolean, { defaultValue: true, description: 'Whether jobs may be cut into segments.' })
    interruptible: boolean,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof BacktestResult> {
    expectWithin('year', year, 1990, 2100);
    if (jobs.length < 1 || jobs.length > MOST_JOBS)
      throw badInput([
        { path: 'jobs', given: `${jobs.length} jobs`, allowed: `1 to ${MOST_JOBS} jobs; longer lists are for lowtide backtest` },
      ]);
    const parsed = parsePolicy(withoutNulls(policy));
    if (!parsed.ok) throw badInput(parsed.problems, 'policy');
    const list = jobsOf(jobs);
    if (list.problems.length > 0) throw badInput(list.problems);
    return withKnownZone(lowtide, 'zone', zone, async (key) => {
      const mode = interruptible ? 'interruptible' : 'contiguous';
      return backtestView(
        await lowtide.backtest({ policy: parsed.value, jobs: list.jobs, zone: key, year, mode, minimumSegmentMs: 0, startMs: 0 }),
      );
    });
  }
}
