/** What a service says of itself: metrics as Prometheus scrapes them, and spans as a collector gets them. */
import fs from 'node:fs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
import { ask, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

const TOKEN = 'a-token-of-the-test-suite';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const home = newHome();
let receiver: OtlpReceiver;
let service: RunningService;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  service = await startService(home, { LOWTIDE_OTLP_ENDPOINT: receiver.url, LOWTIDE_TOKEN: TOKEN });
});
afterAll(async () => {
  await service.end('SIGTERM');
  await receiver.close();
  fs.rmSync(home, { recursive: true, force: true });
});

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Exposition {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

/** The text format of Prometheus, version 0.0.4. */
const parseExposition = (text: string): Exposition => {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) (comment[1] === 'HELP' ? helps : types).set(comment[2]!, comment[3]!);
    else {
      const [, name, labels = '', value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`not a sample: ${line}`);
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text_]) => [key!, text_!]);
      samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }
  return { samples, types, helps };
};

const scrape = async (): Promise<Exposition> =>
  parseExposition(await (await fetch(`${service.url}/metrics`, { headers: AUTHORIZATION })).text());
const valueOf = ({ samples }: Exposition, name: string, labels: object = {}): number | undefined =>
  samples.find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;

const query = async (text: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<any> => {
  const { data, errors } = await ask(service.url, text, variables, { ...AUTHORIZATION, ...headers });
  if (errors !== undefined) throw new Error(errors[0]!.message);
  return data;
};

const READ = 'query ($id: ID!) { run(id: $id) { state energyKwh emissionsGco2eq } }';
const read = async (id: string): Promise<any> => (await query(READ, { id })).run;

const until = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const ended = (id: string): Promise<any> =>
  until(async () => {
    const run = await read(id);
    return ['SUCCEEDED', 'FAILED', 'HALTED'].includes(run.state) ? run : undefined;
  });

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const submit = async (name: string, epochs: number, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const run = smallRun('one');
  const input = { name, project: 'observed', runs: [{ ...run, training: { ...run.training, epochs } }] };
  return (await query(SUBMIT, { input }, headers)).submitExperiment.experiment.runs[0].id;
};

let first: string;

test('while a run trains its figures are those of the API, and when it is over only totals are left, which did not fall', async () => {
  first = await submit('watched', 10, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
  const during = await until(async () => {
    const [before, scraped, after] = [await read(first), await scrape(), await read(first)];
    const energy = valueOf(scraped, 'lowtide_run_energy_joules_total', { run_id: first });
    return energy !== undefined && energy > 0 ? { before, scraped, after, energy } : undefined;
  });
  const { before, scraped, after, energy } = during;
  expect(energy / 3.6e6).toBeGreaterThanOrEqual(before.energyKwh * (1 - 1e-12));
  expect(energy / 3.6e6).toBeLessThanOrEqual(after.energyKwh * (1 + 1e-12));
  expect(valueOf(scraped, 'lowtide_runs', { state: 'running' })).toBe(1);
  expect(valueOf(scraped, 'lowtide_run_power_watts', { run_id: first })).toBeGreaterThan(0);
  const reading = scraped.samples.find(
    ({ name, labels }) => name.startsWith('lowtide_grid_carbon_intensity') && labels['zone'] === 'US-CAL-CISO',
  );
  expect(reading).toMatchObject({
    name: 'lowtide_grid_carbon_intensity_grams_per_kilowatt_hour',
    labels: { provenance: 'recorded', kind: 'average' },
  });

  const run = await ended(first);
  const left = await scrape();
  expect(left.samples.filter(({ labels }) => labels['run_id'] !== undefined)).toEqual([]);
  const place = { project: 'observed', zone: 'US-CAL-CISO' };
  expect(valueOf(left, 'lowtide_energy_joules_total', place)! / 3.6e6).toBeCloseTo(run.energyKwh, 15);
  expect(valueOf(left, 'lowtide_emissions_grams_total', place)).toBeCloseTo(run.emissionsGco2eq, 12);
  expect(valueOf(left, 'lowtide_emissions_restated_grams', place)).toBe(0);
  expect(valueOf(left, 'lowtide_energy_unknown_intensity_joules_total', place)).toBe(0);
  expect(valueOf(left, 'lowtide_energy_joules_total', place)).toBeGreaterThanOrEqual(
    valueOf(scraped, 'lowtide_energy_joules_total', place)!,
  );
  expect(valueOf(left, 'lowtide_runs', { state: 'succeeded' })).toBe(1);
  expect(valueOf(left, 'lowtide_grid_speed_ratio')).toBe(3600);
  expect(valueOf(left, 'lowtide_graphql_request_duration_seconds_count', { operation_type: 'mutation', outcome: 'ok' })).toBe(1);
});

test('a budget shows its limit and what is spent of it', async () => {
  const input = { name: 'a-budget', project: 'observed', budgets: [{ gco2eq: 500, period: 'MONTH' }] };
  await query('mutation ($input: PolicyInput!) { setPolicy(input: $input) { __typename } }', { input });
  const scraped = await scrape();
  const budget = { project: 'observed', period: 'month', time_zone: 'UTC', enforced: 'true' };
  expect(valueOf(scraped, 'lowtide_budget_limit_grams', budget)).toBe(500);
  expect(valueOf(scraped, 'lowtide_budget_spent_grams', budget)).toBeCloseTo((await read(first)).emissionsGco2eq, 9);
});

/** What `promtool check metrics` asks of names, and base units. */
test('every metric has a type, a help text and a name by the conventions', async () => {
  const { samples, types, helps } = await scrape();
  const own = [...types].filter(([name]) => name.startsWith('lowtide_'));
  expect(own.length).toBeGreaterThan(20);
  for (const [name, type] of own) {
    expect(helps.get(name)).toMatch(/\.$/);
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/_(count|sum|bucket|milliseconds|ms|kwh|kilowatt_hours|kilograms|percent|gauge|counter|histogram)$/);
  }
  const keys = samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { name } of samples)
    expect([name, types.has(name) || types.has(name.replace(/_(bucket|sum|count)$/, ''))]).toEqual([name, true]);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    expect(types.has(name)).toBe(true);
});

