import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { openRapl, type RaplCounters } from '../../src/energy/rapl.js';
import { constructedRapl } from './rapl-tree.js';

const opened = (root: string): RaplCounters => {
  const answer = openRapl(root);
  if (answer.kind === 'unavailable') throw new Error(answer.reason);
  return answer.counters;
};

const package0 = { name: 'package-0', energyUj: 5_000_000 };

test('a package counter gives the joules since it was opened, then since the last reading', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 12_500_000);
  expect(counters.take()).toEqual(new Map([['cpu', 7.5]]));
  tree.set('intel-rapl:0', 13_000_000);
  expect(counters.take()).toEqual(new Map([['cpu', 0.5]]));
  expect(counters.take()).toEqual(new Map([['cpu', 0]]));
});

test('a counter that passed its range is continued, not taken for negative energy', () => {
  const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 9_000_000, rangeUj: 10_000_000 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 2_000_000);
  expect(counters.take().get('cpu')).toBe(3);
  tree.set('intel-rapl:0', 2_500_000);
  expect(counters.take().get('cpu')).toBe(0.5);
});

test('whatever is drawn below one range between readings is counted exactly, wraps included', () => {
  const rangeUj = 1_000_000;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: rangeUj - 1 }), { minLength: 1, maxLength: 8 }), (draws) => {
      const tree = constructedRapl({ 'intel-rapl:0': { name: 'package-0', energyUj: 0, rangeUj } });
      const counters = opened(tree.root);
      let drawn = 0;
      const counted = draws.map((draw) => {
        drawn += draw;
        tree.set('intel-rapl:0', drawn % rangeUj);
        return Math.round(counters.take().get('cpu')! * 1e6);
      });
      fs.rmSync(tree.root, { recursive: true });
      expect(counted).toEqual(draws);
    }),
    { numRuns: 30 },
  );
});

test('the packages of two sockets add up', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0, 'intel-rapl:1': { name: 'package-1', energyUj: 0 } });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 6_000_000);
  tree.set('intel-rapl:1', 3_000_000);
  expect(counters.components).toEqual([{ component: 'cpu', domains: ['package-0', 'package-1'] }]);
  expect(counters.take().get('cpu')).toBe(4);
});

test.each(['intel-rapl-mmio:0', 'intel-rapl:1'])('a package shown again as %s is counted once', (copy) => {
  const tree = constructedRapl({ 'intel-rapl:0': package0, [copy]: package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 6_000_000);
  tree.set(copy, 6_000_000);
  expect(counters.components).toEqual([{ component: 'cpu', domains: ['package-0'] }]);
  expect(counters.take().get('cpu')).toBe(1);
});

test('DRAM domains are memory; cores, graphics and the whole platform are left out, being parts or sums of the others', () => {
  const tree = constructedRapl({
    'intel-rapl:0': package0,
    'intel-rapl:0:0': { name: 'core', energyUj: 0 },
    'intel-rapl:0:1': { name: 'uncore', energyUj: 0 },
    'intel-rapl:0:2': { name: 'dram', energyUj: 0 },
    'intel-rapl:1': { name: 'package-1', energyUj: 0 },
    'intel-rapl:1:0': { name: 'dram', energyUj: 0 },
    'intel-rapl:2': { name: 'psys', energyUj: 0 },
  });
  const counters = opened(tree.root);
  for (const folder of ['intel-rapl:0:0', 'intel-rapl:0:1', 'intel-rapl:0:2', 'intel-rapl:1:0', 'intel-rapl:2'])
    tree.set(folder, 2_000_000);
  expect(counters.components).toEqual([
    { component: 'cpu', domains: ['package-0', 'package-1'] },
    { component: 'ram', domains: ['intel-rapl:0 dram', 'intel-rapl:1 dram'] },
  ]);
  expect(counters.take()).toEqual(
    new Map([
      ['cpu', 0],
      ['ram', 4],
    ]),
  );
});

test.each([
  ['that does not exist', () => '/no/such/powercap'],
  ['with no domain in it', () => constructedRapl({}).root],
  ['with the platform domain alone', () => constructedRapl({ 'intel-rapl:0': { name: 'psys', energyUj: 0 } }).root],
])('a tree %s answers that there is no counter, and where it looked', (_, rootOf) => {
  const root = rootOf();
  expect(openRapl(root)).toEqual({ kind: 'unavailable', reason: `no RAPL package counter under ${root}` });
});

const ifNotRoot = process.getuid?.() === 0 ? test.skip : test; // Permission bits do not hold root back.
ifNotRoot('a counter this user may not read is named with the command that opens it', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  fs.chmodSync(tree.energyFile('intel-rapl:0'), 0o000);
  const answer = openRapl(tree.root);
  expect(answer.kind === 'unavailable' && answer.reason).toContain(tree.energyFile('intel-rapl:0'));
  expect(answer.kind === 'unavailable' && answer.reason).toContain('sudo chmod a+r');
});

test('a counter that is gone is unavailable too, and named', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  fs.symlinkSync(path.join(os.tmpdir(), 'no-such-counter'), `${tree.energyFile('intel-rapl:0')}.link`);
  fs.renameSync(`${tree.energyFile('intel-rapl:0')}.link`, tree.energyFile('intel-rapl:0'));
  const answer = openRapl(tree.root);
  expect(answer.kind).toBe('unavailable');
  expect(answer.kind === 'unavailable' && answer.reason).toContain(tree.energyFile('intel-rapl:0'));
});

test('a counter that turns unreadable while it is in use is an error, never zero', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  fs.rmSync(tree.energyFile('intel-rapl:0'));
  fs.mkdirSync(tree.energyFile('intel-rapl:0'));
  expect(() => counters.take()).toThrow();
});

test('a counter that does not hold a number is an error that names the file', () => {
  const tree = constructedRapl({ 'intel-rapl:0': package0 });
  const counters = opened(tree.root);
  tree.set('intel-rapl:0', 'twelve');
  expect(() => counters.take()).toThrow(`${tree.energyFile('intel-rapl:0')} does not hold a number of µJ`);
});
