/** The `lowtide` command. */
import path from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { httpUrl } from '../settings/reporting-settings.js';
import { variableOf } from '../settings/setting-names.js';
import { readSettings, type Settings } from '../settings/settings.js';
import { isDate } from '../units/time.js';
import { runDemo } from './demo.js';
import { doctorText } from './doctor.js';
import { exportRuns, FORMATS, importCodecarbon, runsToExport, SCOPES, UNITS, type ExportOptions } from './export.js';
import { exportToMlflow } from './export-mlflow.js';
import { findExperiment } from './find-experiment.js';
import { gridText } from './grid.js';
import { describePlanCommand } from './plan-command.js';
import { addReportCommand } from './report-command.js';
import type { Service, Wiring } from './service.js';
import { addPolicyCommands } from './policy-commands.js';
import { submitRunFiles } from './submit.js';
import { watchExperiment } from './watch.js';
import { serverOptions, withClient } from './with-client.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs the command line; resolves with the exit status. Errors end in one message, without a stack. */
export const runProgram = async (argv: readonly string[], wiring: Wiring): Promise<number> => {
  const program = programOf(wiring);
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (failure) {
    if (failure instanceof CommanderError) return failure.exitCode;
    process.stderr.write(`lowtide: ${failure instanceof Error ? failure.message : String(failure)}\n`);
    return 1;
  }
};

const EXPERIMENT = 'id or name of the experiment; of a name, the newest';

const EXAMPLES = `
Where to begin:
  lowtide demo                            the main job end to end on this machine, in about 4 minutes
  lowtide doctor                          what this machine has, and what to do about the rest
  lowtide serve                           the service with its dashboard, at http://127.0.0.1:4000
  lowtide submit configs/baseline.yaml configs/optimized.yaml --experiment mnist-cnn --watch
  lowtide report carbon-per-accuracy --experiment mnist-cnn

Settings are environment variables, or fields of configs/service.yaml, see configs/service.example.yaml.`;

const programOf = (wiring: Wiring): Command => {
  const program = new Command('lowtide')
    .description('Carbon-aware model training: plans when runs train, meters their energy, accounts it hour by hour on the grid.')
    .version(wiring.version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'lowtide: ')) })
    .addHelpText('after', EXAMPLES);
  const [serverUrl, token] = serverOptions() as readonly [Option, Option];

  program
    .command('demo')
    .description('the main job in one go: baseline and optimized run on MNIST over a replayed grid, then the report')
    .option('--day <date>', 'day of the trace to replay, like 2022-07-14, instead of the median one', date)
    .option('--full', 'train 3 epochs on all 60,000 images; one grid hour takes 100 s, in all about 45 min')
    .option('--seconds-per-hour <seconds>', 'real seconds per grid hour; 10 when absent, 100 with --full', positive)
    .action((options: { day?: string; full?: boolean; secondsPerHour?: number }) => runDemo(wiring, settingsOf(), options));
  program
    .command('doctor')
    .description('what this machine has and what Lowtide would use of it; exit status 1 when training would not work')
    .option('--json', 'print everything as JSON')
    .action(async (options: { json?: boolean }) => {
      const examination = await wiring.examine(settingsOf());
      say(options.json === true ? JSON.stringify(examination, null, 2) : doctorText(examination));
      if (examination.obstacles.length > 0) throw new CommanderError(1, 'lowtide.obstacles', 'training would not work here');
    });
  program
    .command('serve')
    .description(
      'the service: the dashboard at /, reports, GraphQL at /graphql, and (unless LOWTIDE_WORKER=false) a worker; Ctrl-C ends it',
    )
    .action(() => serve(wiring, settingsOf()));
  program
    .command('work')
    .description('a worker by itself, beside a server on the same DATABASE_URL')
    .option('--zone <zones...>', 'grid zones this host is in, by any of their names; all when absent')
    .action((options: { zone?: string[] }) => work(wiring, settingsOf(), options.zone));
  program
    .command('migrate')
    .description('bring the database up to date')
    .action(async () => {
      const ran = await wiring.migrate(settingsOf());
      say(ran.length === 0 ? 'the database is up to date' : `migrations run: ${ran.join(', ')}`);
    });
  program
    .command('submit')
    .description('submit YAML run files as one experiment')
    .argument('<files...>', 'run files, like configs/baseline.yaml configs/optimized.yaml')
    .requiredOption('--experiment <name>', 'name of the experiment')
    .option('--project <name>', 'project whose policy and budgets hold', 'default')
    .option('--watch', 'follow the runs to their end')
    .addOption(serverUrl)
    .addOption(token)
    .action(async (files: string[], options: { experiment: string; project: string; watch?: boolean; url: string; token?: string }) => {
      await withClient(options, async (client) => {
        const submitted = await submitRunFiles(client, options.experiment, files, options.project);
        say(`experiment ${options.experiment} (${submitted.id}): ${submitted.runs.map((run) => `${run.name} ${run.id}`).join(', ')}`);
        if (options.watch === true) await watchExperiment(client, { ...submitted, url: options.url }, say);
        else say(`follow it with lowtide watch ${submitted.id}, or at ${new URL('/', options.url).href}`);
      });
    });
  program
    .command('watch')
    .description('follow the runs of an experiment to their end')
    .argument('<experiment>', EXPERIMENT)
    .addOption(serverUrl)
    .addOption(token)
    .action(async (given: string, options: { url: string; token?: string }) => {
      await withClient(options, async (client) => {
        const { id, runs } = await findExperiment(client, given);
        await watchExperiment(client, { id, runs, zone: runs[0]?.zone, url: options.url }, say);
      });
    });
  program
    .command('grid')
    .description('draw the carbon intensity of a zone: now, the last 24 h, and what is expected of the next 48 h')
    .argument('<zone>', 'a zone, like US-CAL-CISO, or another name of it, like CISO, CAISO_NORTH, us-west-1 or Germany')
    .addOption(serverUrl)
    .addOption(token)
    .action(async (zone: string, options: { url: string; token?: string }) => {
      await withClient(options, async (client) => {
        say(await gridText(client, zone));
      });
    });
  addReportCommand(program, path.join(wiring.package, 'reports'), () => settingsOf().browser, say);
  describePlanCommand(program.command('plan'), say);
  program
    .command('export')
    .description(
      "runs as a file (CodeCarbon's emissions.csv, JSON summary, SCI, BoAmps, EU AI Act Annex XI, raw samples as Parquet), or into an MLflow server",
    )
    .addArgument(new Argument('<format>', 'what to write').choices([...Object.keys(FORMATS), 'mlflow']))
    .option('--experiment <id or name>', 'all runs of an experiment; of a name, the newest')
    .option('--run <id...>', 'these runs')
    .addOption(
      new Option('--scope <scope>', 'codecarbon: the whole host, or the run’s own share').choices(Object.keys(SCOPES)).default('machine'),
    )
    .addOption(new Option('--unit <unit>', 'sci: what it is stated for').choices(Object.keys(UNITS)).default('run'))
    .option('--inferences <count>', 'sci for inference: how many the model is to serve', count)
    .option('--out <folder>', 'where to write', path.join('reports', 'export'))
    .option('--tracking-uri <url>', 'mlflow: address of its server; LOWTIDE_MLFLOW_URI when absent', mlflowUri)
    .addOption(serverUrl)
    .addOption(token)
    .action(
      async (format: keyof typeof FORMATS | 'mlflow', options: ExportOptions & { trackingUri?: string; url: string; token?: string }) => {
        await withClient(options, async (client) => {
          if (format === 'mlflow') await exportToMlflow(client, await runsToExport(client, options), mlflowOf(options.trackingUri), say);
          else say(await exportRuns(client, format, options));
        });
      },
    );
  program
    .command('import')
    .description("takes the runs of CodeCarbon's emissions.csv files (versions 1 to 3) into an experiment, to stand beside its own")
    .argument('<files...>', 'files, like emissions.csv')
    .requiredOption('--experiment <id or name>', EXPERIMENT)
    .addOption(serverUrl)
    .addOption(token)
    .action(async (files: string[], options: { experiment: string; url: string; token?: string }) => {
      await withClient(options, async (client) => {
        for (const file of files) say(await importCodecarbon(client, options.experiment, file));
      });
    });
  addPolicyCommands(program, wiring.package, say);
  pointToHelp(program, 'lowtide');
  return program;
};

