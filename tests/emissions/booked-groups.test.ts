import fc from 'fast-check';
import { bookedGroups, type BookedCell } from '../../src/emissions/booked-groups.js';
import { instant } from '../../src/units/time.js';

const READING = { source: 'constructed', kind: 'average', factorType: 'lifecycle', provenance: 'measured' } as const;
const cell = (over: Partial<BookedCell> = {}): BookedCell => ({
  project: 'vision',
  experimentId: 'e1',
  runId: 'r1',
  zone: 'US-CAL-CISO',
  at: instant(Date.UTC(2022, 6, 14, 19, 30)),
  purpose: 'active',
  reading: READING,
  energy: 3_600_000_000, // 1 Wh
  siteEnergy: 4_320_000_000,
  emissions: 0.36,
  lines: 2,
  ...over,
});
const zones: Readonly<Record<string, string>> = { 'US-CAL-CISO': 'America/Los_Angeles', IN: 'Asia/Kolkata' };
const timeZoneOf = (zone: string): string => zones[zone]!;
const groups = (cells: readonly BookedCell[], ...by: Parameters<typeof bookedGroups>[1]) => bookedGroups(cells, by, timeZoneOf);

test('the hour of the day is that of the zone, also where it begins on a half hour of UTC', () => {
  const found = groups(
    [cell(), cell({ zone: 'IN' }), cell({ zone: 'IN', at: instant(Date.UTC(2022, 6, 14, 19, 15)) })],
    'zone',
    'hour-of-day',
  );
  expect(found.map(({ key }) => key)).toEqual([
    { zone: 'US-CAL-CISO', hourOfDay: 12 },
    { zone: 'IN', hourOfDay: 1 },
    { zone: 'IN', hourOfDay: 0 },
  ]);
});

test('what is drawn on an unknown intensity is beside the emissions, never zero in them', () => {
  const unknown = cell({ reading: undefined, emissions: undefined });
  expect(groups([unknown], 'project')[0]).toMatchObject({
    energy: 3_600_000_000,
    unknown: 3_600_000_000,
    emissions: undefined,
    intensity: undefined,
  });
  const [both] = groups([cell(), unknown]);
  expect(both).toMatchObject({ energy: 7_200_000_000, unknown: 3_600_000_000, emissions: 0.36, runs: 1, lines: 4 });
});

test('the mean intensity is weighted by energy and leaves the power usage effectiveness out', () => {
  const [all] = groups([cell(), cell({ energy: 1_800_000_000, siteEnergy: 2_160_000_000, emissions: 0.054 })]);
  expect(all!.intensity).toBeCloseTo(0.414 / (0.0015 * 1.2), 9);
});

test('by nothing there is one total, also of no lines', () => {
  expect(groups([])).toEqual([{ key: {}, energy: 0, overhead: 0, unknown: 0, emissions: 0, intensity: undefined, runs: 0, lines: 0 }]);
  expect(groups([], 'project')).toEqual([]);
});

test('by reading, lines without one are a group of their own', () => {
  const found = groups([cell(), cell({ reading: undefined, emissions: undefined }), cell({ purpose: 'overhead' })], 'reading');
  expect(found.map(({ key, overhead }) => [key.reading?.source, overhead])).toEqual([
    ['constructed', 3_600_000_000],
    [undefined, 0],
  ]);
});

test('by whatever it is, the groups add up to the total', () => {
  const some = fc.record({
    project: fc.constantFrom('vision', 'tables'),
    runId: fc.constantFrom('r1', 'r2', 'r3'),
    zone: fc.constantFrom('US-CAL-CISO', 'IN'),
    at: fc.integer({ min: 0, max: 4000 }).map((quarter) => instant(Date.UTC(2022, 0, 1) + quarter * 900_000)),
    purpose: fc.constantFrom('active' as const, 'overhead' as const),
    energy: fc.integer({ min: 1, max: 1e12 }),
    emissions: fc.option(fc.double({ min: 0, max: 1e3, noNaN: true }), { nil: undefined }),
  });
  const dimensions = fc.subarray(['project', 'run', 'zone', 'day', 'hour-of-day', 'purpose'] as const, { minLength: 1 });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 60 }), dimensions, (parts, by) => {
      const cells = parts.map((part) => cell({ ...part, siteEnergy: part.energy }));
      const [total] = groups(cells);
      const found = groups(cells, ...by);
      const sum = (of: (group: (typeof found)[number]) => number) => found.reduce((so, group) => so + of(group), 0);
      expect(sum(({ energy }) => energy)).toBe(total!.energy);
      expect(sum(({ unknown }) => unknown)).toBe(total!.unknown);
      expect(sum(({ emissions }) => emissions ?? 0)).toBeCloseTo(total!.emissions ?? 0, 9);
    }),
  );
});
