import fs from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { openHostMeter, type HostMeterOptions } from '../../src/energy/host-meter.js';
import { ramPower } from '../../src/energy/ram-dimm-model.js';
import type { EnergyComponent, EnergyMeter, EnergySample, MeterSession } from '../../src/energy/sample.js';
import { instant } from '../../src/units/time.js';
import { constructedRapl } from './rapl-tree.js';

const BEGAN = Date.UTC(2022, 5, 1);
const INTERVAL_MS = 60_000; // Long, so that the timer never fires here: samples end where a test cuts them.

const RUN = 'run-constructed';

/** A meter on hands that a test moves; the session is stopped after it. */
const metered = async (powercapRoot = '/no/such/powercap', over: Partial<HostMeterOptions> = {}) => {
  const hands = { wallMs: BEGAN, elapsedMs: 1234.5 };
  const meter = await openHostMeter({
    clock: { now: () => instant(hands.wallMs) },
    monotonic: { elapsedMs: () => hands.elapsedMs },
    intervalMs: INTERVAL_MS,
    tdpTable: 'configs/factors/cpu-tdp.csv',
    tdpWatts: 100,
    trackingMode: 'machine',
    psys: false,
    powercapRoot,
    drmRoot: '/no/such/drm',
    ...over,
  });
  meters.push(meter);
  const samples: EnergySample[] = [];
  const pass = (ms: number) => {
    hands.elapsedMs += ms;
    hands.wallMs += ms;
  };
  const begin = async () => {
    const session = await meter.start(RUN, (sample) => samples.push(sample));
    sessions.push(session);
    return session;
  };
  return { meter, hands, samples, pass, begin, session: await begin() };
};

const meters: EnergyMeter[] = [];
const sessions: MeterSession[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.stop().catch(() => undefined);
  for (const meter of meters.splice(0)) meter.close();
});

const energyIn = (sample: EnergySample | undefined, wanted: EnergyComponent) =>
  sample?.components.find(({ component }) => component === wanted)?.energy;

