/** Trainer threads as the service runs them: on the build, because a worker thread cannot load TypeScript. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import type * as TrainerThreadModule from '../../src/execution/trainer-thread.js';
import type { TrainingSpec } from '../../src/experiment/training-spec.js';
import { mnistDirectory } from '../../src/training/datasets/mnist.js';
import type { TrainerFact, TrainerHost } from '../../src/training/protocol.js';
import { trainingSpecOf } from './numbers.js';

type Threads = typeof TrainerThreadModule;

const BUILT = fileURLToPath(new URL('../../dist/src/execution/trainer-thread.js', import.meta.url));
const newDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-thread-'));
const HOST: TrainerHost = { backend: 'auto', threads: 1, memoryLimitBytes: 2 ** 30, dataDirectory: newDirectory() };
const newestIn = (directory: string): string => path.join(directory, fs.readdirSync(directory).sort().at(-1)!);

interface Ran {
  readonly facts: readonly TrainerFact[];
  readonly last: TrainerFact;
}

type Thread = ReturnType<ReturnType<Threads['trainerThreads']>['start']>;

/** Runs a job in a thread; `react` may pause it, stop it or ask for a checkpoint when it hears a fact. */
const run = async (
  training: TrainingSpec,
  directory: string,
  react: (fact: TrainerFact, thread: Thread) => void = () => undefined,
  host = HOST,
): Promise<Ran> => {
  const { trainerThreads } = (await import(BUILT)) as Threads;
  const facts: TrainerFact[] = [];
  const thread: Thread = trainerThreads(host).start(training, directory, 'test', (fact) => {
    facts.push(fact);
    react(fact, thread);
    return Promise.resolve();
  });
  return { facts, last: await thread.ended };
};

const SPEC = trainingSpecOf('mlp', {
  ...{ batchSize: 16, microBatchSize: 8, epochs: 2, checkpointEverySteps: 5 },
  evaluation: { images: 100, everySteps: 5 },
});

/** Long enough that whoever kills it after its second checkpoint is never too late. */
const LONG: TrainingSpec = { ...SPEC, epochs: 6 };

