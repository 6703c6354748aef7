/** The options of `lowtide plan`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { WALK_FORWARD_METHODS } from '../grid/walk-forward.js';
import { parseDurationMs } from '../units/time.js';
import { planJobs, type PlanOptions } from './plan-jobs.js';

export const describePlanCommand = (command: Command, say: (line: string) => void): Command =>
  command
    .description('what planning a list of jobs would have saved on a recorded trace; needs no server')
    .requiredOption('--trace <file>', 'CSV of carbon intensity in gCO2eq/kWh: a time and an intensity column, any constant step, gaps')
    .requiredOption('--jobs <file>', 'CSV with the columns job,release,duration,deadline in ISO-8601')
    .addOption(
      new Option('--mode <mode>', 'in one piece, or in any parts of its time')
        .choices(['contiguous', 'interruptible'])
        .default('contiguous'),
    )
    .addOption(
      new Option('--forecast <method>', 'what is planned on; all but perfect know only the past, and are issued anew every hour')
        .choices(WALK_FORWARD_METHODS)
        .default('builtin'),
    )
    .addOption(new Option('--tz <zone>', 'what times without an offset mean, in both files').choices(['UTC']))
    .option('--min-segment <duration>', 'interruptible: the least length of a segment, like PT30M', duration)
    .option('--start-overhead <duration>', 'what each start takes at full power before the work goes on, like PT5M', duration)
    .option('--json', 'print everything as JSON')
    .action((options: PlanOptions) => {
      say(planJobs(options));
    });

const duration = (text: string): number => {
  try {
    return parseDurationMs(text);
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
    throw new InvalidArgumentError(`${failure.message}.`);
  }
};
