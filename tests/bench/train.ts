/**
 * Images a second in training, Lowtide and PyTorch in turn on the same machine, thread for thread; and what a pause, a
 * checkpoint and the start of a trainer thread take.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { trainerThreads } from '../../src/execution/trainer-thread.js';
import { parseRun, type TrainingSpec } from '../../src/experiment/spec.js';
import { mnistDirectory } from '../../src/training/datasets/mnist.js';
import { nativeInstructionSets } from '../../src/training/kernels/native-kernels.js';
import type { BackendName, TrainerFact, TrainerHost } from '../../src/training/protocol.js';
import type { Timed, TimedRequest } from './train-worker.js';

export interface TrainBenchOptions {
  readonly json?: boolean;
  readonly seconds: number;
  readonly rounds: number;
  readonly python: string;
}

const SHAPES = {
  cnn64: { model: 'simple-cnn', microBatch: 64, accumulate: 1 },
  cnn16x4: { model: 'simple-cnn', microBatch: 16, accumulate: 4 },
  mlp64: { model: 'mlp', microBatch: 64, accumulate: 1 },
} as const;
type Shape = (typeof SHAPES)[keyof typeof SHAPES];

const THREADS = [1, 2] as const;
const EPOCH_IMAGES = 60_000;
const MEMORY = 2 * 2 ** 30;
/** Pauses, checkpoints and starts measured, each. */
const TIMES = 5;

/** Something that trains a shape for so long. */
interface Contender {
  readonly name: string;
  readonly threads: number;
  time(shape: Shape, seconds: number): Promise<Timed>;
  close(): void;
}

const specOf = ({ model, microBatch, accumulate }: Shape, over: object = {}): TrainingSpec => {
  const training = {
    model: { name: model },
    dataset: { name: 'mnist' },
    batchSize: microBatch * accumulate,
    microBatchSize: microBatch,
    // Reading ahead goes as far as the run.
    epochs: 1000,
    ...over,
  };
  const parsed = parseRun({ name: 'bench', zone: 'X', training });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.training;
};

const hostOf = (backend: BackendName, threads: number): TrainerHost => ({
  backend,
  threads,
  memoryLimitBytes: MEMORY,
  dataDirectory: os.tmpdir(),
});

const lowtide = async (backend: BackendName, threads: number, fromDisk = false): Promise<Contender> => {
  const worker = new Worker(new URL('train-worker.js', import.meta.url), { workerData: hostOf(backend, threads) });
  const next = async <T>() => ((await once(worker, 'message')) as [T])[0];
  const { build } = await next<{ build: string }>();
  return {
    name: `lowtide ${build}${fromDisk ? ', from disk' : ''}`,
    threads,
    time(shape, seconds) {
      worker.postMessage({ training: specOf(shape), seconds, fromDisk } satisfies TimedRequest);
      return next<Timed>();
    },
    close() {
      void worker.terminate();
    },
  };
};

/** One process of PyTorch; a contender for each number of threads and each memory format. Empty where there is none. */
const pytorch = async (python: string): Promise<readonly Contender[]> => {
  // The script is not compiled: it lies with the sources.
  const script = path.join(fileURLToPath(new URL('.', import.meta.url)).replace(`${path.sep}dist${path.sep}`, path.sep), 'train-peer.py');
  const child = spawn(python, [script, mnistDirectory()], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const started = new Promise<boolean>((resolve) => {
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', () => {
      resolve(false);
    });
    void lines.next().then(({ done, value }) => {
      if (done !== true) console.log(`peer: PyTorch ${(JSON.parse(value) as { version: string }).version}`);
      resolve(done !== true);
    });
  });
  if (!(await started)) return [];
  return THREADS.flatMap((threads) =>
    [false, true].map((channelsLast) => ({
      name: channelsLast ? 'pytorch channels_last' : 'pytorch',
      threads,
      async time(shape: Shape, seconds: number) {
        child.stdin.write(`${JSON.stringify({ ...shape, threads, channelsLast, seconds })}\n`);
        const { value, done } = await lines.next();
        if (done === true) throw new Error('PyTorch ended in the middle of the bench');
        return JSON.parse(value) as Timed;
      },
      close() {
        child.stdin.end();
      },
    })),
  );
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

interface Figure {
  readonly contender: Contender;
  readonly imagesPerSecond: number;
  readonly cpuSecondsPerEpoch: number;
  /** Of the time trained; undefined for peers, which have their data on hand. */
  readonly dataWaitPercent: number | undefined;
}

/** All contenders in turn, round after round; the median of each one's rounds. */
const compare = async (
  contenders: readonly Contender[],
  shape: Shape,
  { rounds, seconds }: TrainBenchOptions,
): Promise<readonly Figure[]> => {
  const timings = contenders.map((): Timed[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) timings[index]!.push(await contender.time(shape, seconds));
  }
  return contenders.map((contender, index) => ({
    contender,
    imagesPerSecond: median(timings[index]!.map((timed) => timed.images / timed.seconds)),
    cpuSecondsPerEpoch: median(timings[index]!.map((timed) => (timed.cpuSeconds / timed.images) * EPOCH_IMAGES)),
    dataWaitPercent: timings[index]!.some(({ dataSeconds }) => dataSeconds === undefined)
      ? undefined
      : median(timings[index]!.map(({ dataSeconds, seconds: whole }) => (100 * dataSeconds!) / whole)),
  }));
};

