import fc from 'fast-check';
import path from 'node:path';
import type { IntensitySeries, Reading } from '../../src/grid/reading.js';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import { WALK_FORWARD_METHODS, type WalkForwardMethod } from '../../src/grid/walk-forward.js';
import { intensityHours, permittedSteps, stepsOf, stepsWithin } from '../../src/plan/intensity-steps.js';
import type { Job } from '../../src/plan/job.js';
import { jobForecasts } from '../../src/plan/job-forecasts.js';
import { replayJobs, type ReplayOptions } from '../../src/plan/replay-jobs.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { DAY_MS, HOUR_MS, instant, MINUTE_MS, parseInstant, type Interval } from '../../src/units/time.js';
import { room, steps } from './steps.js';

const caiso = shippedTraces(path.resolve('configs/traces')).find(({ zone }) => zone.key === 'US-CAL-CISO')!;
const whole = readTraceFile({ zone: 'US-CAL-CISO', file: caiso.file });
const START = parseInstant('2022-02-01T00:00:00Z');

/** Two weeks after five weeks of history. */
const trace: IntensitySeries = { ...whole, readings: whole.readings.filter(({ interval }) => interval.end <= START + 21 * DAY_MS) };

const jobs = (count: number, every = 7): readonly Job[] =>
  Array.from({ length: count }, (_, index) => {
    const release = instant(START + (index * every + (index % 2) / 2) * HOUR_MS);
    const durationMs = (2 + (index % 9)) * HOUR_MS + (index % 4) * 15 * MINUTE_MS;
    return { job: String(index), release, durationMs, deadline: instant(release + durationMs + (6 + (index % 40)) * HOUR_MS) };
  });

const replay = (over: IntensitySeries, list: readonly Job[], method: WalkForwardMethod, more: Partial<ReplayOptions> = {}) =>
  replayJobs(list, { actual: stepsOf(over), issues: jobForecasts(over, list, method).issues, mode: 'interruptible', ...more });

const before = (segments: readonly Interval[], at: number): readonly Interval[] =>
  segments.flatMap(({ start, end }) => (start < at ? [{ start, end: instant(Math.min(end, at)) }] : []));

const modes = ['contiguous', 'interruptible'] as const;

test.each(WALK_FORWARD_METHODS.filter((method) => method !== 'perfect').flatMap((method) => modes.map((mode) => [method, mode] as const)))(
  'on %s, %s, nothing done before an instant changes when everything after it is corrupted',
  (method, mode) => {
    const list = jobs(40);
    const honest = replay(trace, list, method, { mode });
    for (const cut of [START + 2.25 * DAY_MS, START + 5 * DAY_MS, START + 9 * DAY_MS - 30 * MINUTE_MS]) {
      const corrupted = trace.readings.map((reading, index): Reading =>
        reading.interval.end > cut ? { ...reading, intensity: carbonIntensity(1 + ((index * 7919) % 900)) } : reading,
      );
      const misled = replay({ ...trace, readings: corrupted }, list, method, { mode });
      misled.jobs.forEach(({ segments }, index) => {
        expect(before(segments, cut)).toEqual(before(honest.jobs[index]!.segments, cut));
      });
      expect(misled.jobs).not.toEqual(honest.jobs);
    }
  },
);

