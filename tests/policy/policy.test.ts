import fc from 'fast-check';
import { ruleInWords } from '../../src/policy/in-words.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import { permittedTime } from '../../src/policy/permitted-time.js';
import { WEEKDAYS, type PolicyVersion } from '../../src/policy/policy.js';
import { quietSpans } from '../../src/policy/quiet-hours.js';
import { earliestFit, policyRefusal } from '../../src/policy/refusal.js';
import { combinedRules, enforced } from '../../src/policy/rules.js';
import { violationsIn } from '../../src/policy/violations.js';
import { readingAt } from '../../src/grid/reading.js';
import { instantOfLocal, localTimeOf } from '../../src/units/local-time.js';
import { HOUR_MS, instant, iso, MINUTE_MS, parseInstant } from '../../src/units/time.js';
import { hourly, hoursLater, MONDAY, policyOf, SITE } from './series.js';

const clock = fc
  .integer({ min: 0, max: 23 * 60 + 59 })
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
const anyPolicy = fc
  .record(
    {
      ceilingGco2eqPerKwh: fc.integer({ min: 1, max: 10 }),
      quietHours: fc.array(
        fc.record({ days: fc.subarray([...WEEKDAYS], { minLength: 1 }), from: clock, to: clock }).filter(({ from, to }) => from !== to),
        { maxLength: 2 },
      ),
      allowedZones: fc.subarray(['US-CAL-CISO', 'US-NW-BPAT', 'FR'], { minLength: 1 }),
      requiredProvenance: fc.subarray(['measured', 'recorded', 'synthetic'], { minLength: 1 }),
      requiredKind: fc.constantFrom('average', 'marginal'),
      maximumDelay: fc.constantFrom('PT1H', 'PT8H'),
      project: fc.constant('vision'),
      dryRun: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .filter((policy) => parsePolicy({ name: 'any', ...policy }).ok)
  .map((policy): PolicyVersion => policyOf(policy));
const anySeries = fc
  .array(fc.option(fc.integer({ min: 1, max: 12 }), { nil: null, freq: 6 }), { minLength: 1, maxLength: 60 })
  .map((values) => hourly(values));

test('every problem of a policy is reported at once, with its path, the value given and what is allowed', () => {
  const parsed = parsePolicy({
    name: 'Bad Name',
    ceilingGco2eqPerKwh: -5,
    quietHours: [
      { from: '25:00', to: '06:00' },
      { from: '06:00', to: '06:00' },
    ],
    allowedZones: [],
    maximumDelay: '3 hours',
    budgets: [
      { gco2eq: -1, period: 'year' },
      { gco2eq: 1, period: 'day', timeZone: 'Mars/Olympus' },
    ],
    ceiling: 3,
  });
  expect(parsed.ok).toBe(false);
  const paths = parsed.ok ? [] : parsed.problems.map(({ path }) => path);
  for (const path of [
    'name',
    'ceilingGco2eqPerKwh',
    'quietHours[0].from',
    'allowedZones',
    'maximumDelay',
    'budgets[0].gco2eq',
    'budgets[0].period',
    'budgets[1].timeZone',
    'ceiling',
  ])
    expect(paths).toContain(path);
  const budget = parsed.ok ? undefined : parsed.problems.find(({ path }) => path === 'budgets[0].gco2eq');
  expect(budget).toEqual({ path: 'budgets[0].gco2eq', given: '-1', allowed: 'a number of gCO2eq above 0' });
});

test('quiet hours that leave none of the week are refused', () => {
  const parsed = parsePolicy({
    name: 'never',
    quietHours: [
      { from: '00:00', to: '12:00' },
      { from: '12:00', to: '24:00' },
    ],
  });
  expect(parsed).toMatchObject({
    ok: false,
    problems: [{ path: 'quietHours', allowed: 'hours that leave some of the week; these forbid all of it' }],
  });
});

test('quiet hours are local time, cross midnight, and are as long as the night of a change of clocks is', () => {
  const hours = policyOf({ quietHours: [{ days: ['sat'], from: '22:00', to: '06:00' }] }).policy.quietHours[0]!;
  const week = { start: parseInstant('2022-11-02T00:00:00Z'), end: parseInstant('2022-11-09T00:00:00Z') };
  const spans = quietSpans(hours, SITE.timeZone, week);
  expect(spans.map(({ start, end }) => [iso(start), iso(end)])).toEqual([['2022-11-06T05:00:00.000Z', '2022-11-06T14:00:00.000Z']]); // 9 h: the clocks went back.
});

test('a local time that is passed twice means the first pass, one that is skipped the time after the skip', () => {
  expect(iso(instantOfLocal('2022-11-06', 90, SITE.timeZone))).toBe('2022-11-06T08:30:00.000Z');
  expect(iso(instantOfLocal('2022-03-13', 150, SITE.timeZone))).toBe('2022-03-13T10:30:00.000Z');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 365 * 24 * 60 }), (minutes) => {
      const at = instant(Date.parse('2022-01-01T00:00:00Z') + minutes * MINUTE_MS);
      const { date, minute } = localTimeOf(at, SITE.timeZone);
      const back = instantOfLocal(date, minute, SITE.timeZone);
      expect([0, HOUR_MS]).toContain(at - back);
    }),
  );
});

