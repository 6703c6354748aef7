import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { EnergyComponent } from '../../src/energy/sample.js';
import { openRapl, type RaplOptions } from '../../src/energy/rapl.js';
import { constructedRapl } from './rapl-tree.js';

/** The meters of a tree, begun, and what they take over a second (or another span). */
const opened = (root: string, options: RaplOptions = {}) => {
  const { meters, without, platform } = openRapl({ root, ...options });
  const takes = meters.map((meter) => ({ meter, take: meter.begin() }));
  const all = (lengthMs = 1000) => new Map(takes.map(({ meter, take }) => [meter.component, take({ lengthMs, observed: true })]));
  return {
    meters,
    without,
    platform,
    take(lengthMs?: number) {
      return new Map([...all(lengthMs)].map(([component, taken]) => [component, taken.kind === 'known' ? taken.energy : taken.reason]));
    },
    all,
  };
};

const without = (root: string, component: EnergyComponent) =>
  openRapl({ root }).without.find((each) => each.component === component)?.reason;

const package0 = { name: 'package-0', energyUj: 5_000_000 };

test('a package counter gives the joules since it was begun, then since the last reading', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 12_500_000);
  expect(counters.take()).toEqual(new Map([['cpu', 7.5]]));
  tree.set('intel-rapl:0', 13_000_000);
  expect(counters.take()).toEqual(new Map([['cpu', 0.5]]));
  expect(counters.take()).toEqual(new Map([['cpu', 0]]));
});

test('a counter that passed its range is continued, not taken for negative energy', () => {
  const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 9_999_000_000, rangeUj: 10_000_000_000 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 2_000_000);
  expect(counters.take().get('cpu')).toBe(3);
  tree.set('intel-rapl:0', 2_500_000);
  expect(counters.take().get('cpu')).toBe(0.5);
});

test('whatever is drawn below 1,000 W between readings is counted exactly, wraps included', () => {
  const rangeUj = 2_000_000_000;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 8 }), (draws) => {
      const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 0, rangeUj } });
      const counters = opened(tree.root);
      let drawn = 0;
      const counted = draws.map((draw) => {
        drawn += draw;
        tree.set('intel-rapl:0', drawn % rangeUj);
        return Math.round(Number(counters.take().get('cpu')) * 1e6);
      });
      fs.rmSync(tree.root, { recursive: true });
      expect(counted).toEqual(draws);
    }),
    { numRuns: 30 },
  );
});

test('a counter set back to zero, as after a suspend, is no wrap-around: the energy is unknown, then counted from there', () => {
  const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 200_000_000_000 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 1_000_000);
  expect(counters.take().get('cpu')).toBe('package-0: the counter went backwards: it was reset');
  tree.set('intel-rapl:0', 31_000_000);
  expect(counters.take().get('cpu')).toBe(30);
});

test('a counter that jumps further than a processor can draw is unknown', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 3_000_000_000);
  expect(counters.take().get('cpu')).toMatch(/jumped further than its device can draw/);
});