test.each(WALK_FORWARD_METHODS.flatMap((method) => modes.map((mode) => [method, mode] as const)))(
  'on %s, %s, every job runs for exactly its duration, between release and deadline, and is priced by what happened',
  (method, mode) => {
    const list = jobs(60);
    const actual = stepsOf(trace);
    const { jobs: results, skipped } = replay(trace, list, method, { mode });
    expect(skipped).toEqual([]);
    expect(results).toHaveLength(list.length);
    results.forEach(({ job, segments, planned, base, leftMs }, index) => {
      expect(job).toBe(list[index]);
      expect(leftMs).toBe(0);
      if (mode === 'contiguous') expect(segments).toHaveLength(1);
      expect(segments[0]!.start).toBeGreaterThanOrEqual(job.release);
      expect(segments.at(-1)!.end).toBeLessThanOrEqual(job.deadline);
      segments.slice(1).forEach(({ start }, position) => {
        expect(start).toBeGreaterThan(segments[position]!.end);
      });
      expect(segments.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(job.durationMs);
      expect(planned).toBeCloseTo(
        segments.reduce((sum, segment) => sum + intensityHours(actual, segment)!, 0),
        6,
      );
      expect(base).toBeCloseTo(intensityHours(actual, { start: job.release, end: instant(job.release + job.durationMs) })!, 6);
      if (method === 'perfect') expect(planned).toBeLessThanOrEqual(base + 1e-6);
    });
  },
);

test('with starts that cost, segments keep their minimum, and both sides pay for their starts', () => {
  const list = jobs(30);
  const start = { ms: 15 * MINUTE_MS, energyMs: 10 * MINUTE_MS };
  const rules = { minSegmentMs: HOUR_MS, start };
  const { jobs: results } = replay(trace, list, 'builtin', { rules });
  const actual = stepsOf(trace);
  for (const { job, segments, base, leftMs, blind } of results) {
    expect([leftMs, blind]).toEqual([0, false]);
    for (const { start: from, end } of segments) expect(end - from).toBeGreaterThanOrEqual(rules.minSegmentMs);
    expect(segments.reduce((sum, each) => sum + each.end - each.start - start.ms, 0)).toBe(job.durationMs);
    expect(segments.at(-1)!.end).toBeLessThanOrEqual(job.deadline);
    const begin = instant(job.release + start.ms);
    const atOnce =
      (start.energyMs / start.ms) * intensityHours(actual, { start: job.release, end: begin })! +
      intensityHours(actual, { start: begin, end: instant(begin + job.durationMs) })!;
    expect(base).toBeCloseTo(atOnce, 6);
  }
});

test('jobs whose time is not wholly known are left out, with the part that is missing', () => {
  const actual = steps([100, 200, undefined, 100, 50]);
  const job = (release: number, deadline: number): Job => ({
    job: `${release}-${deadline}`,
    release: instant(release * HOUR_MS),
    durationMs: HOUR_MS,
    deadline: instant(deadline * HOUR_MS),
  });
  const { jobs: results, skipped } = replayJobs([job(0, 2), job(0, 4), job(3, 5), job(4, 6)], {
    actual,
    issues: undefined,
    mode: 'contiguous',
  });
  expect(results.map(({ job: { job: name }, base, planned }) => [name, base, planned])).toEqual([
    ['0-2', 100, 100],
    ['3-5', 100, 50],
  ]);
  expect(skipped.map(({ job: { job: name }, reason }) => [name, reason])).toEqual([
    ['0-4', 'the trace does not tell of 1970-01-01 02:00-03:00 UTC'],
    ['4-6', 'the trace does not tell of 1970-01-01 05:00-06:00 UTC'],
  ]);
});

test('without any history a job runs at once, and says that it did so without a forecast', () => {
  const early: Job = {
    job: 'early',
    release: whole.readings[0]!.interval.start,
    durationMs: 2 * HOUR_MS,
    deadline: instant(whole.readings[0]!.interval.start + 9 * HOUR_MS),
  };
  const { jobs: results } = replay(whole, [early], 'builtin');
  expect(results[0]).toMatchObject({ blind: true, segments: [{ start: early.release, end: early.release + 2 * HOUR_MS }] });
  expect(results[0]!.planned).toBe(results[0]!.base);
});

test('what a restriction closes is never run in; a job it leaves no room for is not finished', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom(...modes), (from, length, mode) => {
      const isQuiet = (at: number) => (Math.floor(at / HOUR_MS) - from + 48) % 24 < length;
      const { jobs: results } = replay(trace, jobs(12), 'builtin', {
        mode,
        restrict: (expected) => permittedSteps(expected, (start) => !isQuiet(start)),
      });
      for (const { job, segments, leftMs, blind } of results) {
        expect(blind).toBe(false);
        let worked = 0;
        for (const { start, end } of segments) {
          for (let at: number = start; at < end; at += 15 * MINUTE_MS) expect(isQuiet(at)).toBe(false);
          worked += end - start;
        }
        expect(worked + leftMs).toBe(job.durationMs);
      }
    }),
    { numRuns: 10 },
  );
});

test('steps can be closed outside intervals that cut through them', () => {
  const cut = stepsWithin(steps([100, 200, 300]), [room(30 * MINUTE_MS, 15 * MINUTE_MS), room(2.5 * HOUR_MS, 1.5 * HOUR_MS)]);
  expect([...cut.edges].map((edge) => edge / HOUR_MS)).toEqual([0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3]);
  expect([...cut.values]).toEqual([Number.NaN, 100, Number.NaN, Number.NaN, 200, 300, Number.NaN]);
});
