import fs from 'node:fs';
import os from 'node:os';
import fc from 'fast-check';
import { hostMeter } from '../../src/energy/host-meter.js';
import { ramPower } from '../../src/energy/ram-dimm-model.js';
import type { EnergyComponent, EnergySample, MeterSession } from '../../src/energy/sample.js';
import { instant } from '../../src/units/time.js';
import { constructedRapl } from './rapl-tree.js';

const BEGAN = Date.UTC(2022, 5, 1);
const INTERVAL_MS = 60_000; // Long, so that the timer never fires here: samples end where a test cuts them.

/** A meter on hands that a test moves; the session is stopped after it. */
const metered = async (powercapRoot = '/no/such/powercap', tdpWatts: number | undefined = 100, intervalMs = INTERVAL_MS) => {
  const hands = { wallMs: BEGAN, elapsedMs: 1234.5 };
  const meter = hostMeter({
    clock: { now: () => instant(hands.wallMs) },
    monotonic: { elapsedMs: () => hands.elapsedMs },
    intervalMs,
    tdpTable: 'configs/factors/cpu-tdp.csv',
    tdpWatts,
    powercapRoot,
  });
  const samples: EnergySample[] = [];
  const session = await meter.start((sample) => samples.push(sample));
  sessions.push(session);
  const pass = (ms: number) => {
    hands.elapsedMs += ms;
    hands.wallMs += ms;
  };
  return { meter, hands, samples, session, pass };
};

const sessions: MeterSession[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.stop().catch(() => undefined);
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
    const meter = hostMeter({
      clock: { now: () => instant(BEGAN) },
      monotonic: { elapsedMs: () => Number(process.hrtime.bigint() - elapsed) / 1e6 },
      intervalMs: 5,
      tdpTable: 'configs/factors/cpu-tdp.csv',
      tdpWatts: 100,
      powercapRoot: '/no/such/powercap',
    });
    let session: MeterSession | undefined;
    await new Promise<void>((enough) => {
      void meter.start((sample) => samples.push(sample) === 3 && enough()).then((started) => (session = started));
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
    const { samples, session, pass } = await metered('/no/such/powercap', 100);
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
    pass(10 * INTERVAL_MS);
    await session.cut();
    expect(meter.coverage.covered.map(({ method }) => method)).toEqual(['rapl', 'rapl']);
    expect(samples[0]!.components).toEqual([
      { component: 'cpu', method: 'rapl', energy: 40_000_001 },
      { component: 'ram', method: 'rapl', energy: 3_000_002 },
    ]);
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
    const { meter, pass } = await metered(tree.root);
    tree.set('intel-rapl:0', 9_000_000);
    const samples: EnergySample[] = [];
    const session = await meter.start((sample) => samples.push(sample));
    tree.set('intel-rapl:0', 9_500_000);
    pass(1000);
    await session.stop();
    expect(energyIn(samples[0], 'cpu')).toBe(500_000);
  });

  test('a counter that fails is told to whoever stops the meter', async () => {
    const tree = packageAndDram();
    const { session, pass } = await metered(tree.root);
    fs.rmSync(tree.energyFile('intel-rapl:0'));
    pass(1000);
    await expect(session.stop()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
