/** `npm run bench <name>`: figures that are measured, never asserted. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { TraceError } from '../../src/grid/trace-file.js';
import { benchAudit, type AuditBenchOptions } from './audit.js';
import { benchDashboard, type DashboardBenchOptions } from './dashboard.js';
import { benchEnergy, type EnergyBenchOptions } from './energy.js';
import { benchForecast, type ForecastBenchOptions } from './forecast.js';
import { benchPlan, type PlanBenchOptions } from './plan.js';
import { benchReport, type ReportBenchOptions } from './report.js';
import { benchTrain, type TrainBenchOptions } from './train.js';

const loadSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!(seconds >= 6 && seconds <= 3600)) throw new InvalidArgumentError('a number of seconds from 6 to 3600.');
  return seconds;
};

const program = new Command('bench').description('measures what the README states; each bench runs its peers beside Lowtide');
program
  .command('forecast')
  .description('errors and interval coverage of the built-in forecast, beside persistence and a weekly mean')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--trace <file>', 'another trace (CSV) than the recorded ones')
  .addOption(new Option('--tz <zone>', 'what times without an offset mean in that file').choices(['UTC']).default('UTC'))
  .action((options: ForecastBenchOptions) => benchForecast(options));
program
  .command('energy')
  .description(
    'what metering costs, and how it agrees with codecarbon over the same load (of PEER_PYTHON or the system, else made from PyPI at first use)',
  )
  .option('--json', 'print the figures as JSON on the last line')
  .option('--seconds <seconds>', 'length of the load, at least 6', loadSeconds, 60)
  .action((options: EnergyBenchOptions) => benchEnergy(options));
program
  .command('plan')
  .description("speed of the planners, fleets beside their bound, and what forecasts keep of an oracle's saving (YARDSTICK_DATA)")
  .option('--json', 'print the figures as JSON on the last line')
  .action((options: PlanBenchOptions) => benchPlan(options));
program
  .command('train')
  .description('images a second beside PyTorch, thread for thread; start, pause and checkpoint of a trainer thread')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--seconds <n>', 'time of each measurement', Number, 4)
  .option('--rounds <n>', 'measurements of each; the median counts', Number, 5)
  .option('--python <file>', 'a Python with torch', '/usr/bin/python3')
  .action((options: TrainBenchOptions) => benchTrain(options));
program
  .command('report')
  .description('from a long log in Postgres over the server and a notebook to one HTML file: its time and its size')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--runs <n>', 'runs, at most 100', Number, 100)
  .option('--points <n>', 'training points of each run', Number, 10_000)
  .option('--rounds <n>', 'times each report is made; the median counts', Number, 7)
  .action((options: ReportBenchOptions) => benchReport(options));
program
  .command('audit')
  .description('what an audit, a compliance report and a list with savings take over many long ledgers, and the memory of the service')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--runs <n>', 'runs, at most 100', Number, 100)
  .option('--lines <n>', 'lines of each ledger', Number, 10_000)
  .option('--rounds <n>', 'times each is asked; the median counts', Number, 5)
  .action((options: AuditBenchOptions) => benchAudit(options));
program
  .command('dashboard')
  .description('pictures Chromium drops while live runs are replayed from another process, and the bytes of a first view')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--seconds <n>', 'time of the measurement', Number, 60)
  .option('--runs <n>', 'live runs', Number, 20)
  .option('--rate <n>', 'training events per second and run', Number, 10)
  .option('--chromium <file>', 'the browser', '/usr/bin/chromium')
  .action((options: DashboardBenchOptions) => benchDashboard(options));
try {
  await program.parseAsync();
} catch (failure) {
  if (!(failure instanceof TraceError)) throw failure;
  program.error(failure.message);
}