/** A script in a process of its own; from a file, because threads inherit the options that a script as text needs. */
const spawnScript = (script: string) => {
  const file = path.join(newDirectory(), 'script.mjs');
  fs.writeFileSync(file, script);
  return spawn(process.execPath, [file], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
};

const weightsOf = (directory: string): string => fs.readFileSync(newestIn(directory)).toString('base64');

test('a run paused twice and resumed ends with the checkpoint of one that never paused, to the bit', async () => {
  const [straight, halting] = [newDirectory(), newDirectory()];
  await run(SPEC, straight);
  for (const at of [5, 15]) {
    const { last } = await run(SPEC, halting, (fact, thread) => {
      if (fact.kind === 'checkpoint' && fact.step === at) thread.pause();
    });
    expect(last.kind).toBe('paused');
  }
  const { facts, last } = await run(SPEC, halting);
  expect(last).toEqual({ kind: 'finished', step: 26 });
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({
    resumedFrom: expect.stringMatching(/^step-0000000\d\d\.checkpoint$/),
  });
  expect(weightsOf(halting) === weightsOf(straight)).toBe(true);
});

test('a run whose process is killed goes on from its last checkpoint and ends with the same weights, to the bit', async () => {
  const [straight, killed] = [newDirectory(), newDirectory()];
  await run(LONG, straight);
  const script = `
    const { trainerThreads } = await import(${JSON.stringify(BUILT)});
    await trainerThreads(${JSON.stringify(HOST)}).start(${JSON.stringify(LONG)}, ${JSON.stringify(killed)}, 'test', async (fact) => {
      if (fact.kind === 'checkpoint' && fact.step === 10) process.kill(process.pid, 'SIGKILL');
    }).ended;`;
  const child = spawnScript(script);
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  const { facts, last } = await run(LONG, killed);
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({ resumedFrom: expect.stringMatching(/^step-/) });
  expect(last).toEqual({ kind: 'finished', step: 78 });
  expect(weightsOf(killed) === weightsOf(straight)).toBe(true);
});

test('a thread that is killed rejects all that waits for it, the one beside it ends well, and the run goes on in a new one', async () => {
  const [killed, beside] = [newDirectory(), newDirectory()];
  const script = `
    const { trainerThreads } = await import(${JSON.stringify(BUILT)});
    const workers = [];
    process.on('worker', (worker) => workers.push(worker));
    const threads = trainerThreads(${JSON.stringify(HOST)});
    const spec = ${JSON.stringify(LONG)};
    const outcome = (ended) => ended.then((last) => last.kind ?? last.fact.kind, ({ name, message }) => name + ': ' + message);
    const first = threads.start(spec, ${JSON.stringify(killed)}, 'first', async (fact) => {
      if (fact.kind === 'checkpoint' && fact.step === 10) await workers[0].terminate();
    });
    const firstEnded = outcome(first.ended);
    await new Promise(setImmediate);
    const secondEnded = outcome(threads.start(spec, ${JSON.stringify(beside)}, 'second', async () => {}).ended);
    await new Promise(setImmediate);
    const probed = outcome(threads.probe(spec, 60_000, async () => { await workers[2].terminate(); }));
    const outcomes = await Promise.all([firstEnded, secondEnded, probed]);
    first.pause();
    first.checkpointNow();
    first.stop();
    console.log(JSON.stringify(outcomes));`;
  const child = spawnScript(script);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  const crashed = 'TrainerCrashed: the trainer thread ended with code 1 and without a result';
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([[crashed, 'finished', crashed]]);
  const { facts, last } = await run(LONG, killed);
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({ resumedFrom: expect.stringMatching(/^step-/) });
  expect(last).toEqual({ kind: 'finished', step: 78 });
  expect(weightsOf(killed) === weightsOf(beside)).toBe(true);
});

test('a damaged checkpoint is said in the facts, and the one before is continued', async () => {
  const directory = newDirectory();
  await run(SPEC, directory, (fact, thread) => {
    if (fact.kind === 'checkpoint' && fact.step === 15) thread.stop();
  });
  // On a busy machine it may come to one more before it stops.
  const newest = newestIn(directory);
  fs.truncateSync(newest, 5000);
  const { facts, last } = await run(SPEC, directory);
  expect(facts).toContainEqual({ kind: 'warning', message: expect.stringContaining(`${newest} is damaged`) as string });
  const step = Number(/step-(\d+)/.exec(newest)![1]);
  expect(step).toBeGreaterThanOrEqual(15);
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({ step: step - 5 });
  expect(last.kind).toBe('finished');
});

test('a thread trains on a backend that is not in its bundle but registers itself from a package', async () => {
  const spec = trainingSpecOf('mlp', {
    ...{ batchSize: 32, evaluation: { images: 64 } },
    dataset: { name: 'mnist', trainImages: 64, testImages: 64 },
  });
  const { facts, last } = await run(spec, newDirectory(), undefined, { ...HOST, backend: 'cpu' });
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({ backend: { name: 'cpu', numericClass: 'cpu' } });
  expect(last).toEqual({ kind: 'finished', step: 2 });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a run killed in the middle of writing a checkpoint goes on from the one before, to the bit', async () => {
  const [straight, killed] = [newDirectory(), newDirectory()];
  await run(LONG, straight);
  // A pipe in the place of the file: what is in it was written, and the rest waits to be read.
  const partial = path.join(killed, 'step-000000015.checkpoint.partial');
  execFileSync('mkfifo', [partial]);
  const script = `
    const { trainerThreads } = await import(${JSON.stringify(BUILT)});
    await trainerThreads(${JSON.stringify(HOST)}).start(${JSON.stringify(LONG)}, ${JSON.stringify(killed)}, 'test', async () => {}).ended;`;
  const child = spawnScript(script);
  const written = fs.createReadStream(partial);
  const [half] = (await once(written, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  written.destroy();
  fs.rmSync(partial);
  fs.writeFileSync(partial, half);
  const { facts, last } = await run(LONG, killed);
  expect(facts.find(({ kind }) => kind === 'ready')).toMatchObject({ step: 10, resumedFrom: 'step-000000010.checkpoint' });
  expect(last).toEqual({ kind: 'finished', step: 78 });
  expect(weightsOf(killed) === weightsOf(straight)).toBe(true);
  expect(fs.readdirSync(killed).filter((name) => !name.endsWith('.checkpoint'))).toEqual([]);
});

onLinux('training goes on while a checkpoint is written, but not past the next one, and the fact comes when it is on disk', async () => {
  const directory = newDirectory();
  const partial = path.join(directory, 'step-000000005.checkpoint.partial');
  execFileSync('mkfifo', [partial]);
  const { facts, last } = await run({ ...SPEC, seed: 7 }, directory, (fact) => {
    // The second checkpoint is due: it waits for the first.
    if (fact.kind !== 'evaluation' || fact.step !== 10) return;
    setTimeout(() => fs.createReadStream(partial).resume(), 300);
  });
  // A pipe cannot be synced: to the trainer that is a disk that fails.
  expect(last).toMatchObject({
    kind: 'failed',
    error: { message: expect.stringContaining('step-000000005.checkpoint cannot be written') },
  });
  expect(facts.filter(({ kind }) => kind === 'checkpoint')).toEqual([]);
  expect(facts.filter(({ kind }) => kind === 'evaluation')).toHaveLength(2);
});

onLinux('a full disk ends the run with the reason and its last good checkpoint, and takes nothing of what was there', async () => {
  const directory = newDirectory();
  fs.symlinkSync('/dev/full', path.join(directory, 'step-000000010.checkpoint.partial'));
  const { last } = await run(SPEC, directory);
  expect(last).toMatchObject({
    kind: 'failed',
    error: {
      message: `step-000000010.checkpoint cannot be written to ${directory}: ENOSPC: no space left on device, write; the last good checkpoint is that of step 5, step-000000005.checkpoint`,
    },
  });
  expect(fs.readdirSync(directory)).toEqual(['step-000000005.checkpoint']);
  expect((await run(SPEC, directory)).last).toEqual({ kind: 'finished', step: 26 });
});

test('a folder that cannot be written to ends the run with its name', async () => {
  const file = path.join(newDirectory(), 'file');
  fs.writeFileSync(file, '');
  const directory = path.join(file, 'run');
  const { last } = await run(SPEC, directory);
  expect(last).toMatchObject({
    kind: 'failed',
    error: {
      message: expect.stringMatching(/^step-000000005\.checkpoint cannot be written to .*ENOTDIR.*; there is no checkpoint before it$/),
    },
  });
});

test('a checkpoint asked for is written at once, and training goes on', async () => {
  const spec: TrainingSpec = { ...SPEC, checkpointEverySteps: 1000 };
  const { facts, last } = await run(spec, newDirectory(), (fact, thread) => {
    if (fact.kind === 'ready') thread.checkpointNow();
  });
  expect(facts.flatMap((fact) => (fact.kind === 'checkpoint' ? [fact.step] : []))).toHaveLength(2);
  expect(last.kind).toBe('finished');
});

test('a loss that is no number ends the run with its step and its last good checkpoint', async () => {
  const dense = (units: number, name: string) => ({ class_name: 'Dense', config: { name, units, activation: 'linear', use_bias: true } });
  const flatten = { class_name: 'Flatten', config: { name: 'flat', batch_input_shape: [null, 28, 28, 1] } };
  const topology = JSON.stringify({
    class_name: 'Sequential',
    config: { name: 'deep', layers: [flatten, dense(64, 'a'), dense(64, 'b'), dense(10, 'c')] },
  });
  const spec = trainingSpecOf('layers', {
    ...{ model: { name: 'layers', topology }, optimizer: { name: 'sgd', learningRate: 1 }, checkpointEverySteps: 1, epochs: 100 },
  });
  const { last } = await run(spec, newDirectory());
  expect(last).toMatchObject({
    kind: 'failed',
    error: {
      message: expect.stringMatching(
        /^the training loss became \S+ at step \d+; lower the learning rate; the last good checkpoint is that of step \d+, step-\d+\.checkpoint$/,
      ),
    },
  });
});

test('a run that cannot be trained fails with one clear message, and the run beside it ends well', async () => {
  const missing = trainingSpecOf('mlp', {
    dataset: { name: 'idx', path: '/nowhere', classes: 10, trainImages: 64, testImages: 64 },
    evaluation: { images: 64 },
  });
  const foreign = trainingSpecOf('layers', {
    model: { name: 'layers', topology: '{"class_name":"Sequential","config":{"layers":[{"class_name":"Lambda","config":{}}]}}' },
  });
  const large = trainingSpecOf('simple-cnn');
  const [a, b, c, d] = await Promise.all([
    run(missing, newDirectory()),
    run(foreign, newDirectory()),
    run(large, newDirectory(), undefined, { ...HOST, memoryLimitBytes: 30 * 2 ** 20 }),
    run(SPEC, newDirectory()),
  ]);
  expect(a.last).toMatchObject({
    kind: 'failed',
    error: { name: 'DatasetError', message: expect.stringContaining('/nowhere/train-images-idx3-ubyte') },
  });
  expect(b.last).toMatchObject({
    kind: 'failed',
    error: { name: 'ModelError', message: expect.stringContaining('layer 0 of the topology is "Lambda", allowed are InputLayer') },
  });
  expect(c.last).toMatchObject({
    kind: 'failed',
    error: { name: 'MemoryLimitExceeded', message: expect.stringContaining('the limit is 30 MiB') },
  });
  expect(d.last.kind).toBe('finished');
});

test('training that stops getting better ends early, with a last evaluation on all test images and the reason', async () => {
  const spec = trainingSpecOf('mlp', {
    ...{ epochs: 1000, batchSize: 64, evaluation: { images: 64, everySteps: 2 }, optimizer: { name: 'sgd', learningRate: 0.000001 } },
    earlyStopping: { patience: 3, minDelta: 0.5 },
  });
  const { facts, last } = await run(spec, newDirectory());
  expect(last).toMatchObject({ kind: 'finished', how: expect.stringContaining('val_loss has not become better than') });
  expect(facts.filter(({ kind }) => kind === 'evaluation').at(-1)).toMatchObject({ final: true, images: 100 });
});

test('an adaptive micro-batch is chosen once and kept over a pause', async () => {
  const spec: TrainingSpec = { ...SPEC, batchSize: 64, microBatchSize: 64, adaptiveMicroBatch: true };
  const directory = newDirectory();
  const chosen = ({ facts }: Ran) => facts.flatMap((fact) => (fact.kind === 'ready' ? [fact.microBatchSize] : []))[0]!;
  const first = chosen(await run(spec, directory, (fact, thread) => (fact.kind === 'ready' ? thread.pause() : undefined)));
  expect(64 % first).toBe(0);
  expect(chosen(await run(spec, directory))).toBe(first);
});

/** So little memory that 10,000 images are not held in it. */
const SMALL_HOST: TrainerHost = { ...HOST, memoryLimitBytes: 24 * 2 ** 20 };

test.each([
  ['', {}],
  [', images augmented and micro-batches ragged', { augmentation: { shift: 2, flip: true } }],
])('a dataset read ahead from disk gives the weights of one held in memory, to the bit, over a pause too%s', async (_how, over) => {
  const dataset = { name: 'mnist', trainImages: 10_000, testImages: 100, ...over };
  const spec = trainingSpecOf('mlp', { batchSize: 96, microBatchSize: 32, epochs: 2, dataset, evaluation: { images: 100 } });
  const [held, onDisk] = [newDirectory(), newDirectory()];
  await run(spec, held);
  const { last } = await run(spec, onDisk, (fact, thread) => (fact.kind === 'epoch' ? thread.pause() : undefined), SMALL_HOST);
  expect(last.kind).toBe('paused');
  const { facts } = await run(spec, onDisk, undefined, SMALL_HOST);
  expect(weightsOf(onDisk) === weightsOf(held)).toBe(true);
  const [told] = facts.flatMap((fact) => (fact.kind === 'progress' ? [fact] : []));
  expect(told!.dataMs).toBeGreaterThan(0);
  expect(told!.dataMs).toBeLessThan(told!.trainingMs);
});

test('a dataset that becomes shorter while it is read ahead ends the run with its name', async () => {
  const directory = newDirectory();
  for (const name of fs.readdirSync(mnistDirectory()).filter((each) => each.includes('idx')))
    fs.copyFileSync(path.join(mnistDirectory(), name), path.join(directory, name));
  const dataset = { name: 'idx', path: directory, classes: 10, trainImages: 20_000, testImages: 100 };
  const spec = trainingSpecOf('mlp', { batchSize: 16, epochs: 2, dataset, evaluation: { images: 100 } });
  const images = path.join(directory, 'train-images-idx3-ubyte');
  const { last } = await run(
    spec,
    newDirectory(),
    (fact) => {
      if (fact.kind === 'ready') fs.truncateSync(images, 1000);
    },
    SMALL_HOST,
  );
  expect(last).toMatchObject({
    kind: 'failed',
    error: {
      name: 'DatasetError',
      message: expect.stringMatching(/train-images-idx3-ubyte has no byte \d+: it became shorter while it was in use$/),
    },
  });
});

/** A folder of `count` PNG images for each of two classes, in both parts. */
const pngFolder = (count: number): string => {
  const directory = newDirectory();
  for (const part of ['train', 'test']) {
    for (const [label, name] of ['dark', 'light'].entries()) {
      fs.mkdirSync(path.join(directory, part, name), { recursive: true });
      for (let index = 0; index < count; index++) {
        const image = new PNG({ width: 12, height: 12 });
        for (let at = 0; at < image.data.length; at += 4) image.data.set([100 * label + (at % 50), index % 256, 9, 255], at);
        fs.writeFileSync(path.join(directory, part, name, `${index}.png`), PNG.sync.write(image));
      }
    }
  }
  return directory;
};

test('preparing a dataset is a run of its own: paused between shards it goes on, and training then reads what it made', async () => {
  const folder = pngFolder(2100);
  const sizes = { classes: 2, trainImages: 4200, testImages: 4200 };
  const over = { batchSize: 64, dataset: { name: 'image-folder', path: folder, ...sizes }, evaluation: { images: 64 } };
  const preparing = trainingSpecOf('mlp', { ...over, prepareOnly: true });
  const host = { ...HOST, dataDirectory: newDirectory() };
  const first = await run(
    preparing,
    newDirectory(),
    (fact, thread) => (fact.kind === 'phase' && fact.phase === 'preparing' ? thread.pause() : undefined),
    host,
  );
  expect(first.last.kind).toBe('paused');
  const second = await run(preparing, newDirectory(), undefined, host);
  expect(second.last).toMatchObject({ kind: 'finished', step: 4, how: expect.stringContaining('prepared 4 shards of image-folder') });
  const [cached] = fs.readdirSync(host.dataDirectory);
  const shard = path.join(host.dataDirectory, cached!, 'train-00000.shard');
  const written = fs.statSync(shard).mtimeMs;
  const third = await run(trainingSpecOf('mlp', over), newDirectory(), undefined, host);
  expect(third.last).toMatchObject({ kind: 'finished' });
  expect(third.facts).not.toContainEqual({ kind: 'phase', phase: 'preparing' });
  expect(fs.statSync(shard).mtimeMs).toBe(written);
  const [held, onDisk] = [newDirectory(), newDirectory()];
  await run(trainingSpecOf('mlp', over), held, undefined, host);
  await run(trainingSpecOf('mlp', over), onDisk, undefined, { ...host, memoryLimitBytes: 6 * 2 ** 20 });
  expect(weightsOf(onDisk) === weightsOf(held)).toBe(true);
  fs.truncateSync(shard, 1000);
  const fourth = await run(trainingSpecOf('mlp', over), newDirectory(), undefined, host);
  expect(fourth.facts).toContainEqual({ kind: 'phase', phase: 'preparing' });
  expect(fourth.last.kind).toBe('finished');
});
