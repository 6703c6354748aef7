/** A real HTTP server that speaks enough of MLflow's REST API to hold runs, and fails in whatever way a test wants. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedOf {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: any;
}

/** `lost`: what was asked is done, and the answer never comes. */
export type Fault = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } | 'lost';

export interface MadeUpMlflow {
  readonly uri: string;
  readonly asked: readonly AskedOf[];
  readonly runs: readonly any[];
  /** Decides on each request from now on; undefined: it is answered as it should be. */
  fail(decide: (asked: AskedOf) => Fault | undefined): void;
  close(): Promise<void>;
}

export const startMadeUpMlflow = async (): Promise<MadeUpMlflow> => {
  const asked: AskedOf[] = [];
  const runs: any[] = [];
  let decide: (asked: AskedOf) => Fault | undefined = () => undefined;

  const verbs: Readonly<Record<string, (body: any) => unknown>> = {
    'experiments/search': () => ({}),
    'experiments/get-by-name': () => ({ experiment: { experiment_id: '7', lifecycle_stage: 'active' } }),
    'runs/search': ({ filter }) => ({
      runs: runs.filter(({ data }) => data.tags.some(({ key, value }: any) => filter === `tags.\`${key}\` = '${value}'`)),
    }),
    'runs/create': ({ tags }) => {
      const id = `r${runs.length + 1}`;
      const info = { run_id: id, artifact_uri: `mlflow-artifacts:/7/${id}/artifacts`, lifecycle_stage: 'active' };
      runs.push({ info, data: { tags, metrics: [] } });
      return { run: runs.at(-1) };
    },
    'runs/log-batch': ({ run_id, metrics = [], tags = [] }) => {
      const { data } = runs.find(({ info }) => info.run_id === run_id);
      data.metrics.push(...metrics);
      for (const tag of tags) data.tags = [...data.tags.filter(({ key }: any) => key !== tag.key), tag];
      return {};
    },
    'runs/update': ({ run_id, status }) => {
      runs.find(({ info }) => info.run_id === run_id).info.status = status;
      return {};
    },
  };

  const server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const path = new URL(request.url!, 'http://mlflow').pathname;
      const json = request.headers['content-type'] === 'application/json' && text !== '' && request.method === 'POST';
      const one = { method: request.method!, path, authorization: request.headers.authorization, body: json ? JSON.parse(text) : text };
      asked.push(one);
      const fault = decide(one);
      if (fault !== undefined && fault !== 'lost') {
        response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(JSON.stringify(fault.body ?? {}));
        return;
      }
      const answer = path === '/version' ? '3.0.0' : (verbs[path.replace('/api/2.0/mlflow/', '')]?.(one.body) ?? {});
      if (fault === 'lost') response.destroy();
      else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    runs,
    fail: (next) => {
      decide = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