/** After an error one line says where help is. */
const pointToHelp = (command: Command, words: string): void => {
  command.showHelpAfterError(`(${words} --help says what it takes)`);
  for (const each of command.commands) pointToHelp(each, `${words} ${each.name()}`);
};

/** @throws SettingsError, Error when no server is named */
const mlflowOf = (trackingUri: string | undefined) => {
  const given = trackingUri === undefined ? {} : { [variableOf('mlflow_uri')]: trackingUri };
  const { mlflowUri: uri, mlflowCredentials: credentials } = readSettings({ ...process.env, ...given });
  if (uri === undefined) throw new Error(`no MLflow server: name one with --tracking-uri <url>, or set ${variableOf('mlflow_uri')}`);
  return { uri, credentials };
};

const settingsOf = (): Settings => readSettings(process.env);

const serve = async (wiring: Wiring, settings: Settings): Promise<void> => {
  const service = await wiring.startService(settings, { serve: true, work: settings.worker, progress: say });
  say(service.notice());
  say(
    `Lowtide ${wiring.version} listens on ${service.url ?? ''}: the dashboard there, /reports, /graphql, /graphiql (an explorer), /metrics, /healthz`,
  );
  if (settings.token !== undefined)
    say(`a browser logs in with ${variableOf('token')}; other clients send it as the header Authorization: Bearer <token>`);
  await untilSignal(service);
};

const work = async (wiring: Wiring, settings: Settings, zones: readonly string[] | undefined): Promise<void> => {
  if (settings.databaseUrl === undefined)
    throw new Error('a worker by itself needs DATABASE_URL, the database of its server; `lowtide serve` works on its own');
  const service = await wiring.startService(settings, { serve: false, work: true, zones, progress: say });
  say('worker ready');
  await untilSignal(service);
};

/** SIGTERM and SIGINT drain: the running segment checkpoints, then the process ends. */
const untilSignal = (service: Service): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (signal: NodeJS.Signals) => {
      say(`${signal}: the running segment writes its checkpoint, then this process ends`);
      service.close().then(resolve, reject);
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });

const date = (text: string): string => {
  if (!isDate(text)) throw new InvalidArgumentError('Allowed is a date like 2022-07-14.');
  return text;
};

const count = (text: string): number => {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1)) throw new InvalidArgumentError('Allowed is a whole number from 1.');
  return value;
};

const mlflowUri = (text: string): string => {
  const parsed = httpUrl.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`Allowed is ${parsed.error.issues[0]!.message}.`);
  return parsed.data;
};

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError('Allowed is a number of seconds from 0.1 to 3600.');
  return value;
};
