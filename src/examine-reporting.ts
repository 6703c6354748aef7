/** Wiring of the doctor's look at what a service here would report to, and whether it is there. */
import type { ExaminedReporting } from './cli/examination.js';
import type { Settings } from './settings/settings.js';
import { mlflowTracker } from './tracking/mlflow/mlflow-tracker.js';
import { TrackerFault } from './tracking/tracker.js';
import { SECOND_MS } from './units/time.js';

const ANSWER_MS = 3 * SECOND_MS;

/** None of it is needed to train. */
export const examineReporting = (settings: Settings): Promise<readonly ExaminedReporting[]> =>
  Promise.all([examineMlflow(settings), examineCollector(settings), Promise.resolve(examineMetrics(settings))]);

const examineMlflow = async ({ mlflowUri: uri, mlflowCredentials: credentials }: Settings): Promise<ExaminedReporting> => {
  const name = 'MLflow';
  if (uri === undefined) return { name, on: false, detail: 'set LOWTIDE_MLFLOW_URI to send runs to a server while they train' };
  try {
    const version = await mlflowTracker({ uri, credentials, timeoutMs: ANSWER_MS }).check(new AbortController().signal);
    return { name, on: true, reached: true, detail: `${uri}, version ${version}` };
  } catch (failure) {
    if (!(failure instanceof TrackerFault)) throw failure;
    const fix =
      'start the server, or check LOWTIDE_MLFLOW_URI and its token or password; runs train all the same, and are sent when it is there';
    return { name, on: true, reached: false, detail: failure.message, fix };
  }
};

const examineCollector = async ({ otlpEndpoint }: Settings): Promise<ExaminedReporting> => {
  const name = 'traces';
  if (otlpEndpoint === undefined) return { name, on: false, detail: 'set LOWTIDE_OTLP_ENDPOINT to send spans to a collector' };
  const url = `${otlpEndpoint}/v1/traces`;
  const fix = 'start a collector that takes OTLP over HTTP, or check LOWTIDE_OTLP_ENDPOINT; spans are dropped until then';
  try {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: '{"resourceSpans":[]}', signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) return { name, on: true, reached: true, detail: url };
    return { name, on: true, reached: false, detail: `${url} answered ${answer.status}`, fix };
  } catch (failure) {
    const { message, cause } = failure as Error;
    return { name, on: true, reached: false, detail: `${url}: ${cause instanceof Error ? cause.message : message}`, fix };
  }
};

const examineMetrics = ({ token }: Settings): ExaminedReporting => ({
  name: 'metrics',
  on: true,
  detail: `at /metrics of lowtide serve, ${token === undefined ? 'without a token' : 'with LOWTIDE_TOKEN as bearer token'}`,
});
