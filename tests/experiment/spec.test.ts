import { parseExperiment, parseRun, stepsPerEpoch } from '../../src/experiment/spec.js';
import { IllegalMove, isTerminal, mayMove, RUN_STATES } from '../../src/experiment/run-state.js';

const run = (over: object = {}) => ({
  name: 'baseline',
  zone: 'US-CAL-CISO',
  training: { model: { name: 'simple-cnn' }, dataset: { name: 'mnist', trainImages: 1000 }, batchSize: 64 },
  ...over,
});

test('a run that names only what it must gets the documented defaults', () => {
  const parsed = parseRun(run());
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      role: 'candidate',
      schedule: { mode: 'immediate' },
      training: {
        epochs: 1,
        microBatchSize: 64,
        optimizer: { name: 'adam', learningRate: 0.001 },
        dataset: { testImages: 10_000 },
        seed: 42,
      },
    },
  });
});

test('every problem is reported at once, with its path, the value given and what is allowed', () => {
  const parsed = parseExperiment({
    name: 'Bad Name',
    runs: [
      run({ role: 'baseline', training: { model: { name: 'resnet' }, dataset: { name: 'mnist' }, batchSize: 0 } }),
      run({ role: 'baseline', name: 'other', schedule: { mode: 'planned', finishWithin: 'PT1S' }, colour: 'green' }),
    ],
  });
  if (parsed.ok) throw new Error('accepted');
  const problems = Object.fromEntries(parsed.problems.map(({ path, ...rest }) => [path, rest]));
  expect(problems['name']).toEqual({ given: '"Bad Name"', allowed: expect.stringContaining('lower-case letters') });
  expect(problems['runs[0].training.model.name']).toEqual({
    given: '"resnet"',
    allowed: 'one of simple-cnn, mlp, small-resnet, text-classifier, layers',
  });
  expect(problems['runs[0].training.batchSize']).toEqual({ given: '0', allowed: 'a whole number from 1 to 4096' });
  expect(problems['runs[1].schedule.finishWithin']).toEqual({ given: '"PT1S"', allowed: 'an ISO-8601 duration from PT10M to PT72H' });
  expect(problems['runs[1].colour']).toEqual({ given: '"green"', allowed: 'no such field here' });
});

test.each([
  [{ batchSize: 64, microBatchSize: 48 }, 'training.microBatchSize', 'a divisor of batchSize 64'],
  [{ batchSize: 2000 }, 'training.batchSize', 'at most dataset.trainImages 1000'],
])('%j is refused at %s', (training, path, allowed) => {
  const parsed = parseRun(run({ training: { ...run().training, ...training } }));
  expect(parsed).toMatchObject({ ok: false, problems: [expect.objectContaining({ path, allowed })] });
});

test('two runs of one name, or two baselines, are refused', () => {
  const parsed = parseExperiment({ name: 'twice', runs: [run({ role: 'baseline' }), run({ role: 'baseline' })] });
  expect(parsed).toMatchObject({ ok: false, problems: [{ path: 'runs[1].name' }, { path: 'runs[1].role' }] });
});

test('what is not even an object is one problem, not a crash', () => {
  for (const input of [null, 7, 'text', []]) expect(parseExperiment(input).ok).toBe(false);
});

test('a ragged last batch is a step of its own', () => {
  const parsed = parseRun(run());
  if (!parsed.ok) throw new Error('refused');
  expect(stepsPerEpoch(parsed.value.training)).toBe(16);
});

test('no state leads out of an ended one, and an illegal move names both states', () => {
  for (const from of RUN_STATES.filter(isTerminal)) for (const to of RUN_STATES) expect(mayMove(from, to)).toBe(false);
  expect(new IllegalMove('succeeded', 'running').message).toContain('a run that is succeeded cannot become running');
});

const trainingProblems = (training: object): Readonly<Record<string, string>> => {
  const parsed = parseRun({
    name: 'x',
    zone: 'X',
    training: { batchSize: 64, model: { name: 'mlp' }, dataset: { name: 'mnist' }, ...training },
  });
  return parsed.ok ? {} : Object.fromEntries(parsed.problems.map(({ path, allowed }) => [path, allowed]));
};

test.each([
  [{ model: { name: 'layers' } }, { 'training.model.topology': expect.stringContaining('the JSON text of a tfjs layers model') }],
  [{ model: { name: 'text-classifier' } }, { 'training.model.name': 'a model for images, which mnist holds' }],
  [
    { dataset: { name: 'csv', path: 'x.csv', trainImages: 64, testImages: 64 }, evaluation: { images: 64 } },
    { 'training.dataset.classes': 'a whole number from 2 to 1000' },
  ],
  [{ dataset: { name: 'mnist', path: '/x' } }, { 'training.dataset.path': 'nothing: mnist has its own place' }],
  [{ dataset: { name: 'mnist', trainImages: 70_000 } }, { 'training.dataset.trainImages': 'a whole number from 64 to 60000' }],
  [{ optimizer: { name: 'adam', momentum: 0.9 } }, { 'training.optimizer.momentum': 'nothing: only momentum and rmsprop have one' }],
  [{ microBatchSize: 24 }, { 'training.microBatchSize': 'a divisor of batchSize 64' }],
  [
    { optimizer: { name: 'sgd', schedule: { name: 'linear', decaySteps: 9 } } },
    { 'training.optimizer.schedule.name': 'one of exponential-decay, cosine-decay' },
  ],
])('of training %j, each field at fault is named with what is allowed', (training, problems) => {
  expect(trainingProblems(training)).toEqual(problems);
});
