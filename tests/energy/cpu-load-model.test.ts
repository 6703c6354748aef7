import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { cpuPower, processPower } from '../../src/energy/cpu-load-model.js';
import { hostTimes, loadBetween } from '../../src/energy/cpu-times.js';
import { processorOf, UNKNOWN_CPU_TDP } from '../../src/energy/processor.js';
import { watts } from '../../src/units/quantities.js';

const TABLE = 'configs/factors/cpu-tdp.csv';
const found = (model: string, sockets = 1, setting?: number, table = TABLE) => processorOf({ model, sockets, cores: 2 }, table, setting);
const tdpOf = (model: string, sockets = 1) => found(model, sockets).tdp;

describe('P = TDP·(0.1 + 0.9·u³)', () => {
  test.each([
    [100, 0, 10],
    [100, 0.25, 11.40625],
    [100, 0.5, 21.25],
    [100, 0.75, 47.96875],
    [100, 1, 100],
    [15, 0.5, 3.1875],
    [85, 0.5, 18.0625],
  ])('TDP %d W at load %d draws %d W', (tdp, load, expected) => {
    expect(cpuPower(watts(tdp), load)).toBeCloseTo(expected, 9);
  });

  test('power never falls as load rises, and stays between a tenth of the TDP and the TDP', () => {
    const load = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(load, load, (a, b) => {
        const [low, high] = [cpuPower(watts(65), Math.min(a, b)), cpuPower(watts(65), Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(6.5 - 1e-9);
        expect(high).toBeLessThanOrEqual(65 + 1e-9);
      }),
    );
  });

  test.each([-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY])('a load of %d is refused', (load) => {
    expect(() => cpuPower(watts(65), load)).toThrow(RangeError);
  });
});

describe('the TDP of a processor', () => {
  test.each([
    ['Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz', 15],
    ['AMD EPYC 7742 64-Core Processor', 225],
    ['AMD Ryzen 7 5800X 8-Core Processor', 105],
    ['Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz', 65],
    ['Intel(R) Xeon(R) Gold 6140 CPU @ 2.30GHz', 140],
  ])('of %s is %d W by the table', (model, expected) => {
    expect(tdpOf(model)).toBe(expected);
  });

  test('is found where the system adds words around the name in the table', () => {
    expect(tdpOf('Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz')).toBe(115);
  });

  test('of the longest name wins: version 3 of a model is not its first version', () => {
    expect(tdpOf('Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz')).toBe(120);
  });

  test('is 85 W for a processor the table does not name, and the detail says it is assumed', () => {
    const processor = found('Abacus 9000');
    expect(processor.tdp).toBe(UNKNOWN_CPU_TDP);
    expect(processor.tdp).toBe(85);
    expect(processor.detail).toMatch(/not in the table.*85 W is assumed/);
  });

  test('counts once for each socket', () => {
    expect(tdpOf('AMD EPYC 7742 64-Core Processor', 2)).toBe(450);
    expect(tdpOf('Abacus 9000', 4)).toBe(340);
    expect(found('Abacus 9000', 4).detail).toContain('× 4 sockets');
  });

  test('given in the settings stands for the whole machine and needs no table', () => {
    const processor = found('AMD EPYC 7742 64-Core Processor', 2, 180, '/no/such/table.csv');
    expect(processor.tdp).toBe(180);
    expect(processor.detail).toContain('from the settings');
  });
});

describe('load between two readings of processor time', () => {
  test('is the share in use', () => {
    expect(loadBetween({ busyMs: 100, totalMs: 1000 }, { busyMs: 350, totalMs: 2000 })).toBe(0.25);
  });

  test('is unknown when the counters did not move', () => {
    expect(loadBetween({ busyMs: 100, totalMs: 1000 }, { busyMs: 100, totalMs: 1000 })).toBeUndefined();
  });

  test('stays from 0 to 1 when the system corrects a counter', () => {
    expect(loadBetween({ busyMs: 100, totalMs: 1000 }, { busyMs: 90, totalMs: 1010 })).toBe(0);
    expect(loadBetween({ busyMs: 100, totalMs: 1000 }, { busyMs: 120, totalMs: 1010 })).toBe(1);
  });

  test('can be read from this machine: time in use is part of all time', () => {
    const { busyMs, totalMs } = hostTimes()!;
    expect(busyMs).toBeGreaterThan(0);
    expect(totalMs).toBeGreaterThanOrEqual(busyMs);
  });

  test('counts interrupts and stolen time as busy, waiting for I/O as idle, and guests once', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'constructed-proc-')), 'stat');
    // user nice system idle iowait irq softirq steal guest guest_nice, in ticks of 10 ms
    fs.writeFileSync(file, 'cpu  100 20 30 1000 50 4 5 6 90 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n');
    expect(hostTimes(file)).toEqual({ busyMs: 1650, totalMs: 12_150 });
  });

  test('is unknown in a container without /proc', () => {
    expect(hostTimes('/no/such/proc/stat')).toBeUndefined();
  });
});

test('a process that keeps one of four cores busy draws a quarter of the thermal design power', () => {
  expect(processPower(watts(100), 1000, 1000, 4)).toBe(25);
  expect(processPower(watts(100), 0, 1000, 4)).toBe(0);
});