describe('samples', () => {
  test('touch end to end from the start to the stop, and their energies are whole microjoules', async () => {
    const spans = fc.array(fc.double({ min: 0.001, max: 3 * INTERVAL_MS, noNaN: true }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(spans, async (lengths) => {
        const { samples, session, pass } = await metered();
        for (const length of lengths.slice(1)) {
          pass(length);
          await session.cut();
        }
        pass(lengths[0]!);
        await session.stop();
        expect(samples).toHaveLength(lengths.length);
        expect(samples[0]!.interval.start).toBe(BEGAN);
        for (const [index, { interval }] of samples.slice(1).entries()) expect(interval.start).toBe(samples[index]!.interval.end);
        const energies = samples.flatMap(({ components }) => components.map(({ energy }) => energy));
        expect(energies.every((energy) => Number.isSafeInteger(energy) && energy >= 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('go on at the new time after the host slept, or its clock was set forward, and nothing is metered in between', async () => {
    const { samples, session, pass, hands } = await metered();
    pass(1000);
    hands.wallMs += 3_600_000;
    await session.cut();
    pass(500);
    await session.cut();
    expect(samples.map(({ interval }) => interval)).toEqual([
      { start: BEGAN, end: BEGAN + 1000 },
      { start: BEGAN + 3_601_000, end: BEGAN + 3_601_500 },
    ]);
  });

  test('are as long as the monotonic time, though the wall clock is set back', async () => {
    const { samples, session, pass, hands } = await metered();
    pass(1000);
    await session.cut();
    hands.wallMs -= 3_600_000;
    pass(500);
    await session.cut();
    expect(samples.map(({ interval }) => interval)).toEqual([
      { start: BEGAN, end: BEGAN + 1000 },
      { start: BEGAN + 1000, end: BEGAN + 1500 },
    ]);
  });

  test('end where they are cut; a cut with no time passed gives none', async () => {
    const { samples, session, pass } = await metered();
    await session.cut();
    expect(samples).toHaveLength(0);
    pass(250);
    await session.cut();
    await session.cut();
    await session.stop();
    expect(samples.map(({ interval }) => interval.end)).toEqual([BEGAN + 250]);
  });

  test('come by themselves while nobody cuts', async () => {
    const elapsed = process.hrtime.bigint();
    const samples: EnergySample[] = [];
    const { meter } = await metered('/no/such/powercap', {
      clock: { now: () => instant(BEGAN) },
      monotonic: { elapsedMs: () => Number(process.hrtime.bigint() - elapsed) / 1e6 },
      intervalMs: 5,
    });
    let session: MeterSession | undefined;
    await new Promise<void>((enough) => {
      void meter.start(RUN, (sample) => samples.push(sample) === 3 && enough()).then((started) => (session = started));
    });
    await session!.stop();
    for (const [index, { interval }] of samples.slice(1).entries()) expect(interval.start).toBe(samples[index]!.interval.end);
  });
});

describe('without counters', () => {
  test('memory draws the power of the DIMM model, and rounding loses less than 1 µJ over many samples', async () => {
    const { samples, session, pass } = await metered();
    const power = ramPower(os.totalmem() / 2 ** 30, process.arch.startsWith('arm') ? 'arm' : 'x86');
    for (let count = 0; count < 300; count += 1) {
      pass(1 / 3);
      await session.cut();
    }
    const whole = samples.reduce((sum, sample) => sum + energyIn(sample, 'ram')!, 0);
    const exact = power * 0.1 * 1e6;
    expect(Math.abs(whole - exact)).toBeLessThan(1.001);
  });

  test('the processor draws between a tenth of its TDP and its TDP', async () => {
    const { samples, session, pass } = await metered();
    pass(10_000);
    await session.cut();
    expect(energyIn(samples[0], 'cpu')).toBeGreaterThanOrEqual(100e6);
    expect(energyIn(samples[0], 'cpu')).toBeLessThanOrEqual(1000e6);
  });

  test('a span of three intervals is observed; a longer one has no modelled component, which is unknown and not zero', async () => {
    const { samples, session, pass } = await metered();
    pass(3 * INTERVAL_MS);
    await session.cut();
    pass(3 * INTERVAL_MS + 1);
    await session.cut();
    pass(1000);
    await session.cut();
    expect(samples.map(({ components }) => components.map(({ component }) => component))).toEqual([['cpu', 'ram'], [], ['cpu', 'ram']]);
    expect(samples.map(({ gap }) => gap)).toEqual([false, true, false]);
    expect(samples[1]!.unknown.map(({ component }) => component)).toEqual(['cpu', 'ram']);
    expect(samples[1]!.unknown[0]!.reason).toContain('more than three sampling intervals');
  });

  test('the coverage names the models, why there is no counter, and that no GPU is metered', async () => {
    const { meter } = await metered('/no/such/powercap');
    expect(meter.coverage.covered.map(({ component, method }) => [component, method])).toEqual([
      ['cpu', 'cpu-load-model'],
      ['ram', 'ram-dimm-model'],
    ]);
    expect(meter.coverage.covered[0]!.detail).toContain('no RAPL package counter under /no/such/powercap');
    expect(meter.coverage.notCovered.map(({ component }) => component)).toEqual(['gpu']);
  });
});

describe('on a constructed RAPL tree', () => {
  const packageAndDram = () =>
    constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 0 }, 'intel-rapl:0:0': { name: 'dram', energyUj: 0 } });

  test('both components are counted, also over a span no model would speak for', async () => {
    const tree = packageAndDram();
    const { meter, samples, session, pass } = await metered(tree.root);
    tree.set('intel-rapl:0', 40_000_001);
    tree.set('intel-rapl:0:0', 3_000_002);
    pass(4 * INTERVAL_MS);
    await session.cut();
    expect(meter.coverage.covered.map(({ method }) => method)).toEqual(['rapl', 'rapl']);
    expect(samples[0]!.components).toMatchObject([
      { component: 'cpu', method: 'rapl', energy: 40_000_001 },
      { component: 'ram', method: 'rapl', energy: 3_000_002 },
    ]);
    expect(samples[0]).toMatchObject({ gap: true, unknown: [] });
  });

  test('a counted processor leaves memory to its model, and only the model falls silent in a gap', async () => {
    const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 0 } });
    const { samples, session, pass } = await metered(tree.root);
    pass(1000);
    await session.cut();
    pass(4 * INTERVAL_MS);
    await session.cut();
    expect(samples.map(({ components }) => components.map(({ method }) => method))).toEqual([['rapl', 'ram-dimm-model'], ['rapl']]);
  });

  test('what was drawn before the start is not in the first sample', async () => {
    const tree = packageAndDram();
    const { samples, pass, begin, session: first } = await metered(tree.root);
    await first.stop();
    tree.set('intel-rapl:0', 9_000_000);
    const session = await begin();
    tree.set('intel-rapl:0', 9_500_000);
    pass(1000);
    await session.stop();
    expect(energyIn(samples[0], 'cpu')).toBe(500_000);
  });

  test('a counter that fails is unknown in the sample, with its file, and the rest is metered on', async () => {
    const tree = packageAndDram();
    const { samples, session, pass } = await metered(tree.root);
    fs.rmSync(tree.energyFile('intel-rapl:0'));
    tree.set('intel-rapl:0:0', 2_000_000);
    pass(1000);
    await session.stop();
    expect(samples[0]!.components).toMatchObject([{ component: 'ram', energy: 2_000_000 }]);
    expect(samples[0]!.unknown).toEqual([{ component: 'cpu', reason: `cannot read ${tree.energyFile('intel-rapl:0')} (ENOENT)` }]);
  });

  test('what it drew at rest, before any run, is idle power; what comes above it is shared', async () => {
    const tree = packageAndDram();
    const { samples, pass, begin, session: first } = await metered(tree.root);
    await first.stop();
    tree.set('intel-rapl:0', 20_000_000);
    pass(2000);
    const session = await begin();
    tree.set('intel-rapl:0', 20_000_000 + 50_000_000);
    pass(1000);
    await session.stop();
    const [cpu] = samples[0]!.components;
    expect(cpu).toMatchObject({ energy: 50_000_000, idle: 10_000_000, attributed: 0 });
  });

  test('while it was never seen at rest, neither idle nor share is known', async () => {
    const tree = packageAndDram();
    const { samples, session, pass } = await metered(tree.root);
    tree.set('intel-rapl:0', 50_000_000);
    pass(1000);
    await session.stop();
    expect(samples[0]!.components[0]).toEqual({
      component: 'cpu',
      method: 'rapl',
      energy: 50_000_000,
      idle: undefined,
      attributed: undefined,
    });
  });

  test('no permission leaves the processor to its model, and the coverage says which file and what to do', async () => {
    const tree = packageAndDram();
    fs.rmSync(tree.energyFile('intel-rapl:0'));
    const { meter } = await metered(tree.root);
    expect(meter.coverage.covered.map(({ component, method }) => [component, method])).toEqual([
      ['ram', 'rapl'],
      ['cpu', 'cpu-load-model'],
    ]);
    expect(meter.coverage.covered[1]!.detail).toContain(tree.energyFile('intel-rapl:0'));
  });
});

describe('a run’s share', () => {
  /** A thread of the run's name that was busy for a while, as a trainer is, and rests now; ended after the test. */
  const busyThread = async (ms: number) => {
    const worker = new Worker(
      `require('node:fs').writeFileSync('/proc/thread-self/comm', ${JSON.stringify(RUN)});
       const { parentPort } = require('node:worker_threads');
       const until = Date.now() + ${ms}; while (Date.now() < until);
       parentPort.once('message', () => {}); parentPort.postMessage('rests');`,
      { eval: true },
    );
    workers.push(worker);
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  };
  const workers: Worker[] = [];
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.terminate();
  });

  test('is what its threads drew above idle: nothing while they rest, and never more than the host', async () => {
    const { samples, session, pass } = await metered();
    await new Promise((resolve) => setTimeout(resolve, 60));
    pass(1000);
    await session.cut();
    await busyThread(300);
    pass(1000);
    await session.cut();
    const [resting, busy] = samples.map(({ components }) => components.find(({ component }) => component === 'cpu')!);
    expect(resting!.attributed).toBe(0);
    expect(busy!.attributed).toBeGreaterThan(0);
    for (const { energy, idle, attributed } of [resting!, busy!]) expect(idle! + attributed!).toBeLessThanOrEqual(energy);
    expect(samples[1]!.components.find(({ component }) => component === 'ram')).toMatchObject({ attributed: 0 });
  });

  test('in process mode follows CodeCarbon: the thermal design power by the part of all cores it used, and no idle power', async () => {
    const { samples, session, pass, meter } = await metered('/no/such/powercap', { trackingMode: 'process' });
    expect(meter.coverage.covered.map(({ method }) => method)).toEqual(['cpu-process-model', 'ram-process-model']);
    await busyThread(300);
    pass(1000);
    await session.stop();
    const [cpu, ram] = samples[0]!.components;
    // 0.3 s of one of the cores in a second of 100 W: ticks of 10 ms and the start of the thread on top, and other work may have kept it from the core.
    expect(cpu!.attributed).toBeLessThanOrEqual(cpu!.energy);
    expect(cpu!.attributed! / 1e6).toBeLessThanOrEqual((100 * 0.4) / os.cpus().length);
    expect(cpu!.attributed! / 1e6).toBeGreaterThan((100 * 0.05) / os.cpus().length);
    expect(cpu!.idle).toBe(0);
    expect(ram!.attributed).toBeGreaterThan(0);
  });
});
