/** `lowtide export mlflow`: runs of a server, whole, into an MLflow server that this machine reaches. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { GraphqlClient } from '../client/graphql-client.js';
import { exportRun } from '../tracking/export-run.js';
import { mlflowTracker } from '../tracking/mlflow/mlflow-tracker.js';
import type { TrackedFile, TrackedPoint, TrackedSource, TrackedStatus } from '../tracking/tracked-run.js';
import { TrackerFault } from '../tracking/tracker.js';
import { wallClock } from '../units/clock.js';
import { instant } from '../units/time.js';
import type { MlflowCredentials } from '../settings/reporting-settings.js';
import { ExportRunsDocument, TrackedPageDocument, TrackedRunDocument, type ExportFormat } from './documents.js';

/** Attempts for each run after the first; each begins by asking MLflow what it has. */
const MORE_ATTEMPTS = 3;

/** A line for each run. @throws TrackerFault */
export const exportToMlflow = async (
  client: GraphqlClient,
  runIds: readonly string[],
  server: { readonly uri: string; readonly credentials: MlflowCredentials },
  say: (line: string) => void,
): Promise<void> => {
  const tracker = mlflowTracker(server);
  const signal = new AbortController().signal;
  const policy = retry(
    handleWhen((failure) => failure instanceof TrackerFault && failure.remedy === 'again'),
    { maxAttempts: MORE_ATTEMPTS, backoff: new ExponentialBackoff({ initialDelay: 500 }) },
  );
  await policy.execute(() => tracker.check(signal));
  for (const id of runIds) {
    const done = await policy.execute(() => exportRun(tracker, sourceOf(client), id, wallClock.now(), signal));
    if (done === undefined) throw new Error(`there is no run ${id}`);
    const files = done.filesLeftOut === undefined ? '' : `; without files: ${done.filesLeftOut}`;
    say(
      `${done.run.name} ${id}: ${done.run.status} in ${tracker.name}, experiment ${done.run.experimentName}, up to event ${done.until}${files}`,
    );
  }
};

interface Entry<T> {
  readonly key: string;
  readonly value: T;
}

const PAGE = 2000;
const FILES: readonly ExportFormat[] = ['CODECARBON_CSV', 'SUMMARY_JSON', 'SCI_JSON'];

const sourceOf = (client: GraphqlClient): TrackedSource => ({
  async run(id) {
    const { run } = await client.query(TrackedRunDocument, { id });
    if (run === null) return undefined;
    const { status, endedAt, params, tags, totals, step } = run.tracked;
    return {
      id: run.id,
      name: run.name,
      experimentName: run.experiment.name,
      status: status.toLowerCase() as TrackedStatus,
      submittedAt: instant(Date.parse(run.submittedAt)),
      endedAt: endedAt === null ? undefined : instant(Date.parse(endedAt)),
      params: valuesOf(params),
      tags: valuesOf(tags),
      totals: valuesOf(totals),
      step,
      lastSequence: run.lastSequence,
    };
  },
  async page(id, after) {
    const { run } = await client.query(TrackedPageDocument, { id, after, first: PAGE });
    if (run === null) throw new Error(`there is no run ${id}`);
    const { trackedMetrics } = run;
    const points = new Map<number, TrackedPoint>();
    for (const { sequence, at, ...metric } of trackedMetrics.metrics) {
      const before = points.get(sequence)?.metrics ?? [];
      points.set(sequence, { sequence, metrics: [...before, { ...metric, at: instant(Date.parse(at)) }] });
    }
    return { points: [...points.values()], until: trackedMetrics.until, complete: trackedMetrics.complete };
  },
  async files(id) {
    const { run } = await client.query(TrackedRunDocument, { id });
    const files: TrackedFile[] = [{ path: 'lowtide/spec.yaml', mediaType: 'application/yaml', content: run?.specYaml ?? '' }];
    for (const format of FILES) {
      const variables = { runs: [id], format, scope: 'MACHINE', functionalUnit: 'RUN', inferences: null } as const;
      const { exportRuns: file } = await client.query(ExportRunsDocument, variables);
      files.push({ path: `lowtide/${file.name}`, mediaType: file.mediaType, content: file.content });
    }
    return files;
  },
});

const valuesOf = <T>(entries: readonly Entry<T>[]): Readonly<Record<string, T>> =>
  Object.fromEntries(entries.map(({ key, value }) => [key, value]));
