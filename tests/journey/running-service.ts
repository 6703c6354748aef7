/** A real service in a process of its own: embedded Postgres, worker, API; and the plain clients that talk to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface RunningService {
  readonly url: string;
  readonly process: ChildProcess;
  output(): string;
  /** Resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A folder for LOWTIDE_HOME that the account of Postgres can reach. */
export const newHome = (): string => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-home-'));
  fs.chmodSync(home, 0o755);
  return home;
};

/** @param directory where it finds its `configs/service.yaml` */
export const startService = async (
  home: string,
  environment: Readonly<Record<string, string>> = {},
  directory: string = process.cwd(),
): Promise<RunningService> => {
  const child = spawn(process.execPath, [path.resolve('dist/src/main.js'), 'serve'], {
    cwd: directory,
    env: { ...process.env, LOWTIDE_HOME: home, LOWTIDE_PORT: '0', LOWTIDE_REPLAY_SECONDS_PER_HOUR: '1', NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const look = setInterval(() => {
      const found = /listens on (http:\S+):/.exec(output)?.[1];
      if (found === undefined) return;
      clearInterval(look);
      resolve(found);
    }, 20);
    void ended.then((code) => {
      clearInterval(look);
      reject(new Error(`the service ended with ${String(code)}: ${output}`));
    });
  });
  return {
    url,
    process: child,
    output: () => output,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
};

/** URL of a home's embedded Postgres while its service runs. */
export const databaseOf = (home: string): string => {
  const lines = fs.readFileSync(path.join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const password = fs.readFileSync(path.join(home, 'postgres.secret'), 'utf8').trim();
  return `postgres://lowtide:${password}@127.0.0.1:${lines[3]!.trim()}/lowtide`;
};

/** A worker in a process of its own, as on a host of its own, on the database of a running service. */
export const startWorker = async (
  home: string,
  host: string,
  zones: readonly string[] = [],
): Promise<Pick<RunningService, 'output' | 'end'>> => {
  const child = spawn(process.execPath, ['dist/src/main.js', 'work', ...zones.flatMap((zone) => ['--zone', zone])], {
    env: {
      ...process.env,
      LOWTIDE_HOME: home,
      LOWTIDE_WORKER_HOST: host,
      DATABASE_URL: databaseOf(home),
      LOWTIDE_REPLAY_SECONDS_PER_HOUR: '1',
      NODE_OPTIONS: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (output.includes('worker ready')) resolve();
    });
    void ended.then((code) => {
      reject(new Error(`the worker ended with ${String(code)}: ${output}`));
    });
  });
  return {
    output: () => output,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
};

export interface Answer {
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions?: any }[];
}

export const ask = async (
  url: string,
  query: string,
  variables: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
};

/** Collects a subscription's values until it ends or `enough` says so. */
export const collect = async (
  url: string,
  query: string,
  variables: Record<string, unknown>,
  enough: (value: any) => boolean = () => false,
): Promise<any[]> => {
  const client = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  const values: any[] = [];
  try {
    for await (const { data, errors } of client.iterate({ query, variables })) {
      if (errors !== undefined) throw new Error(errors[0]?.message);
      values.push(data);
      if (enough(data)) break;
    }
  } finally {
    await client.dispose();
  }
  return values;
};

/** A run that trains in a second or so. */
export const smallRun = (name: string, over: object = {}) => ({
  name,
  zone: 'US-CAL-CISO',
  training: {
    model: { name: 'mlp' },
    dataset: { name: 'mnist', trainImages: 6400, testImages: 1000 },
    batchSize: 64,
    evaluation: { everySteps: 50, images: 200 },
    checkpointEverySteps: 25,
  },
  ...over,
});

export const SUBMIT = `mutation ($input: ExperimentInput!) { submitExperiment(input: $input) { __typename
  ... on ExperimentSubmitted { experiment { id runs { id name state plan { mode reason } } } } ... on NoWindowBeforeDeadline { run message neededHours } } }`;

export const EVENTS = `subscription ($run: ID!, $after: Int!) { runEvents(run: $run, after: $after) { __typename sequence at gridAt
  ... on RunStateChanged { from to pauseReason message } ... on TrainingProgressed { step } ... on SegmentStarted { step resumedFrom host }
  ... on EnergyBooked { energyKwh emissionsGco2eq purpose } ... on EvaluationRecorded { final accuracy } ... on CheckpointSaved { step } } }`;
