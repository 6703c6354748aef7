/** The notebooks about many runs, made by a real service, and the sums they stand on. */
import fs from 'node:fs';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;
let experiment: { id: string; runs: { id: string }[] };

beforeAll(async () => {
  home = newHome();
  service = await startService(home);
  const policy = { name: 'trial', project: 'audited', dryRun: true, ceilingGco2eqPerKwh: 1, budgets: [{ gco2eq: 100, period: 'MONTH' }] };
  await ask(service.url, 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', { input: policy });
  const runs = [
    smallRun('at-once', { role: 'BASELINE' }),
    smallRun('planned', { schedule: { mode: 'PLANNED', finishWithin: 'PT6H', allowedZones: ['US-NW-BPAT'] } }),
  ];
  const { data } = await ask(service.url, SUBMIT, { input: { name: 'audited', project: 'audited', runs } });
  experiment = data.submitExperiment.experiment;
  await Promise.all(experiment.runs.map(({ id }) => collect(service.url, EVENTS, { run: id, after: 0 })));
});
afterAll(async () => {
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

/** A report as the service makes it: one HTML file, and what it rests on. */
const report = async (name: string, parameters: Readonly<Record<string, string>> = {}) => {
  const get = (format: string) => fetch(`${service.url}/reports/${name}?${new URLSearchParams({ ...parameters, format }).toString()}`);
  return { html: await (await get('html')).text(), data: (await (await get('json')).json()) as any };
};

const AUDIT = `query ($project: String) { audit(month: "current", project: $project) {
  total { energyKwh emissionsGco2eq unknownEnergyKwh runs lines } zones: totals(by: [ZONE]) { zone energyKwh emissionsGco2eq }
  readings: totals(by: [READING]) { reading { provenance kind } } components { component energyKwh } greatestDifferenceGco2eq
  savings { savedGco2eq runs unknown { because } } restatements { run { id } }
  runs { whole booked { energyKwh emissionsGco2eq } run { id energyKwh emissionsGco2eq savings { savedGco2eq } sci { operationalGco2eq unknownBecause } } } } }`;

test('an audit adds up to the runs themselves, by zone, meter and saving, and says which readings it stands on', async () => {
  const { audit } = (await ask(service.url, AUDIT, { project: 'audited' })).data;
  const sum = (values: readonly number[]) => values.reduce((so, value) => so + value, 0);
  expect(audit.total).toMatchObject({ runs: 2, unknownEnergyKwh: 0 });
  for (const { whole, booked, run } of audit.runs) {
    expect(whole).toBe(true);
    expect(booked.energyKwh).toBeCloseTo(run.energyKwh, 12);
    expect(booked.emissionsGco2eq).toBeCloseTo(run.emissionsGco2eq, 9);
    expect(run.sci.operationalGco2eq).toBeCloseTo(run.emissionsGco2eq, 9);
    expect(run.sci.unknownBecause).toContain('embodied emissions of the host are not set');
  }
  expect(audit.greatestDifferenceGco2eq).toBeLessThan(1e-9);
  expect(sum(audit.zones.map(({ emissionsGco2eq }: any) => emissionsGco2eq))).toBeCloseTo(audit.total.emissionsGco2eq, 9);
  expect(sum(audit.components.map(({ energyKwh }: any) => energyKwh))).toBeCloseTo(audit.total.energyKwh, 9);
  expect(audit.readings).toEqual([{ reading: { provenance: 'RECORDED', kind: 'AVERAGE' } }].concat(audit.readings.slice(1)));
  expect(audit.savings).toMatchObject({ runs: 2, unknown: [] });
  expect(audit.savings.savedGco2eq).toBeCloseTo(sum(audit.runs.map(({ run }: any) => run.savings.savedGco2eq)), 9);
  expect((await ask(service.url, AUDIT, { project: 'nobody' })).data.audit.total).toMatchObject({ energyKwh: 0, runs: 0, lines: 0 });
});

test('a month that is none is one error that names what is allowed', async () => {
  const { errors } = await ask(service.url, '{ audit(month: "2022-13") { from } }');
  expect(errors?.[0]?.extensions.problems).toEqual([{ path: 'month', given: '"2022-13"', allowed: 'a month like 2022-07, or current' }]);
});

test('the forecast a plan was made on is had again, with the same method and time of issue', async () => {
  const query =
    'query ($id: ID!) { run(id: $id) { gridDuring { zone } plans { plan { forecastIssuedAt } forecasts { asUsed forecast { zone issuedAt readings { start } } } } } }';
  const { run } = (await ask(service.url, query, { id: experiment.runs[1]!.id })).data;
  const [{ plan, forecasts }] = run.plans;
  expect(forecasts[0]).toMatchObject({ asUsed: true, forecast: { zone: 'US-CAL-CISO', issuedAt: plan.forecastIssuedAt } });
  expect(forecasts[0].forecast.readings.length).toBeGreaterThan(24);
  expect(new Set(run.gridDuring.map(({ zone }: any) => zone))).toContain('US-CAL-CISO');
});

test('every notebook about many runs is made without an error in a cell', async () => {
  const [heatmap, timeline, map, compliance, audit] = [
    await report('emissions-heatmap'),
    await report('decision-timeline', { experiment: experiment.id }),
    await report('zone-map'),
    await report('policy-compliance', { project: 'audited' }),
    await report('monthly-audit'),
  ];
  for (const { html, data } of [heatmap, timeline, map, compliance, audit]) {
    expect(data.errors).toEqual([]);
    expect(html).not.toContain('NaN');
  }
  expect(heatmap.html).toContain('2 runs of 1 experiment drew');
  expect(timeline.html).toContain('method and time of issue are those the plan names');
  expect(map.html.length).toBeLessThan(300_000);
  expect(compliance.html).toContain('ceiling of 1 gCO2eq/kWh (dry-run policy trial, version 1, of project audited)');
  expect(audit.html).toContain('no run that is wholly in the month differs by more than');
});

test('a month without runs is a page that says so', async () => {
  const { html, data } = await report('monthly-audit', { month: '2021-03' });
  expect(data.errors).toEqual([]);
  expect(html).toContain('No run booked anything in this month.');
});
