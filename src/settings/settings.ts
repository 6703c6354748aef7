/** Settings of the service: environment variables over a YAML file over defaults, read once and checked together. */
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { isDate } from '../units/time.js';
import { credentialsOf, httpUrl, OTHERS_NAMES, type MlflowCredentials } from './reporting-settings.js';
import { SettingsError, variableOf } from './setting-names.js';

const FILE = 'configs/service.yaml';
/** Options of the command line that are not the service's. */
const NOT_SETTINGS = ['LOWTIDE_URL'];

/** The trainer's names for them; the thread protocol has the same. */
const BACKENDS = ['auto', 'tensorflow-gpu', 'tensorflow', 'webgpu', 'native', 'wasm', 'wasm-plain'] as const;

const number = (least: number, most: number) =>
  z.coerce
    .number(`a number from ${least} to ${most}`)
    .min(least, `a number from ${least} to ${most}`)
    .max(most, `a number from ${least} to ${most}`);

const ZONES = 'sources by zone, the preferred one first, like US-CAL-CISO=electricity-maps+eia,GB=uk-carbon-intensity';
const sourceName = z.string(ZONES).regex(/^[a-z][a-z0-9-]*$/, ZONES);
const zonesFromText = z.string(ZONES).transform((text, context) => {
  const pairs = text.split(',').map((pair) => /^\s*([^=]+?)\s*=\s*([a-z0-9+\s-]+?)\s*$/.exec(pair));
  if (pairs.some((pair) => pair === null)) {
    context.addIssue({ code: 'custom', message: ZONES, input: text });
    return z.NEVER;
  }
  return Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!.split('+').map((name) => name.trim())]));
});

/** Environment variables that set one thing of one source. */
const SOURCE_VARIABLES: Readonly<Record<string, readonly (readonly [source: string, setting: string])[]>> = {
  LOWTIDE_ELECTRICITY_MAPS_KEY: [['electricity-maps', 'key']],
  LOWTIDE_WATTTIME_USERNAME: [
    ['watttime-average', 'username'],
    ['watttime-marginal', 'username'],
  ],
  LOWTIDE_WATTTIME_PASSWORD: [
    ['watttime-average', 'password'],
    ['watttime-marginal', 'password'],
  ],
  LOWTIDE_EIA_KEY: [['eia', 'key']],
  LOWTIDE_CARBON_AWARE_SDK_URL: [['carbon-aware-sdk', 'url']],
};

/** What is not repeated in a message. */
const SECRETS = ['token', 'database_url', 'mlflow_uri', 'mlflow_token', 'mlflow_password', 'otlp_endpoint'];

const schema = z.strictObject({
  home: z.string().min(1, 'a folder').default('.lowtide'),
  database_url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a URL like postgres://user:password@host:5432/database')
    .optional(),
  host: z.string().min(1, 'an address').default('127.0.0.1'),
  port: number(0, 65_535).default(4000),
  token: z.string().min(16, 'at least 16 characters').optional(),
  production: z.stringbool('true or false').or(z.boolean()).default(false),
  allowed_origins: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .or(z.array(z.string()))
    .default([]),
  worker_host: z.string().min(1, 'a name').max(200, 'at most 200 characters').optional(),
  worker: z.stringbool('true or false').or(z.boolean()).default(true),
  pue: number(1, 10).default(1),
  tdp_watts: number(1, 10_000).optional(),
  tracking_mode: z.enum(['machine', 'process'], 'machine or process').default('machine'),
  rapl_psys: z.stringbool('true or false').or(z.boolean()).default(false),
  sample_interval_ms: number(100, 60_000).default(1000),
  embodied_kgco2eq: number(0, 1e6).optional(),
  embodied_lifetime_years: number(1, 20).default(4),
  embodied_source: z.string().min(1, 'where the figure comes from').optional(),
  backend: z.enum(BACKENDS, `one of ${BACKENDS.join(', ')}`).default('auto'),
  training_threads: number(1, 256).optional(),
  memory_limit_mb: number(64, 1_000_000).default(2048),
  browser: z.string().min(1, 'the path of Chromium, Chrome or Edge').optional(),
  zones: z.union([zonesFromText, z.record(z.string(), z.array(sourceName, ZONES).min(1, ZONES), ZONES)], ZONES).default({}),
  sources: z.record(z.string(), z.record(z.string(), z.unknown(), 'a map of settings'), 'a map of sources').default({}),
  mlflow_uri: httpUrl.optional(),
  mlflow_token: z.string().min(1, 'a token').optional(),
  mlflow_username: z.string().min(1, 'a name').optional(),
  mlflow_password: z.string().min(1, 'a password').optional(),
  otlp_endpoint: httpUrl.optional(),
  replay_zone: z.string().min(1).default('US-CAL-CISO'),
  replay_day: z.string().refine(isDate, 'a date like 2022-07-14').optional(),
  replay_seconds_per_hour: number(0.1, 3600).default(10),
});

