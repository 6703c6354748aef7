/** The commands about policies, budgets and backtests. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDurationMs } from '../units/time.js';
import { backtestFiles, backtestText, type BacktestOptions } from './backtest.js';
import { RaiseBudgetDocument, type BudgetPeriod } from './documents.js';
import { writeGiven } from './given-file.js';
import { checkedText, policyText, setPolicyFile } from './policy.js';
import { serverOptions, withClient, type ServerOptions } from './with-client.js';

/** @param folder of the installed package */
export const addPolicyCommands = (program: Command, folder: string, say: (line: string) => void): void => {
  const policy = program.command('policy').description('rules for the organisation or a project: ceilings, quiet hours, zones, budgets');
  policy
    .command('check')
    .description('check policy files, without a server')
    .argument('<files...>', 'policy files, like configs/policies/clean-hours.yaml')
    .action((files: string[]) => {
      for (const file of files) say(checkedText(file));
    });
  onServer(policy.command('set').description('set the next version of a policy; it holds from now on, for running runs too'))
    .argument('<file>', 'policy file')
    .action((file: string, options: ServerOptions) =>
      withClient(options, async (client) => {
        say(await setPolicyFile(client, file));
      }),
    );
  onServer(policy.command('show').description('the rules in force for a project, and where each is from'))
    .argument('[project]', 'name of the project', 'default')
    .action((project: string, options: ServerOptions) =>
      withClient(options, async (client) => {
        say(await policyText(client, project));
      }),
    );
  addBudgetCommand(program, say);
  addBacktestCommand(program, folder, say);
};

const onServer = (command: Command): Command => serverOptions().reduce((with_, option) => with_.addOption(option), command);

/** What the command calls each period of the API. */
const PERIODS = { day: 'DAY', week: 'WEEK', month: 'MONTH' } as const satisfies Readonly<Record<string, BudgetPeriod>>;

const addBudgetCommand = (program: Command, say: (line: string) => void): void => {
  type Options = ServerOptions & { gco2eq: number; run?: string; project?: string; period?: keyof typeof PERIODS };
  onServer(
    program.command('raise-budget').description("raise a run's own budget or a project's; runs it had halted go on from their checkpoints"),
  )
    .requiredOption('--gco2eq <grams>', 'the new budget', above0)
    .option('--run <id>', 'the run whose own budget is raised')
    .option('--project <name>', 'the project whose policy is given a larger budget')
    .addOption(new Option('--period <period>', 'with --project: which of its budgets').choices(Object.keys(PERIODS)))
    .action(({ gco2eq, run, project, period, ...server }: Options) =>
      withClient(server, async (client) => {
        if ((run === undefined) === (project === undefined) || (project === undefined) !== (period === undefined))
          throw new Error('whose budget? Name a run with --run <id>, or a project with --project <name> and --period <period>');
        const input = { gco2eq, run, project, period: period && PERIODS[period] };
        const { raiseBudget } = await client.query(RaiseBudgetDocument, { input });
        if (raiseBudget.__typename !== 'BudgetRaised') throw new Error(raiseBudget.message);
        say(raiseBudget.message);
      }),
    );
};

const addBacktestCommand = (program: Command, folder: string, say: (line: string) => void): void => {
  type Options = Omit<BacktestOptions, 'minimumSegmentMs' | 'startMs'> & {
    minimumSegment?: number;
    start?: number;
    json?: boolean;
    out?: string;
  };
  program
    .command('backtest')
    .description('replay a past year under a policy: with the forecast as it would have been, and with perfect foresight; no server needed')
    .requiredOption('--policy <file>', 'policy file')
    .requiredOption('--jobs <file>', 'CSV of job,release,duration,deadline and, if known, power_watts')
    .requiredOption('--zone <zone>', 'grid zone, by any of its names')
    .requiredOption('--year <year>', 'year that is replayed', year)
    .option('--trace <file>', 'CSV of a time and an intensity column, instead of the recorded trace of the zone')
    .addOption(new Option('--tz <zone>', 'what times without an offset mean in that file').choices(['UTC']))
    .addOption(
      new Option('--mode <mode>', 'whether jobs stay in one piece').choices(['contiguous', 'interruptible']).default('interruptible'),
    )
    .option('--minimum-segment <duration>', 'interruptible: least length of a segment, like PT1H', duration)
    .option('--start <duration>', 'interruptible: time and power every start takes, like PT5M', duration)
    .option('--json', 'print the report as JSON')
    .option('--out <file>', 'write the report as JSON to a file')
    .action(async ({ minimumSegment = 0, start = 0, json, out, ...options }: Options) => {
      const report = await backtestFiles(folder, { ...options, minimumSegmentMs: minimumSegment, startMs: start });
      if (out !== undefined) writeGiven(out, `${JSON.stringify(report, undefined, 2)}\n`);
      say(json === true ? JSON.stringify(report) : backtestText(report));
    });
};

const above0 = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Allowed is a number of gCO2eq above 0.');
  return value;
};

const year = (text: string): number => {
  if (!/^(19|20)\d\d$/.test(text)) throw new InvalidArgumentError('Allowed is a year like 2022.');
  return Number(text);
};

const duration = (text: string): number => {
  try {
    return parseDurationMs(text);
  } catch (failure) {
    throw new InvalidArgumentError(failure instanceof Error ? `${failure.message}.` : String(failure));
  }
};
