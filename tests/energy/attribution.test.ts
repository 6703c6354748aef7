import fc from 'fast-check';
import { sharedByTime } from '../../src/energy/attribution.js';
import type { ThreadTime } from '../../src/energy/cpu-times.js';
import { runCpuTimes, threadName } from '../../src/energy/run-cpu-time.js';
import { microjoules } from '../../src/units/quantities.js';

const used = (ms: readonly number[]) => new Map(ms.map((each, index) => [`run-${index}`, each]));
const sum = (values: Iterable<number>): number => [...values].reduce((total, each) => total + each, 0);

test('shares, the rest and idle add up to the energy of the host to the microjoule, whatever ran', () => {
  const anyMs = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc.array(anyMs, { maxLength: 12 }),
      anyMs,
      (energy, idle, runs, busy) => {
        const shared = sharedByTime(microjoules(energy), microjoules(idle), used(runs), busy);
        expect(shared.idle + sum(shared.shares.values()) + shared.rest).toBe(energy);
        for (const part of [shared.idle, shared.rest, ...shared.shares.values()]) {
          expect(Number.isSafeInteger(part)).toBe(true);
          expect(part).toBeGreaterThanOrEqual(0);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is above idle is shared by processor time, and others on the host keep their part', () => {
  const { idle, shares, rest } = sharedByTime(microjoules(1_000_000), microjoules(200_000), used([300, 100]), 800);
  expect([idle, shares.get('run-0'), shares.get('run-1'), rest]).toEqual([200_000, 300_000, 100_000, 400_000]);
});

test('runs whose clocks ticked past the host’s share everything above idle, and no more', () => {
  const { shares, rest } = sharedByTime(microjoules(100), microjoules(0), used([30, 30]), 50);
  expect([...shares.values(), rest]).toEqual([50, 50, 0]);
});

/** A process whose threads a test moves. */
const constructedProcess = () => {
  const threads = new Map<string, ThreadTime>();
  let processMs = 0;
  return {
    times: runCpuTimes(
      () => new Map(threads),
      () => processMs,
    ),
    run(id: string, name: string, ms: number) {
      threads.set(id, { name, cpuMs: (threads.get(id)?.cpuMs ?? 0) + ms });
      processMs += ms;
    },
    end(id: string, lastMs: number) {
      threads.delete(id);
      processMs += lastMs;
    },
  };
};

test('a run has the time of its trainer and of every thread that carries its name', () => {
  const process = constructedProcess();
  process.run('1', 'node', 500);
  process.run('2', 'run-a', 100);
  process.run('3', 'run-a', 50);
  process.run('4', 'run-b', 70);
  expect(process.times()).toEqual({
    ofRuns: new Map([
      ['run-a', 150],
      ['run-b', 70],
    ]),
    processMs: 720,
  });
  process.run('2', 'run-a', 10);
  expect(process.times()).toMatchObject({
    ofRuns: new Map([
      ['run-a', 10],
      ['run-b', 0],
    ]),
    processMs: 10,
  });
});

test('the last moments of a thread that ended go to its run', () => {
  const process = constructedProcess();
  process.run('1', 'node', 20);
  process.run('2', 'run-a', 100);
  process.times();
  process.run('1', 'node', 5);
  process.end('2', 40);
  expect(process.times()).toEqual({ ofRuns: new Map([['run-a', 40]]), processMs: 45 });
});

test('where threads cannot be told apart, a run’s time is unknown', () => {
  expect(runCpuTimes(() => undefined)()).toBeUndefined();
});

test('the name of a run’s threads fits into the 15 bytes Linux keeps, and tells runs apart', () => {
  const names = Array.from({ length: 100 }, (_none, index) => threadName(`0000-${index}`));
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(/^run-[0-9a-f]{11}$/);
});