test('permitted time is exactly the time in which no rule is broken, minute by minute', () => {
  fc.assert(
    fc.property(fc.array(anyPolicy, { maxLength: 3 }), anySeries, (policies, series) => {
      const rules = enforced(combinedRules(policies));
      const span = { start: hoursLater(-1), end: hoursLater(series.readings.length + 1) };
      const { permitted, forbidden } = permittedTime(rules, SITE, series, span);
      const parts = [...permitted, ...forbidden.map(({ interval }) => interval)].sort((a, b) => a.start - b.start);
      expect(parts[0]?.start).toBe(span.start);
      expect(parts.at(-1)?.end).toBe(span.end);
      parts.slice(1).forEach((part, index) => expect(part.start).toBe(parts[index]!.end));
      for (let at = span.start; at < span.end; at = instant(at + 13 * MINUTE_MS)) {
        const allowed = violationsIn(rules, { ...SITE, at, reading: readingAt(series, at), ahead: true }).length === 0;
        expect(permitted.some(({ start, end }) => start <= at && at < end)).toBe(allowed);
      }
    }),
    { numRuns: 60 },
  );
});

test('policies together forbid what any of them forbids by itself, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(anyPolicy, { maxLength: 3 }),
      fc.nat({ max: 168 }),
      fc.integer({ min: 1, max: 12 }),
      (policies, hour, intensity) => {
        const at = hoursLater(hour);
        const situation = { ...SITE, at, reading: readingAt(hourly([intensity], at, 'recorded'), at) };
        const together = enforced(combinedRules(policies));
        const alone = policies.some((policy) => violationsIn(enforced(combinedRules([policy])), situation).length > 0);
        expect(violationsIn(together, situation).length > 0).toBe(alone);
      },
    ),
  );
});

test('of two ceilings the lower one holds and says which policy it is from; a dry-run one replaces none', () => {
  const organisation = policyOf({ ceilingGco2eqPerKwh: 300 });
  const project = policyOf({ ceilingGco2eqPerKwh: 200, project: 'vision' }, 4);
  expect(combinedRules([organisation, project]).map(ruleInWords)).toEqual([
    'ceiling of 200 gCO2eq/kWh (policy test, version 4, of project vision)',
  ]);
  const trial = policyOf({ ceilingGco2eqPerKwh: 100, project: 'vision', dryRun: true });
  expect(enforced(combinedRules([organisation, trial]))).toHaveLength(1);
  expect(combinedRules([organisation, trial])).toHaveLength(2);
});

test('an unknown intensity keeps no ceiling and no required provenance', () => {
  const rules = combinedRules([policyOf({ ceilingGco2eqPerKwh: 300, requiredProvenance: ['measured'] })]);
  expect(violationsIn(rules, { ...SITE, at: MONDAY, reading: undefined }).map(({ kind }) => kind)).toEqual([
    'ceiling',
    'required-provenance',
  ]);
});

const need = (hours: number, contiguous = true) => ({ neededMs: hours * HOUR_MS, contiguous, minimumSegmentMs: HOUR_MS, restartMs: 0 });
const room = (hours: number) => ({ start: MONDAY, end: hoursLater(hours) });

test('a refusal names the rule and the nearest thing allowed: more time', () => {
  const rules = combinedRules([policyOf({ ceilingGco2eqPerKwh: 250 })]);
  const forecast = hourly([300, 310, 305, 290, 270, 240, 230, 220]);
  const refusal = policyRefusal(rules, SITE, forecast, room(5), need(2), ['US-CAL-CISO']);
  expect(refusal?.message).toBe(
    'the rules forbid every window of 2.00 h from 2022-06-07 00:00 UTC to 2022-06-07 05:00 UTC in US-CAL-CISO: ceiling of 250 gCO2eq/kWh (policy test, version 1, of the organisation); nearest thing allowed: with 2.00 h more slack, 2022-06-07 05:00 UTC to 2022-06-07 07:00 UTC',
  );
});

test('a refusal names the nearest thing allowed: a higher ceiling, or another zone', () => {
  const forecast = hourly([300, 310, 281.2, 280, 290, 290]);
  const low = combinedRules([policyOf({ ceilingGco2eqPerKwh: 250 })]);
  expect(policyRefusal(low, SITE, forecast, room(6), need(2), [])?.nearest).toEqual({ kind: 'higher-ceiling', ceiling: 282 });
  const elsewhere = combinedRules([
    policyOf({ allowedZones: ['FR', 'US-NW-BPAT'] }),
    policyOf({ allowedZones: ['FR'], project: 'vision' }),
  ]);
  expect(policyRefusal(elsewhere, SITE, forecast, room(6), need(2), ['US-CAL-CISO', 'FR', 'US-NW-BPAT'])?.nearest).toEqual({
    kind: 'zones',
    zones: ['FR'],
  });
});

test('a run that fits is not refused, and what a refusal offers would really fit', () => {
  fc.assert(
    fc.property(
      fc.array(anyPolicy, { minLength: 1, maxLength: 2 }),
      anySeries,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      (policies, series, hours, slack, contiguous) => {
        const rules = enforced(combinedRules(policies));
        const span = room(hours + slack);
        const wanted = need(hours, contiguous);
        const refusal = policyRefusal(rules, SITE, series, span, wanted, [SITE.zone]);
        const fits = (end: number) =>
          earliestFit(permittedTime(rules, SITE, series, { start: MONDAY, end: instant(end) }).permitted, wanted) !== undefined;
        expect(refusal === undefined).toBe(fits(span.end));
        if (refusal === undefined) return;
        expect(refusal.rules.length).toBeGreaterThan(0);
        if (refusal.nearest?.kind === 'more-slack') expect(fits(span.end + refusal.nearest.extraMs)).toBe(true);
      },
    ),
  );
});
