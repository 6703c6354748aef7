/** The main job from submission to report on one machine, through the API like any client. */
import path from 'node:path';
import { EstimateDocument, ServiceDocument, type RunSpecInput } from '../client/documents.js';
import type { GraphqlClient } from '../client/graphql-client.js';
import type { Settings } from '../settings/settings.js';
import { comparisonTable } from './comparison-table.js';
import { UnfinishedDocument } from './documents.js';
import { findExperiment, type FoundExperiment } from './find-experiment.js';
import { followRuns, leaveDisplay } from './follow-runs.js';
import { writeReport } from './report.js';
import { readRunFile } from './run-file.js';
import type { Service, Wiring } from './service.js';
import { submitRuns } from './submit.js';
import { openClient } from './with-client.js';

export interface DemoOptions {
  readonly day?: string;
  readonly full?: boolean;
  readonly secondsPerHour?: number;
}

const EXPERIMENT = 'mnist-cnn';
const FULL_SECONDS_PER_HOUR = 100;
const INTERRUPTED = 130;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const runDemo = async (wiring: Wiring, settings: Settings, options: DemoOptions): Promise<void> => {
  const secondsPerHour = options.secondsPerHour ?? (options.full === true ? FULL_SECONDS_PER_HOUR : settings.replay.secondsPerHour);
  const replay = { ...settings.replay, secondsPerHour, day: options.day ?? settings.replay.day };
  // Any free port, so that the demo runs beside a service.
  const service = await wiring.startService(
    { ...settings, port: 0, host: '127.0.0.1', token: undefined, worker: true, zones: {}, replay },
    { serve: true, work: true, progress: say },
  );
  const interrupted = onInterrupt(service);
  const client = openClient(service.url!, undefined);
  try {
    say(`GraphQL at ${service.url}/graphql`);
    await sayMeter(client);
    const found = await unfinished(client);
    const experiment = found ?? (await submitDemo(wiring, service, client, options.full === true));
    const zone = experiment.runs[0]?.zone ?? settings.replay.zone;
    const ended = await followRuns(client, experiment.runs, { zone, header: [service.notice()] });
    say('');
    say(await comparisonTable(client, experiment.id));
    const written = await writeReport(client, {
      folder: path.join(wiring.package, 'reports'),
      notebook: 'baseline-vs-optimized',
      parameters: { experiment: experiment.id },
      formats: ['html', 'json'],
      out: path.join('reports', 'export'),
      as: experiment.name,
      browser: undefined,
    });
    const [html, json] = written.files.map((file) => path.resolve(file));
    say(`\nreport: ${html!}\ndata:   ${json!}`);
    const failed = ended.filter(({ state }) => state !== 'SUCCEEDED');
    if (failed.length > 0)
      throw new Error(
        `not every run succeeded: ${failed.map(({ name, state, message }) => `${name} ${state.toLowerCase()} (${message})`).join('; ')}`,
      );
  } catch (failure) {
    if (!interrupted()) throw failure;
  } finally {
    await client.close();
    await service.close();
  }
};

/** An experiment whose runs have not ended, left by a demo that was stopped. */
const unfinished = async (client: GraphqlClient): Promise<FoundExperiment | undefined> => {
  const { runs } = await client.query(UnfinishedDocument, {});
  const left = runs.edges.map(({ node }) => node).find(({ experiment }) => experiment.name === EXPERIMENT);
  if (left === undefined) return undefined;
  const states = runs.edges
    .filter(({ node }) => node.experiment.id === left.experiment.id)
    .map(({ node }) => `${node.name} ${node.state.toLowerCase()}`);
  say(`found an unfinished demo, submitted ${left.submittedAt} (${states.join(', ')}): it goes on where its last checkpoint is`);
  return findExperiment(client, left.experiment.id);
};

const submitDemo = async (wiring: Wiring, service: Service, client: GraphqlClient, full: boolean): Promise<FoundExperiment> => {
  const runs = ['baseline', 'optimized'].map((name) => withSize(readRunFile(path.join(wiring.package, 'configs', `${name}.yaml`)), full));
  for (const run of runs) {
    say(`estimating ${String(run['name'])}: a few real training steps on this machine, unless it has trained this before`);
    say(`  ${await estimateText(client, run)}`);
  }
  await service.restartReplay();
  say(`replayed day: ${service.dayRule ?? ''}`);
  const { id } = await submitRuns(client, EXPERIMENT, runs);
  return findExperiment(client, id);
};

const withSize = (run: Readonly<Record<string, unknown>>, full: boolean): Readonly<Record<string, unknown>> => {
  if (!full) return run;
  const training = run['training'] as Readonly<Record<string, unknown>>;
  return { ...run, training: { ...training, epochs: 3, dataset: { name: 'mnist' }, evaluation: { everySteps: 469, images: 1000 } } };
};

const estimateText = async (client: GraphqlClient, spec: Readonly<Record<string, unknown>>): Promise<string> => {
  const { estimate: answer } = await client.query(EstimateDocument, { spec: spec as unknown as RunSpecInput });
  if (answer.__typename !== 'Estimate') return answer.message;
  const { durationSeconds, powerWatts, imagesPerSecond, basis } = answer.estimate;
  return `about ${durationSeconds.toFixed(0)} s at ${powerWatts.toFixed(1)} W, ${imagesPerSecond.toFixed(0)} images/s (estimate by ${basis.replace('-', ' ')})`;
};

const sayMeter = async (client: GraphqlClient): Promise<void> => {
  const { service } = await client.query(ServiceDocument, {});
  for (const { component, detail } of service.meter.covered) say(`meter: ${component}: ${detail}`);
  for (const { component, reason } of service.meter.notCovered) say(`meter: ${component} not covered: ${reason}`);
};

/** Ctrl-C drains like a service: the run is checkpointed, and the next demo goes on with it. Returns whether it came. */
const onInterrupt = (service: Service): (() => boolean) => {
  let came = false;
  const stop = (): void => {
    if (came) process.exit(INTERRUPTED); // Whoever asks twice does not wait.
    came = true;
    leaveDisplay();
    say('interrupted: the running segment writes its checkpoint; run the demo again to go on');
    service.close().then(
      () => process.exit(INTERRUPTED),
      (failure: unknown) => {
        process.stderr.write(`lowtide: ${String(failure)}\n`);
        process.exit(1);
      },
    );
  };
  // Not once: a listener gone before the display's own is called would have that one end the process.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => came;
};