export interface Settings {
  /** Folder of everything this installation stores. */
  readonly home: string;
  /** Undefined: an embedded Postgres under `home`. */
  readonly databaseUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly production: boolean;
  readonly allowedOrigins: readonly string[];
  /** Name of this host in the record of runs; at most one run trains on a host at a time. Undefined: the system's name. */
  readonly workerHost: string | undefined;
  /** Whether the server also trains. */
  readonly worker: boolean;
  readonly pue: number;
  readonly tdpWatts: number | undefined;
  /** What energy models look at where there are no counters. */
  readonly trackingMode: 'machine' | 'process';
  /** Count the whole platform where RAPL has such a domain. */
  readonly raplPsys: boolean;
  readonly sampleIntervalMs: number;
  /** Emissions of making this host and ending its life, spread over its lifetime. */
  readonly embodied: { readonly total: GramsCO2eq; readonly lifetimeYears: number; readonly source: string } | undefined;
  /** What trains; `auto`: the best there is. */
  readonly backend: (typeof BACKENDS)[number];
  /** Undefined: as many as the host has processors. */
  readonly trainingThreads: number | undefined;
  /** MiB of tensors a run may hold at once. */
  readonly memoryLimitMb: number;
  /** Path of the Chromium, Chrome or Edge that makes PDF and PNG of reports; undefined: looked for. */
  readonly browser: string | undefined;
  /** Sources of each zone, the preferred one first; when there are none, the grid is a replay. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** What is set of each source; each source checks its own. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The MLflow server that is told of runs while they train; undefined: none. */
  readonly mlflowUri: string | undefined;
  readonly mlflowCredentials: MlflowCredentials;
  /** Where traces go by OTLP over HTTP, without `/v1/traces`; undefined: nowhere. */
  readonly otlpEndpoint: string | undefined;
  readonly replay: {
    readonly zone: string;
    /** Undefined: the day of median possible saving. */ readonly day: string | undefined;
    readonly secondsPerHour: number;
  };
}

