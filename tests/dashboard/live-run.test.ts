import fc from 'fast-check';
import type { RunCardFragment } from '../../src/client/documents.js';
import type { RunEvent } from '../../src/client/follow-run.js';
import { curveOf, cutAt, emptyCurve, extended } from '../../src/dashboard/curve.js';
import { downSampled } from '../../src/dashboard/down-sample.js';
import { withEvents, type LiveRun } from '../../src/dashboard/live-run.js';
import { largestTriangles } from '../../src/record/training-curve.js';

const at = '2026-01-01T00:00:00.000Z';
const card = {
  id: 'r',
  state: 'RUNNING',
  lastSequence: 10,
  step: 4,
  trainingLoss: 1,
  emissionsGco2eq: 2,
  energyKwh: 1,
  powerWatts: 50,
  evaluations: [{ step: 4, accuracy: 0.5, images: 10, final: false }],
} as unknown as RunCardFragment;
const run: LiveRun = { card, loss: emptyCurve(50) };
const event = (sequence: number, rest: object): RunEvent => ({ sequence, at, gridAt: at, ...rest }) as unknown as RunEvent;
const energy = (sequence: number, emissionsGco2eq: number | null) =>
  event(sequence, { __typename: 'EnergyBooked', energyKwh: 1, powerWatts: 60, intensityGco2eqPerKwh: 300, emissionsGco2eq });
const progress = (sequence: number, step: number) =>
  event(sequence, { __typename: 'TrainingProgressed', step, epoch: 1, trainingLoss: 1 / step, imagesPerSecond: 9 });

test('what has been seen already changes nothing, however often it is told again', () => {
  const events = [energy(11, 1), progress(12, 5), energy(13, 1)];
  const once = withEvents(run, events);
  expect(withEvents(once, events)).toEqual(once);
  expect(once.card).toMatchObject({ lastSequence: 13, emissionsGco2eq: 4, energyKwh: 3, step: 5, powerWatts: 60 });
});

test('unknown emissions add nothing, and what was never known stays unknown', () => {
  expect(withEvents(run, [energy(11, null)]).card.emissionsGco2eq).toBe(2);
  const never = { ...run, card: { ...card, emissionsGco2eq: null } };
  expect(withEvents(never, [energy(11, null)]).card.emissionsGco2eq).toBeNull();
  expect(withEvents(never, [energy(11, null), energy(12, 3)]).card.emissionsGco2eq).toBe(3);
});

test('a segment that goes on from a checkpoint takes back the loss and the evaluations after it', () => {
  const before = withEvents(run, [progress(11, 5), progress(12, 6)]);
  const resumed = withEvents(before, [event(13, { __typename: 'SegmentStarted', step: 3, totalSteps: 9, zone: 'Z' })]);
  expect(resumed.loss.points).toEqual([]);
  expect(resumed.card.evaluations).toEqual([]);
  expect(resumed.card).toMatchObject({ step: 3, totalSteps: 9, zone: 'Z' });
});

test('a run that stops draws no power and has no phase', () => {
  const paused = event(11, { __typename: 'RunStateChanged', to: 'PAUSED', pauseReason: 'BY_USER', stateMessage: 'asked for' });
  expect(withEvents(run, [paused]).card).toMatchObject({ state: 'PAUSED', pauseReason: 'BY_USER', powerWatts: null, phase: null });
});

const points = fc
  .array(fc.record({ dx: fc.integer({ min: 1, max: 9 }), y: fc.integer({ min: -99, max: 99 }) }), { maxLength: 300 })
  .map((steps) => steps.map(({ y }, index) => ({ x: steps.slice(0, index + 1).reduce((sum, { dx }) => sum + dx, 0), y })));

test('a thinned curve has at most so many of the points, the first and the last among them, and is what the server chooses', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 3, max: 60 }), (all, most) => {
      const thin = downSampled(all, most);
      expect(thin.length).toBe(Math.min(all.length, most));
      expect([thin[0], thin.at(-1)]).toEqual([all[0], all.at(-1)]);
      expect(thin.every((point) => all.includes(point))).toBe(true);
      expect(thin).toEqual(largestTriangles(all, most, ({ x, y }) => [x, y]));
    }),
  );
});

test('however long it grows, a curve stays within twice its limit, and takes no point twice', () => {
  fc.assert(
    fc.property(points, (all) => {
      let curve = emptyCurve(20);
      for (const point of all) curve = extended(extended(curve, [point]), [point]);
      expect(curve.points.length).toBeLessThanOrEqual(40);
      expect(curve.points.at(-1)).toEqual(all.at(-1));
      expect(new Set(curve.points.map(({ x }) => x)).size).toBe(curve.points.length);
    }),
  );
  expect(
    cutAt(
      curveOf(
        [
          { x: 1, y: 1 },
          { x: 2, y: 2 },
        ],
        9,
      ),
      1,
    ).points,
  ).toEqual([{ x: 1, y: 1 }]);
});
