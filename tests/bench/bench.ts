/** `npm run bench <name>`: figures that are measured, never asserted. */
import { Command, Option } from 'commander';
import { TraceError } from '../../src/grid/trace-file.js';
import { benchEnergy, type EnergyBenchOptions } from './energy.js';
import { benchForecast, type ForecastBenchOptions } from './forecast.js';

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
  .description('what metering costs, and how it agrees with codecarbon over the same load (PEER_PYTHON names a Python that has it)')
  .option('--json', 'print the figures as JSON on the last line')
  .option('--seconds <seconds>', 'length of the load', Number, 60)
  .action((options: EnergyBenchOptions) => benchEnergy(options));
try {
  await program.parseAsync();
} catch (failure) {
  if (!(failure instanceof TraceError)) throw failure;
  program.error(failure.message);
}
