import { cheapestSlots } from '../../src/plan/cheapest-slots.js';
import { cleanestWindow } from '../../src/plan/contiguous-window.js';
import { intensityHours, stepsOf } from '../../src/plan/intensity-steps.js';
import { jobForecasts } from '../../src/plan/job-forecasts.js';
import { replayJobs } from '../../src/plan/replay-jobs.js';
import { HOUR_MS, instant } from '../../src/units/time.js';
import { germany, mlJobs, oracleRows, SLACKS, START, STEP_MS } from './germany.js';

const trace = germany();
const actual = stepsOf(trace);
const ARRIVALS = 17_568;

const within = (start: number, lengthMs: number) => ({ start: instant(start), end: instant(start + lengthMs) });
const savedPercent = (best: number, base: number): number => Number((100 * (1 - best / base)).toFixed(3));

test('Germany 2020 has 17,999 half-hours, those jobs arrive in of 313.390 gCO2eq/kWh on average', () => {
  const year = [...actual.values].filter((_, index) => actual.edges[index]! >= START);
  expect(year).toHaveLength(17_999);
  expect(year.slice(0, ARRIVALS).reduce((sum, value) => sum + value, 0) / ARRIVALS).toBeCloseTo(313.39, 3);
});

test.each(oracleRows())(
  'jobs of $jobHours h with $slackHours h of slack save $contiguousPercent % in one piece, $interruptiblePercent % in any half-hours',
  ({ jobHours, slackHours, arrivals, baselineMean, contiguousPercent, interruptiblePercent }) => {
    expect(arrivals).toBe(ARRIVALS);
    let [base, contiguous, interruptible] = [0, 0, 0];
    for (let arrival = 0; arrival < ARRIVALS; arrival += 1) {
      const release = START + arrival * STEP_MS;
      const room = within(release, (jobHours + slackHours) * HOUR_MS);
      base += intensityHours(actual, within(release, jobHours * HOUR_MS))!;
      contiguous += cleanestWindow(actual, room, jobHours * HOUR_MS)!.intensityHours;
      interruptible += cheapestSlots(actual, room, jobHours * HOUR_MS)!.intensityHours;
    }
    expect(base / ARRIVALS / jobHours).toBeCloseTo(baselineMean, 3);
    expect(savedPercent(contiguous, base)).toBe(contiguousPercent);
    expect(savedPercent(interruptible, base)).toBe(interruptiblePercent);
  },
);

const MODES = ['contiguous', 'interruptible'] as const;

test.each([
  ['next-workday', 'contiguous', 5.921],
  ['next-workday', 'interruptible', 8.04],
  ['semi-weekly', 'contiguous', 14.148],
  ['semi-weekly', 'interruptible', 18.481],
] as const)('the 3,387 machine-learning jobs, %s, %s, save %d %% on a perfect forecast', (slack, mode, percent) => {
  const { jobs, skipped } = replayJobs(mlJobs(slack), { actual, issues: undefined, mode });
  expect([jobs.length, skipped.length]).toEqual([3387, 0]);
  const sum = (of: 'base' | 'planned') => jobs.reduce((total, each) => total + each[of], 0);
  expect(savedPercent(sum('planned'), sum('base'))).toBe(percent);
});

test.each([
  [0, 30492.24, 23390.32, 23389.27],
  [100, 7218.69, 4113.35, 4107.07],
])('job %d, semi-weekly: %d half-hourly gCO2eq/kWh at once, %d in one piece, %d in any half-hours', (index, base, ...planned) => {
  const perStep = HOUR_MS / STEP_MS;
  MODES.forEach((mode, column) => {
    const { jobs } = replayJobs(mlJobs('semi-weekly'), { actual, issues: undefined, mode });
    expect(jobs[index]!.base * perStep).toBeCloseTo(base, 2);
    expect(jobs[index]!.planned * perStep).toBeCloseTo(planned[column]!, 2);
  });
});

test.each([
  ['next-workday', 'contiguous', 2.28, 2.93],
  ['next-workday', 'interruptible', 3.22, 4.01],
  ['semi-weekly', 'contiguous', 4.69, 7.08],
  ['semi-weekly', 'interruptible', 7.58, 9.48],
] as const)(
  'planned anew on each built-in forecast, %s, %s, the jobs save clearly more than the %d %% of 24-hour and %d %% of 7-day persistence',
  (slack, mode, daily, weekly) => {
    const list = mlJobs(slack);
    const { jobs, skipped } = replayJobs(list, { actual, issues: jobForecasts(trace, list, 'builtin').issues, mode });
    expect([jobs.length, skipped.length]).toEqual([3387, 0]);
    const sum = (of: 'base' | 'planned') => jobs.reduce((total, each) => total + each[of], 0);
    expect(savedPercent(sum('planned'), sum('base'))).toBeGreaterThan(Math.max(daily, weekly) + 1);
  },
);

test('both sets of slack hold the same jobs', () => {
  const [first, second] = SLACKS.map((slack) => mlJobs(slack).map(({ job, release, durationMs }) => [job, release, durationMs]));
  expect(first).toEqual(second);
});
