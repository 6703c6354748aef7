import fc from 'fast-check';
import { byPeriod, judgeReservation, leftOf, periodOf } from '../../src/policy/budget.js';
import { judgeCompliance, type BookedSpan } from '../../src/policy/compliance.js';
import { combinedRules } from '../../src/policy/rules.js';
import { grams } from '../../src/units/quantities.js';
import { HOUR_MS, instant, iso, parseInstant } from '../../src/units/time.js';
import { hourly, hoursLater, MONDAY, policyOf, SITE } from './series.js';

test('periods begin at midnight, weeks on Monday, months on the 1st, in the time the budget names', () => {
  const at = parseInstant('2022-11-06T23:30:00Z');
  const of = (period: 'day' | 'week' | 'month', timeZone: string) =>
    Object.values(periodOf({ period, timeZone }, at)).map((edge) => iso(edge));
  expect(of('day', 'UTC')).toEqual(['2022-11-06T00:00:00.000Z', '2022-11-07T00:00:00.000Z']);
  expect(of('day', 'America/Los_Angeles')).toEqual(['2022-11-06T07:00:00.000Z', '2022-11-07T08:00:00.000Z']); // 25 h
  expect(of('week', 'UTC')).toEqual(['2022-10-31T00:00:00.000Z', '2022-11-07T00:00:00.000Z']);
  expect(of('month', 'UTC')).toEqual(['2022-11-01T00:00:00.000Z', '2022-12-01T00:00:00.000Z']);
});

test('periods of a budget follow each other without gap or overlap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('day', 'week', 'month'),
      fc.constantFrom('UTC', 'America/Los_Angeles', 'Australia/Lord_Howe'),
      fc.integer({ min: 0, max: 3e12 }),
      (period, timeZone, at) => {
        const now = periodOf({ period, timeZone }, instant(at));
        expect(now.start <= at && at < now.end).toBe(true);
        expect(periodOf({ period, timeZone }, now.end).start).toBe(now.end);
        expect(periodOf({ period, timeZone }, instant(now.end - 1))).toEqual(now);
      },
    ),
  );
});

test('a span falls apart into its periods without gap or overlap', () => {
  const length = fc.integer({ min: 0, max: 100 * 24 * 3_600_000 });
  fc.assert(
    fc.property(fc.constantFrom('day', 'week', 'month'), fc.integer({ min: 0, max: 3e12 }), length, (period, at, ms) => {
      const budget = { period, timeZone: 'America/Los_Angeles' } as const;
      const parts = byPeriod(budget, { start: instant(at), end: instant(at + ms) });
      expect(parts.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(ms);
      for (const [index, { start, end }] of parts.entries()) {
        expect(start).toBe(index === 0 ? at : parts[index - 1]!.end);
        expect(end <= periodOf(budget, start).end).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

test('runs that book in any order, each within what it reserved, never pass the budget together', () => {
  const step = fc.record({
    run: fc.nat({ max: 3 }),
    wanted: fc.double({ min: 0, max: 5, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 40, noNaN: true }), fc.array(step, { maxLength: 80 }), (most, steps) => {
      const reserved = [0, 0, 0, 0];
      let spent = 0;
      for (const { run, wanted, share } of steps) {
        const booked = reserved[run]! * share;
        spent += booked;
        const held = leftOf(grams(reserved[run]!), grams(booked));
        const others = reserved.reduce((sum, amount, index) => (index === run ? sum : sum + amount), 0);
        const state = { budget: 'test', most: grams(most), spent: grams(spent), reservedByOthers: grams(others) };
        const verdict = judgeReservation([state], grams(wanted), held);
        reserved[run] = verdict.reserved;
        if (verdict.kind === 'exhausted') expect(verdict.reserved).toBeLessThanOrEqual(held);
        expect(spent + reserved.reduce((sum, amount) => sum + amount, 0)).toBeLessThanOrEqual(most * (1 + 1e-12));
      }
    }),
  );
});

test('a compliance report tells what was trained against which rule, on which reading, and joins what touches', () => {
  const rules = combinedRules([
    policyOf({ ceilingGco2eqPerKwh: 250 }),
    policyOf({ ceilingGco2eqPerKwh: 100, dryRun: true, project: 'vision' }),
  ]);
  const spans = hourly([200, 260, 280, 90], MONDAY, 'recorded').readings.map((reading): BookedSpan => ({
    grid: reading.interval,
    zone: SITE.zone,
    energy: 1e6,
    emissions: reading.intensity,
    reading,
  }));
  const { energy, energyWithinRules, findings } = judgeCompliance(
    spans,
    { submitted: MONDAY, done: hoursLater(4) },
    () => rules,
    () => SITE.timeZone,
  );
  expect([energy, energyWithinRules]).toEqual([4e6, 2e6]);
  expect(
    findings.map(({ rule, energy: against, emissions, reading }) => [rule.origin.dryRun, against, emissions, reading?.intensity]),
  ).toEqual([
    [true, 3e6, 740, 280],
    [false, 2e6, 540, 280],
  ]);
});

const spansAt = (hours: readonly number[]): readonly BookedSpan[] =>
  hours.map((hour) => {
    const [reading] = hourly([200], hoursLater(hour), 'recorded').readings;
    return { grid: reading!.interval, zone: SITE.zone, energy: 1e6, emissions: 200, reading };
  });

test('a run that ended later than its rules allow is found late by what it did after that, and by how much', () => {
  const judged = (maximumDelay: string, hours: readonly number[], doneAfter: number | undefined) =>
    judgeCompliance(
      spansAt(hours),
      { submitted: MONDAY, done: doneAfter === undefined ? undefined : hoursLater(doneAfter) },
      () => combinedRules([policyOf({ maximumDelay })]),
      () => SITE.timeZone,
    );
  // Two hours of work: started at once it would have ended after two, it ended after six.
  const late = judged('PT3H', [0, 5], 6);
  expect(late.findings).toMatchObject([{ rule: { kind: 'maximum-delay' }, energy: 1e6, emissions: 200, delayMs: 4 * HOUR_MS }]);
  expect(late.findings[0]!.interval).toEqual({ start: hoursLater(5), end: hoursLater(6) });
  expect(late.energyWithinRules).toBe(1e6);
  expect(judged('PT4H', [0, 5], 6).findings).toEqual([]);
  expect(judged('PT3H', [0, 5], undefined).findings).toEqual([]);
  expect(judged('PT3H', [0, 1], 6).findings).toMatchObject([{ delayMs: 4 * HOUR_MS, emissions: 200 }]); // Its end came after its last line.
});

test('what a run booked from the line on that passes its budget is against it, and says what was spent in all', () => {
  const rules = combinedRules([policyOf({ runBudgetGco2eq: 500 })]);
  const { findings, energyWithinRules } = judgeCompliance(
    spansAt([0, 1, 2, 3]),
    { submitted: MONDAY, done: hoursLater(4) },
    () => rules,
    () => SITE.timeZone,
  );
  expect(findings).toMatchObject([{ rule: { kind: 'run-budget' }, spent: 800, emissions: 400, energy: 2e6 }]);
  expect(energyWithinRules).toBe(2e6);
});
