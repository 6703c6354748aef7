import { backtest, BacktestRefused } from '../../src/plan/backtest.js';
import { JobsError, parseJobs } from '../../src/plan/jobs-csv.js';
import type { IntensitySeries } from '../../src/grid/reading.js';
import { seededRandom } from '../../src/units/random.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS } from '../../src/units/time.js';
import { hourly, hoursLater, policyOf, SITE } from '../policy/series.js';

const HOURS = 60 * 24;
const random = seededRandom(7);
const RECORD = hourly(
  Array.from({ length: HOURS }, (_, hour) => 250 + 120 * Math.sin((2 * Math.PI * hour) / 24) + 40 * random.next()),
  undefined,
  'recorded',
);
/** One job a day of 4 hours with 20 hours of slack, from the 30th day on. */
const JOBS = Array.from({ length: 20 }, (_, day) => ({
  job: `job-${day}`,
  release: hoursLater(24 * (30 + day)),
  durationMs: 4 * HOUR_MS,
  deadline: hoursLater(24 * (30 + day) + 24),
  powerWatts: 500,
}));
const replay = (policy: object, series: IntensitySeries = RECORD, jobs = JOBS) =>
  backtest({
    policy: policyOf(policy).policy,
    jobs,
    series,
    timeZone: SITE.timeZone,
    mode: 'interruptible',
    minimumSegmentMs: 0,
    startMs: 0,
  });

test('a year under no rules saves what it saves without a policy, and no forecast saves more than perfect foresight', () => {
  const { withPolicy, withoutPolicy } = replay({});
  expect(withPolicy).toEqual(withoutPolicy);
  const { forecast, perfect, shareOfOraclePercent } = withoutPolicy;
  expect(forecast).toMatchObject({ finished: 20, missedDeadlines: 0 });
  expect(perfect.planned).toBeLessThanOrEqual(forecast.planned * (1 + 1e-9));
  expect(shareOfOraclePercent).toBeGreaterThan(50);
  expect(shareOfOraclePercent).toBeLessThanOrEqual(100 + 1e-9);
});

test('nothing that comes later than a decision changes it', () => {
  const cut = hoursLater(24 * 50);
  const corrupted = {
    ...RECORD,
    readings: RECORD.readings.map((reading) => (reading.interval.start < cut ? reading : { ...reading, intensity: carbonIntensity(1) })),
  };
  const early = JOBS.filter(({ deadline }) => deadline <= cut);
  expect(replay({ ceilingGco2eqPerKwh: 300 }, corrupted, early).withPolicy.forecast).toEqual(
    replay({ ceilingGco2eqPerKwh: 300 }, RECORD, early).withPolicy.forecast,
  );
});

test('a ceiling that is never reached misses every deadline, and one that is costs delay', () => {
  expect(replay({ ceilingGco2eqPerKwh: 1 }).withPolicy.forecast).toMatchObject({
    finished: 0,
    missedDeadlines: 20,
    savingPercent: undefined,
  });
  expect(replay({ ceilingGco2eqPerKwh: 200 }).withPolicy.perfect.hoursAboveCeiling).toBe(0);
});

test('a maximum delay of nothing starts every job at once', () => {
  const { forecast } = replay({ maximumDelay: 'PT0S' }).withPolicy;
  expect(forecast.savingPercent).toBeCloseTo(0, 9);
  expect(forecast.delayHours).toEqual({ mean: 0, p95: 0, most: 0 });
});

test('no job trains in quiet hours', () => {
  const { forecast } = replay({ quietHours: [{ from: '00:00', to: '23:00' }] }).withPolicy;
  expect(forecast).toMatchObject({ finished: 0, missedDeadlines: 20 }); // One hour a day is not four.
});

test('budgets name the periods in which they would have been passed', () => {
  const { periodsOverBudget, jobsOverRunBudget } = replay({
    runBudgetGco2eq: 1,
    budgets: [
      { gco2eq: 1, period: 'day' },
      { gco2eq: 1e9, period: 'month' },
    ],
  }).withPolicy.forecast;
  expect(jobsOverRunBudget).toBe(20);
  expect(periodsOverBudget.length).toBeGreaterThanOrEqual(20);
  expect(new Set(periodsOverBudget.map(({ period }) => period))).toEqual(new Set(['day']));
});

test('a policy that excludes the zone or its readings is one refusal that says what would do', () => {
  expect(() => replay({ allowedZones: ['FR'] })).toThrow(
    new BacktestRefused('policy test allows FR only; replay one of these, not US-CAL-CISO'),
  );
  expect(() => replay({ requiredProvenance: ['measured'] })).toThrow(BacktestRefused);
});

test('a list of jobs may state power; without a column or a value it is unknown, and nonsense is refused', () => {
  const read = (power: string) =>
    parseJobs(`job,release,duration,deadline,power_watts\na,2022-01-01T00:00:00Z,PT4H,2022-01-01T08:00:00Z,${power}\n`, {
      file: 'jobs.csv',
    });
  expect(read('250')[0]).toMatchObject({ job: 'a', durationMs: 4 * HOUR_MS, powerWatts: 250 });
  expect(read('')[0]?.powerWatts).toBeUndefined();
  expect(() => read('-1')).toThrow(new JobsError('jobs.csv:2: power_watts: got "-1", allowed is a number of watts above zero, or nothing'));
});