/** Trained on before the checkpoint, and before the pause. */
const CHECKPOINT_AFTER_MS = 1000;
const PAUSE_AFTER_MS = 1000;

/**
 * Real milliseconds of a thread's start (to its first word after loading), of a pause (to its end of training), and of a
 * checkpoint in the midst of training: that training stood still, and until it was on disk.
 */
const threadTimes = async () => {
  const [starts, pauses, held, durable, steps]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
  const backend = nativeInstructionSets().sets.length > 0 ? 'native' : 'wasm';
  for (let time = 0; time < TIMES; time++) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-bench-'));
    const began = performance.now();
    const asked = { at: Infinity };
    const thread = trainerThreads(hostOf(backend, 1)).start(specOf(SHAPES.cnn64), directory, 'bench', (fact: TrainerFact) => {
      if (fact.kind === 'ready') starts.push(performance.now() - began);
      if (fact.kind === 'progress') steps.push((1000 * SHAPES.cnn64.microBatch) / fact.imagesPerSecond);
      if (fact.kind === 'phase' && fact.phase === 'checkpointing' && performance.now() >= asked.at)
        pauses.push(performance.now() - asked.at);
      if (fact.kind === 'checkpoint' && asked.at === Infinity) {
        held.push(fact.heldMs);
        durable.push(fact.durationMs);
      }
      return Promise.resolve();
    });
    await sleep(CHECKPOINT_AFTER_MS);
    thread.checkpointNow();
    await sleep(PAUSE_AFTER_MS + 37 * time);
    asked.at = performance.now();
    thread.pause();
    await thread.ended;
    fs.rmSync(directory, { recursive: true });
  }
  return {
    workerStartMs: median(starts),
    pauseMs: median(pauses),
    checkpointMs: median(held),
    checkpointDurableMs: median(durable),
    stepMs: median(steps),
  };
};

export const benchTrain = async (options: TrainBenchOptions): Promise<void> => {
  const hasNative = nativeInstructionSets().sets.length > 0;
  const best = hasNative ? 'native' : 'wasm';
  const own = await Promise.all([
    ...(hasNative ? THREADS.map((threads) => lowtide('native', threads)) : []),
    lowtide('wasm', 1),
    ...THREADS.map((threads) => lowtide(best, threads, true)),
  ]);
  const peers = await pytorch(options.python);
  if (peers.length === 0)
    console.log(
      `no peer: ${options.python} has no torch (Debian: python3-torch, with libopenblas0-pthread or its dense layers are slow); Lowtide's own figures follow`,
    );
  const contenders = [...own, ...peers];
  const result: Record<string, unknown> = { cpu: os.cpus()[0]?.model, node: process.version };
  for (const [name, shape] of Object.entries(SHAPES)) {
    const figures = await compare(contenders, shape, options);
    for (const { contender, imagesPerSecond, cpuSecondsPerEpoch, dataWaitPercent } of figures)
      console.log(
        `${name.padEnd(8)} ${String(contender.threads)} ${contender.name.padEnd(46)} ${imagesPerSecond.toFixed(0).padStart(7)} images/s ${cpuSecondsPerEpoch.toFixed(1).padStart(7)} CPU-s per epoch${dataWaitPercent === undefined ? '' : ` ${dataWaitPercent.toFixed(2)} % waiting for data`}`,
      );
    result[name] = Object.fromEntries(THREADS.map((threads) => [threads, row(figures, threads)]));
  }
  for (const contender of contenders) contender.close();
  const times = await threadTimes();
  for (const [name, ms] of Object.entries(times)) console.log(`${name.padEnd(20)} ${ms.toFixed(1)} ms`);
  if (options.json === true) console.log(JSON.stringify({ ...result, ...times }));
};

/** `ratio` is to the faster of PyTorch's two memory formats. */
const row = (figures: readonly Figure[], threads: number) => {
  const of = (name: RegExp) => figures.find(({ contender }) => contender.threads === threads && name.test(contender.name));
  const [native, assembly, plain, last] = [of(/native.*threads?$/), of(/assemblyscript.*simd$/), of(/^pytorch$/), of(/channels_last/)];
  const best = native ?? assembly;
  const peer = plain === undefined || last === undefined ? undefined : Math.max(plain.imagesPerSecond, last.imagesPerSecond);
  return {
    lowtide: best?.imagesPerSecond,
    assemblyscript: assembly?.imagesPerSecond,
    pytorch: plain?.imagesPerSecond,
    pytorchChannelsLast: last?.imagesPerSecond,
    ratio: best === undefined || peer === undefined ? undefined : best.imagesPerSecond / peer,
    assemblyscriptRatio: assembly === undefined || peer === undefined ? undefined : assembly.imagesPerSecond / peer,
    cpuSecondsPerEpoch: best?.cpuSecondsPerEpoch,
    pytorchCpuSecondsPerEpoch: plain?.cpuSecondsPerEpoch,
    dataWaitPercent: of(/from disk$/)?.dataWaitPercent,
  };
};