test('without the token nobody scrapes', async () => {
  const answer = await fetch(`${service.url}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([401, expect.not.stringContaining('lowtide_')]);
});

const arrived = (name: string, holds: (span: ReceivedSpan) => boolean = () => true): Promise<ReceivedSpan> =>
  until(() => receiver.spans.find((span) => span.name === name && holds(span)));

test('a run is one trace by its own id, from its submission to its last checkpoint, linked to the request that asked for it', async () => {
  const trace = first.replaceAll('-', '');
  const root = await arrived('run', ({ traceId }) => traceId === trace);
  expect(root).toMatchObject({
    parentSpanId: undefined,
    links: [TRACE],
    attributes: { 'lowtide.run.id': first, 'lowtide.zone': 'US-CAL-CISO' },
  });
  const segment = await arrived('segment', ({ traceId }) => traceId === trace);
  expect(segment).toMatchObject({ parentSpanId: root.spanId, attributes: { 'lowtide.outcome': 'finished', 'lowtide.segment': 1 } });
  const checkpoint = await arrived('checkpoint', ({ traceId }) => traceId === trace);
  expect(checkpoint).toMatchObject({ parentSpanId: segment.spanId, attributes: { 'lowtide.step': expect.anything() } });
  expect(checkpoint.startMs).toBeLessThan(checkpoint.endMs);
  expect(segment.startMs).toBeLessThan(checkpoint.startMs);

  const mutation = await arrived('mutation', ({ traceId }) => traceId === TRACE);
  expect(mutation).toMatchObject({
    parentSpanId: '00f067aa0ba902b7',
    kind: 2,
    attributes: {
      'graphql.operation.type': 'mutation',
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
    },
  });
  const asked = await arrived('submit experiment');
  expect(asked).toMatchObject({ traceId: TRACE, parentSpanId: mutation.spanId, attributes: { 'lowtide.outcome': 'submitted' } });
  for (const name of ['estimate run', 'plan run'])
    expect(await arrived(name)).toMatchObject({ traceId: TRACE, parentSpanId: asked.spanId });
  expect(root.resource).toMatchObject({
    'service.name': 'lowtide',
    'service.version': expect.any(String),
    'host.name': expect.any(String),
  });
});

test('a settlement is a span that points to its run’s trace', async () => {
  await query('mutation ($id: ID!) { settleRun(id: $id) { __typename } }', { id: first });
  const settled = await arrived('settle run');
  expect(settled).toMatchObject({ links: [first.replaceAll('-', '')], attributes: { 'lowtide.outcome': 'settled' } });
});

test('without its collector a run trains as before, and the log says once that spans are dropped', async () => {
  await receiver.close();
  const run = await ended(await submit('unseen', 2));
  expect(run.state).toBe('SUCCEEDED');
  await until(() => (service.output().includes('traces do not reach') ? true : undefined));
  await query(READ, { id: first });
  expect(service.output().match(/traces do not reach/g)).toHaveLength(1);
});
