/**
 * MLflow as a tracker, over its REST API (2.0, MLflow 2 and 3). One run of ours is one of MLflow's, found by the tag
 * `lowtide.run_id`; the tag `lowtide.cursor` says up to which event of the log its metrics reach. Both are written in the same
 * call as what they speak of. Nothing is tried again here: after a fault the run is opened anew, which asks what MLflow has.
 * A batch whose answer was lost may so be sent twice; a database behind MLflow keeps equal points once.
 */
import { z } from 'zod';
import type { TrackedFile, TrackedMetric, TrackedRun, TrackedStatus } from '../tracked-run.js';
import type { OpenedRun, Tracker } from '../tracker.js';
import { batchesOf, inPieces, MOST_METRICS, MOST_PARAMS, MOST_TAGS } from './batches.js';
import { mlflowCall, type MlflowCall, type MlflowServer } from './mlflow-call.js';
import { MlflowFault } from './mlflow-fault.js';

const RUN_TAG = 'lowtide.run_id';
const CURSOR_TAG = 'lowtide.cursor';
const API = 'api/2.0/mlflow';

const STATUSES: Readonly<Record<TrackedStatus, string>> = {
  scheduled: 'SCHEDULED',
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
};

const entry = z.object({ key: z.string(), value: z.string() });
const mlflowRun = z.object({
  info: z.object({ run_id: z.string(), artifact_uri: z.string(), lifecycle_stage: z.string() }),
  data: z.object({ tags: z.array(entry).default([]), metrics: z.array(z.object({ key: z.string(), value: z.number() })).default([]) }),
});
type MlflowRun = z.infer<typeof mlflowRun>;
const experiment = z.object({ experiment_id: z.string(), lifecycle_stage: z.string().optional() });

export const mlflowTracker = (server: MlflowServer): Tracker => {
  const call = mlflowCall(server);
  return {
    name: `MLflow at ${server.uri}`,
    address: server.uri,
    async check(signal) {
      // Asks for something that needs to be let in; the version alone does not.
      await call({ method: 'POST', path: `${API}/experiments/search`, json: { max_results: 1 }, shape: z.object({}) }, signal);
      return (await call<string>({ method: 'GET', path: 'version' }, signal)).trim().slice(0, 40);
    },
    async open(run, signal) {
      const experimentId = await experimentOf(call, run.experimentName, signal);
      return openedRun(call, (await found(call, experimentId, run.id, signal)) ?? (await created(call, experimentId, run, signal)));
    },
  };
};

const experimentOf = async (call: MlflowCall, name: string, signal: AbortSignal): Promise<string> => {
  const path = `${API}/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
  const get = () => call({ method: 'GET', path, shape: z.object({ experiment }) }, signal);
  try {
    const known = (await get()).experiment;
    if (known.lifecycle_stage === 'deleted')
      throw new MlflowFault('deleted', `the experiment ${name} is deleted in MLflow; restore it there, or delete it for good`);
    return known.experiment_id;
  } catch (failure) {
    if (!(failure instanceof MlflowFault && failure.trouble === 'not-there')) throw failure;
  }
  try {
    return (await call({ method: 'POST', path: `${API}/experiments/create`, json: { name }, shape: experiment }, signal)).experiment_id;
  } catch (failure) {
    if (failure instanceof MlflowFault && failure.trouble === 'refused') return (await get()).experiment.experiment_id; // Somebody else made it just now.
    throw failure;
  }
};

const found = async (call: MlflowCall, experimentId: string, runId: string, signal: AbortSignal): Promise<MlflowRun | undefined> => {
  const json = { experiment_ids: [experimentId], filter: `tags.\`${RUN_TAG}\` = '${runId}'`, run_view_type: 'ALL', max_results: 10 };
  const shape = z.object({ runs: z.array(mlflowRun).default([]) });
  const { runs } = await call({ method: 'POST', path: `${API}/runs/search`, json, shape }, signal);
  const active = runs.find(({ info }) => info.lifecycle_stage === 'active');
  if (active === undefined && runs.length > 0)
    throw new MlflowFault(
      'deleted',
      `run ${runId} is deleted in MLflow (${runs[0]!.info.run_id}); restore it there, or delete it for good`,
    );
  return active;
};