test('over a span in which it may have wrapped twice nothing can be said', () => {
  const tree = constructedRapl({ 'intel-rapl:0': { ...package0, rangeUj: 262_143_000_000 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 30_000_000);
  expect(counters.take(261_000).get('cpu')).toBe(25);
  tree.set('intel-rapl:0', 60_000_000);
  expect(counters.take(263_000).get('cpu')).toBe('package-0: the counter may have wrapped around more than once in 263 s');
});

test('the packages of two sockets add up', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0, 'intel-rapl:1': { name: 'package-1', energyUj: 0 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 6_000_000);
  tree.set('intel-rapl:1', 3_000_000);
  expect(counters.meters.map(({ component, detail }) => [component, detail])).toEqual([
    ['cpu', 'RAPL package-0, package-1, wrapping at 262143, 262143 J'],
  ]);
  expect(counters.take().get('cpu')).toBe(4);
});

test.each(['intel-rapl-mmio:0', 'intel-rapl:1'])('a package shown again as %s is counted once', (copy) => {
  const tree = constructedRapl({ 'intel-rapl:0': package0, [copy]: package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 6_000_000);
  tree.set(copy, 6_000_000);
  expect(counters.take()).toEqual(new Map([['cpu', 1]]));
});

test('a package that only mmio shows is counted', () => {
  const tree = constructedRapl({ 'intel-rapl-mmio:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl-mmio:0', 6_000_000);
  expect(counters.take().get('cpu')).toBe(1);
});

test('dies that mirror one register count once; sockets whose counters differ count each', () => {
  const die = (index: number, energyUj: number) => ({ name: `package-${index}-die-0`, energyUj });
  const tree = constructedRapl({
    'intel-rapl:0': die(0, 80_000_000_000),
    'intel-rapl:1': die(1, 80_000_000_400),
    'intel-rapl:2': die(2, 90_000_000_000),
  });
  const counters = opened(tree.root);
  for (const [index, uj] of [80_004_000_000, 80_004_000_400, 90_001_000_000].entries()) tree.set(`intel-rapl:${index}`, uj);
  expect(counters.take().get('cpu')).toBe(5);
});

const platformTree = () =>
  constructedRapl({
    'intel-rapl:0': package0,
    'intel-rapl:0:0': { name: 'core', energyUj: 0 },
    'intel-rapl:0:1': { name: 'uncore', energyUj: 0 },
    'intel-rapl:0:2': { name: 'dram', energyUj: 0 },
    'intel-rapl:1': { name: 'package-1', energyUj: 0 },
    'intel-rapl:1:0': { name: 'dram', energyUj: 0 },
    'intel-rapl:2': { name: 'psys', energyUj: 0 },
  });

test('DRAM domains are memory; cores, graphics and the whole platform are left out, being parts or sums of the others', () => {
  const tree = platformTree();
  const counters = opened(tree.root);
  for (const folder of ['intel-rapl:0:0', 'intel-rapl:0:1', 'intel-rapl:0:2', 'intel-rapl:1:0', 'intel-rapl:2'])
    tree.set(folder, 2_000_000);
  expect(counters.take()).toEqual(
    new Map([
      ['cpu', 0],
      ['ram', 4],
    ]),
  );
});

test('the platform counter stands for packages and memory when it is asked for, and memory is said to be in it', () => {
  const tree = platformTree();
  const counters = opened(tree.root, { psys: true });
  tree.set('intel-rapl:2', 9_000_000);
  tree.set('intel-rapl:0', 7_000_000);
  expect(counters.take()).toEqual(new Map([['cpu', 9]]));
  expect(counters).toMatchObject({ platform: true, without: [{ component: 'ram', reason: expect.stringContaining('psys') }] });
});

test.each([
  ['that does not exist', () => '/no/such/powercap'],
  ['with no domain in it', () => constructedRapl({}).root],
])('a tree %s answers that there is no counter, and where it looked', (_, rootOf) => {
  const root = rootOf();
  expect(without(root, 'cpu')).toBe(`no RAPL package counter under ${root}`);
  expect(without(root, 'ram')).toBe(`no RAPL dram counter under ${root}`);
});

test('memory without a counter of its own is named, while the processor is counted', () => {
  const { root } = constructedRapl({ 'intel-rapl:0': package0 });
  expect(opened(root).meters.map(({ component }) => component)).toEqual(['cpu']);
  expect(without(root, 'ram')).toContain('no RAPL dram counter');
});

/** As a user without rights: root is not held back by permission bits, so the test lends its rights away where it has them. */
const asNobody = <T>(work: () => T): T => {
  if (process.getuid?.() !== 0) return work();
  process.seteuid!('nobody');
  try {
    return work();
  } finally {
    process.seteuid!(0);
  }
};

test('a counter this user may not read is named with the command that opens it', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  fs.chmodSync(tree.root, 0o755);
  fs.chmodSync(tree.energyFile('intel-rapl:0'), 0o400);
  if (process.getuid?.() !== 0) fs.chmodSync(tree.energyFile('intel-rapl:0'), 0o000);
  const reason = asNobody(() => without(tree.root, 'cpu'));
  expect(reason).toBe(
    `no permission to read ${tree.energyFile('intel-rapl:0')}; let this user read it: sudo chmod a+r ${tree.root}/intel-rapl*/energy_uj`,
  );
});

test('a counter that is gone is named, and no other takes its place', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  fs.rmSync(tree.energyFile('intel-rapl:0'));
  expect(without(tree.root, 'cpu')).toBe(`cannot read ${tree.energyFile('intel-rapl:0')} (ENOENT)`);
});

test('a counter that turns unreadable is unknown, never zero, until it has been read twice again', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  const file = tree.energyFile('intel-rapl:0');
  fs.renameSync(file, path.join(os.tmpdir(), `aside-${path.basename(tree.root)}`));
  expect(counters.take().get('cpu')).toBe(`cannot read ${file} (ENOENT)`);
  tree.set('intel-rapl:0', 20_000_000);
  expect(counters.take().get('cpu')).toBe(`${file} could not be read before`);
  tree.set('intel-rapl:0', 21_000_000);
  expect(counters.take().get('cpu')).toBe(1);
});

test.each(['twelve', ''])('a counter that holds "%s" is unknown, and its file is named', (content) => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', content);
  expect(counters.take().get('cpu')).toBe(`${tree.energyFile('intel-rapl:0')} does not hold a number of µJ`);
});
