import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { planJobs, type PlanOptions } from '../../src/cli/plan-jobs.js';
import { TraceError } from '../../src/grid/trace-file.js';
import { JobsError } from '../../src/plan/jobs-csv.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-plan-'));
const write = (name: string, lines: readonly string[]): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const time = (step: number): string => new Date(Date.UTC(2022, 5, 1) + step * 30 * 60_000).toISOString().slice(0, 16);

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Half-hours; the seventh is missing. */
const trace = write('trace.csv', [
  'Time,Carbon Intensity',
  ...[400, 300, 200, 100, 100, 400, undefined, 200, 400, 400].flatMap((value, step) =>
    value === undefined ? [] : [`${time(step)},${value}`],
  ),
]);
const jobs = write('jobs.csv', [
  'job,release,duration,deadline',
  `a,${time(0)},PT1H,${time(6)}`,
  `b,${time(1)},PT45M,${time(5)}`,
  `c,${time(4)},PT1H,${time(9)}`,
]);

const json = (options: Partial<PlanOptions>) =>
  JSON.parse(planJobs({ trace, jobs, mode: 'contiguous', forecast: 'perfect', tz: 'UTC', json: true, ...options })) as Record<string, any>;

test('base and planned are intensity × hours under what happened; jobs at a gap are left out and named', () => {
  expect(json({})).toEqual({
    unit: 'gCO2eq/kWh × h',
    base: 350 + 200,
    planned: 100 + 75,
    savingPercent: 100 * (1 - 175 / 550),
    jobs: [
      { job: 'a', base: 350, planned: 100, segments: [{ start: '2022-06-01T01:30:00.000Z', end: '2022-06-01T02:30:00.000Z' }] },
      { job: 'b', base: 200, planned: 75, segments: [{ start: '2022-06-01T01:30:00.000Z', end: '2022-06-01T02:15:00.000Z' }] },
    ],
    skipped: [{ job: 'c', reason: 'the trace does not tell of 2022-06-01 03:00-03:30 UTC' }],
  });
});

test('interruptible jobs take the cheapest steps, the last one in part', () => {
  const one = write('one.csv', ['job,release,duration,deadline', `a,${time(1)},PT1H15M,${time(6)}`]);
  expect(json({ jobs: one, mode: 'interruptible' })['jobs']).toEqual([
    {
      job: 'a',
      base: 275,
      planned: 150,
      segments: [
        { start: '2022-06-01T01:00:00.000Z', end: '2022-06-01T01:15:00.000Z' },
        { start: '2022-06-01T01:30:00.000Z', end: '2022-06-01T02:30:00.000Z' },
      ],
    },
  ]);
});

test('starts that take time are paid for on both sides', () => {
  const { base, planned } = json({ mode: 'interruptible', startOverhead: 30 * 60_000, minSegment: 60 * 60_000 });
  expect(base).toBe(450 + 275);
  expect(planned).toBe(200 + 150);
});

test('before there is any history, jobs run at once and say that they had no forecast', () => {
  const { base, planned, jobs: results } = json({ forecast: 'builtin' });
  expect(planned).toBe(base);
  expect(results[0]).toMatchObject({ job: 'a', withoutForecast: true, base: 350, planned: 350 });
});

test('without --json it is a table with units', () => {
  const text = planJobs({ trace, jobs, mode: 'contiguous', forecast: 'perfect', tz: 'UTC' });
  expect(text).toContain('2022-06-01 01:30 UTC + 1.00 h');
  expect(text).toContain('at once 550.00, as planned 175.00 gCO2eq/kWh × h: 68.182 % saved under what really happened');
  expect(text).toContain('1 jobs left out:\n  c: the trace does not tell of 2022-06-01 03:00-03:30 UTC');
});

test('naive times without --tz, a missing file and a bad row are refused', () => {
  const options = { trace, jobs, mode: 'contiguous', forecast: 'perfect' } as const;
  expect(() => planJobs(options)).toThrow(TraceError);
  expect(() => planJobs({ ...options, tz: 'UTC', jobs: path.join(folder, 'none.csv') })).toThrow('there is no such file');
  const bad = write('bad.csv', ['job,release,duration,deadline', `a,${time(0)},PT9H,${time(3)}`]);
  expect(() => planJobs({ ...options, tz: 'UTC', jobs: bad })).toThrow(JobsError);
});
