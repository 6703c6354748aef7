import fc from 'fast-check';
import { JobsError, parseJobs } from '../../src/plan/jobs-csv.js';
import { HOUR_MS, iso, instant, MINUTE_MS, parseInstant, parseInstantOrUtc } from '../../src/units/time.js';

const HEADER = 'job,release,duration,deadline';
const problems = (text: string, options: { timeZone?: 'UTC'; startMs?: number } = {}): string => {
  try {
    parseJobs(text, { file: 'jobs.csv', ...options });
  } catch (failure) {
    if (failure instanceof JobsError) return failure.message;
    throw failure;
  }
  throw new Error('nothing was refused');
};

test('every job that is written is read as it was', () => {
  const job = fc.record({
    job: fc.string({ minLength: 1 }).map((text) => text.trim() || 'x'),
    release: fc.integer({ min: 0, max: 4e9 }).map((minutes) => instant((minutes % 3e7) * MINUTE_MS)),
    minutes: fc.integer({ min: 1, max: 9999 }),
    slack: fc.integer({ min: 0, max: 9999 }),
  });
  fc.assert(
    fc.property(fc.array(job, { minLength: 1, maxLength: 20 }), (jobs) => {
      const expected = jobs.map(({ job: name, release, minutes, slack }) => ({
        job: name,
        release,
        durationMs: minutes * MINUTE_MS,
        deadline: instant(release + (minutes + slack) * MINUTE_MS),
      }));
      const rows = expected.map(
        ({ job: name, release, durationMs, deadline }) =>
          `"${name.replaceAll('"', '""')}",${iso(release)},PT${durationMs / MINUTE_MS}M,${iso(deadline)}`,
      );
      expect(parseJobs([HEADER, ...rows].join('\n'), { file: 'jobs.csv' })).toEqual(expected);
    }),
  );
});

test('columns may come in any order, with others between them, and times without an offset are in UTC when that is said', () => {
  const [job] = parseJobs('team,Deadline,duration,release,job\nx,2022-06-02 06:00,P1DT30M,2022-06-01T02:00+02:00,a\n', {
    file: 'jobs.csv',
    timeZone: 'UTC',
  });
  expect(job).toEqual({
    job: 'a',
    release: parseInstant('2022-06-01T00:00:00Z'),
    durationMs: 24.5 * HOUR_MS,
    deadline: parseInstant('2022-06-02T06:00:00Z'),
  });
});

test('every bad row is named with its line, column, what was given and what is allowed', () => {
  const text = [
    HEADER,
    'a,2022-06-01T00:00:00Z,PT1H,2022-06-01T02:00:00Z',
    'b,2022-06-01T00:00:00,PT1H,2022-06-01T02:00:00Z',
    ',2022-06-01T00:00:00Z,1h,2022-06-01T02:00:00Z',
    'd,2022-06-01T00:00:00Z,PT0S,yesterday',
    'e,2022-06-01T00:00:00Z,PT3H,2022-06-01T02:00:00Z',
  ].join('\n');
  expect(problems(text).split('\n')).toEqual([
    'jobs.csv:3: release: got "2022-06-01T00:00:00", allowed is a time with its offset, like 2022-06-01T17:00:00Z (or state --tz UTC for times without one)',
    'jobs.csv:4: job: got "", allowed is a name',
    'jobs.csv:4: duration: got "1h", allowed is an ISO-8601 duration above zero, in days and smaller, like PT2H30M',
    'jobs.csv:5: duration: got "PT0S", allowed is an ISO-8601 duration above zero, in days and smaller, like PT2H30M',
    'jobs.csv:5: deadline: got "yesterday", allowed is a time with its offset, like 2022-06-01T17:00:00Z (or state --tz UTC for times without one)',
    'jobs.csv:6: deadline: got "2022-06-01T02:00:00Z", allowed is 2022-06-01T03:00:00.000Z or later: release + duration, 1.00 h more slack',
  ]);
  expect(problems(`${HEADER}\na,2022-06-01T00:00:00Z,PT1H,2022-06-01T01:00:00Z`, { startMs: 15 * MINUTE_MS })).toContain(
    'allowed is 2022-06-01T01:15:00.000Z or later: release + duration + one start, 0.25 h more slack',
  );
});

test('of a list that is all wrong the first rows are named, and how many more there are', () => {
  const lines = problems([HEADER, ...Array.from({ length: 30 }, () => 'a,x,PT1H,2022-06-01T02:00:00Z')].join('\n')).split('\n');
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('and 10 more');
});

test.each([
  ['', 'no jobs'],
  ['time,value\n', 'the header names time,value; missing job, release, duration, deadline'],
  ['job,release,deadline\n', 'missing duration of job,release,duration,deadline'],
  [`${HEADER}\n`, 'no jobs'],
  [`${HEADER}\na,b\n`, 'jobs.csv: '],
])('the list %j is refused', (text, message) => {
  expect(problems(text)).toContain(message);
});

test('a day that is on no calendar is no time', () => {
  for (const text of ['2022-02-30T00:00:00Z', '2022-06-31T00:00:00+02:00', '2022-13-01T00:00:00Z']) {
    expect(() => parseInstant(text)).toThrow(RangeError);
    expect(() => parseInstantOrUtc(text)).toThrow(RangeError);
  }
  expect(parseInstantOrUtc('2024-02-29 12:00')).toBe(Date.UTC(2024, 1, 29, 12));
});