/** @throws SettingsError naming every variable or key that is wrong, what was given and what is allowed */
export const readSettings = (environment: NodeJS.ProcessEnv, directory: string = process.cwd()): Settings => {
  const keys = Object.keys(schema.shape);
  const fromEnvironment = Object.fromEntries(
    keys.flatMap((key) => {
      const given = environment[variableOf(key)] || environment[OTHERS_NAMES[key] ?? ''];
      return key !== 'sources' && given ? [[key, given]] : [];
    }),
  );
  const variables = [...keys.filter((key) => key !== 'sources').map(variableOf), ...Object.keys(SOURCE_VARIABLES)];
  const known = [...variables, ...NOT_SETTINGS];
  const unknown = Object.keys(environment).filter((name) => name.startsWith('LOWTIDE_') && !known.includes(name));
  const result = schema.safeParse({ ...fromFile(path.join(directory, FILE)), ...fromEnvironment });
  const problems = [
    ...unknown.map((name) => `${name}: no such setting; there are ${variables.join(', ')}`),
    ...(result.success ? [] : result.error.issues.map((issue) => problemOf(issue, fromEnvironment))),
  ];
  if (!result.success || problems.length > 0) throw new SettingsError(problems);
  const {
    database_url,
    worker_host,
    tdp_watts,
    tracking_mode,
    rapl_psys,
    token,
    allowed_origins,
    sample_interval_ms,
    training_threads,
    memory_limit_mb,
    browser,
    ...others
  } = result.data;
  const { replay_zone, replay_day, replay_seconds_per_hour, embodied_kgco2eq, embodied_lifetime_years, embodied_source, ...more } = others;
  const { mlflow_uri, mlflow_token, mlflow_username, mlflow_password, otlp_endpoint, ...rest } = more;
  if ((embodied_kgco2eq === undefined) !== (embodied_source === undefined))
    throw new SettingsError([
      `${variableOf('embodied_kgco2eq')}: needs ${variableOf('embodied_source')} beside it, and the other way round: a figure and where it comes from`,
    ]);
  return {
    ...rest,
    home: path.resolve(directory, rest.home),
    databaseUrl: database_url,
    workerHost: worker_host,
    token,
    allowedOrigins: allowed_origins,
    tdpWatts: tdp_watts,
    trackingMode: tracking_mode,
    raplPsys: rapl_psys,
    trainingThreads: training_threads,
    memoryLimitMb: memory_limit_mb,
    browser,
    sampleIntervalMs: sample_interval_ms,
    embodied:
      embodied_kgco2eq === undefined || embodied_source === undefined
        ? undefined
        : { total: grams(1000 * embodied_kgco2eq), lifetimeYears: embodied_lifetime_years, source: embodied_source },
    sources: withVariables(rest.sources, environment),
    mlflowUri: mlflow_uri,
    mlflowCredentials: credentialsOf(mlflow_token, mlflow_username, mlflow_password),
    otlpEndpoint: otlp_endpoint,
    replay: { zone: replay_zone, day: replay_day, secondsPerHour: replay_seconds_per_hour },
  };
};

const withVariables = (sources: Settings['sources'], environment: NodeJS.ProcessEnv): Settings['sources'] => {
  const merged: Record<string, Record<string, unknown>> = Object.fromEntries(
    Object.entries(sources).map(([name, settings]) => [name, { ...settings }]),
  );
  for (const [variable, places] of Object.entries(SOURCE_VARIABLES))
    for (const [source, setting] of environment[variable] ? places : [])
      merged[source] = { ...merged[source], [setting]: environment[variable] };
  return merged;
};

const fromFile = (file: string): Record<string, unknown> => {
  if (!fs.existsSync(file)) return {};
  const content = parsedYaml(fs.readFileSync(file, 'utf8'));
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content)) throw new SettingsError([`${FILE}: must be a map of settings`]);
  return content as Record<string, unknown>;
};

const parsedYaml = (text: string): unknown => {
  try {
    return parse(text);
  } catch (failure) {
    const [what] = (failure instanceof Error ? failure.message : String(failure)).split('\n');
    throw new SettingsError([`${FILE}: is not YAML: ${what!.replace(/:$/, '')}`]);
  }
};

const problemOf = (issue: z.core.$ZodIssue, fromEnvironment: Record<string, unknown>): string => {
  if (issue.code === 'unrecognized_keys') return `${FILE}: no such setting: ${issue.keys.join(', ')}`;
  const key = String(issue.path[0]);
  const given = fromEnvironment[key];
  // A secret is not repeated.
  const shown = SECRETS.includes(key) ? 'what was given' : given === undefined ? `the value in ${FILE}` : JSON.stringify(given);
  return `${given === undefined ? key : variableOf(key)}: got ${shown}, allowed is ${issue.message}`;
};