const created = async (call: MlflowCall, experimentId: string, run: TrackedRun, signal: AbortSignal): Promise<MlflowRun> => {
  const tags = Object.entries({ [RUN_TAG]: run.id, [CURSOR_TAG]: '0', 'mlflow.source.name': 'lowtide', 'mlflow.source.type': 'JOB' });
  const json = {
    experiment_id: experimentId,
    run_name: run.name,
    start_time: Math.round(run.submittedAt),
    tags: tags.map(([key, value]) => ({ key, value })),
  };
  return (await call({ method: 'POST', path: `${API}/runs/create`, json, shape: z.object({ run: mlflowRun }) }, signal)).run;
};

const openedRun = (call: MlflowCall, run: MlflowRun): OpenedRun => {
  const { run_id, artifact_uri } = run.info;
  let cursor = Number(run.data.tags.find(({ key }) => key === CURSOR_TAG)?.value ?? 0); // Without the tag it has nothing of us.
  const latest = Object.fromEntries(run.data.metrics.map(({ key, value }) => [key, value]));
  let status = '';
  let described = '';
  const logBatch = async (json: object, signal: AbortSignal): Promise<void> => {
    await call({ method: 'POST', path: `${API}/runs/log-batch`, json: { run_id, ...json }, shape: z.object({}) }, signal);
  };
  return {
    get cursor() {
      return cursor;
    },
    latest,
    async append(points, until, signal) {
      for (const batch of batchesOf(points, until)) {
        await logBatch({ metrics: batch.metrics.map(metricOf), tags: [{ key: CURSOR_TAG, value: String(batch.until) }] }, signal);
        cursor = batch.until;
      }
    },
    async describe({ params, tags }, totals, signal) {
      const words = JSON.stringify([params, tags]);
      if (words !== described) {
        for (const piece of inPieces(entriesOf(params), MOST_PARAMS)) await logBatch({ params: piece }, signal);
        for (const piece of inPieces(entriesOf(tags), MOST_TAGS)) await logBatch({ tags: piece }, signal);
        described = words;
      }
      for (const piece of inPieces(totals, MOST_METRICS)) await logBatch({ metrics: piece.map(metricOf) }, signal);
      for (const { key, value } of totals) latest[key] = value;
    },
    async upload(files, signal) {
      const folder = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(artifact_uri)?.[1];
      if (folder === undefined) return `the server does not take artifacts itself, they go to ${new URL(artifact_uri, 'file:').protocol}`;
      for (const file of files) await call(putOf(folder, file), signal);
      return undefined;
    },
    async setStatus({ status: now, endedAt }, signal) {
      const json = { status: STATUSES[now], ...(endedAt === undefined ? {} : { end_time: Math.round(endedAt) }) };
      if (JSON.stringify(json) === status) return;
      await call({ method: 'POST', path: `${API}/runs/update`, json: { run_id, ...json }, shape: z.object({}) }, signal);
      status = JSON.stringify(json);
    },
  };
};

const metricOf = ({ key, value, at, step }: TrackedMetric) => ({ key, value, timestamp: Math.round(at), step });

/** Longest value of a tag that every MLflow takes. */
const MOST_TAG = 5000;

const entriesOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: value.slice(0, MOST_TAG) }));

const putOf = (folder: string, { path, mediaType, content }: TrackedFile) => {
  const place = `${folder}/${path}`.split('/').map(encodeURIComponent).join('/');
  return { method: 'PUT', path: `api/2.0/mlflow-artifacts/artifacts/${place}`, content: { mediaType, body: content } } as const;
};
