import { parseRun } from '../../src/experiment/spec.js';
import type { Reading } from '../../src/grid/reading.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import type { Rule } from '../../src/policy/policy.js';
import { combinedRules } from '../../src/policy/rules.js';
import type { StoredRun } from '../../src/record/run-log.js';
import { emptySummary } from '../../src/record/run-summary.js';
import { replayGridClock } from '../../src/units/clock.js';
import { carbonIntensity, grams, watts } from '../../src/units/quantities.js';
import { DAY_MS, HOUR_MS, instant, later, parseInstant } from '../../src/units/time.js';
import { decideOnSpending } from '../../src/workflows/decide-on-spending.js';
import { budgetsOnPlan } from '../../src/workflows/plan-within-budgets.js';
import type { Ports } from '../../src/workflows/ports.js';

/** Two hours before the end of a day. */
const NOW = parseInstant('2022-06-06T22:00:00Z');

const forecast = {
  method: 'constructed',
  zone: 'X',
  kind: 'average',
  factorType: 'lifecycle',
  issuedAt: NOW,
  readings: Array.from({ length: 24 }, (_none, hour): Reading => ({
    zone: 'X',
    interval: { start: later(NOW, hour * HOUR_MS), end: later(NOW, (hour + 1) * HOUR_MS) },
    intensity: carbonIntensity(100),
    kind: 'average',
    factorType: 'lifecycle',
    source: 'constructed',
    provenance: 'forecast',
    issuedAt: NOW,
  })),
} as const;

/** What the project spent on the day of `NOW`, gCO2eq; nothing on the next. */
const portsWith = ({ spent, reserved = 0 }: { spent: number; reserved?: number }) =>
  ({
    pue: 1,
    gridClock: replayGridClock({ now: () => NOW }, { realAt: NOW, gridAt: NOW, speed: 1 }),
    grid: { forecast: () => Promise.resolve(forecast) },
    budgets: {
      spending: (_project: string, _budget: unknown, at: number) =>
        Promise.resolve({ spent: grams(at < NOW + 2 * HOUR_MS ? spent : 0), reservedByOthers: grams(reserved) }),
    },
  }) as unknown as Ports;

/** 100 W at 100 gCO2eq/kWh: 10 gCO2eq an hour. */
const estimateOf = (hours: number) => ({
  durationMs: hours * HOUR_MS,
  power: watts(100),
  overheadMs: 0,
  basis: 'probe' as const,
  spread: { durationMs: [hours * HOUR_MS, hours * HOUR_MS] as const, power: [100, 100] as const },
});

const runOf = (hours: number, warnings: readonly string[] = []): StoredRun => {
  const training = { model: { name: 'mlp' }, dataset: { name: 'mnist' }, batchSize: 64, epochs: 1 };
  const parsed = parseRun({ name: 'p', zone: 'X', training });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const summary = { ...emptySummary, estimate: estimateOf(hours), warnings };
  return { id: 'r', project: 'vision', zone: 'X', spec: parsed.value, summary } as unknown as StoredRun;
};

const dayBudget = (gco2eq: number, over: object = {}): readonly Rule[] => {
  const parsed = parsePolicy({ name: 'test', project: 'vision', budgets: [{ gco2eq, period: 'day' }], ...over });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return combinedRules([{ policy: parsed.value, version: 1 }]);
};

const decide = (ports: Ports, run: StoredRun, rules: readonly Rule[]) => decideOnSpending(ports, run, rules, NOW, 0);

test('a run is warned when what its project booked and others hold back leaves too little of a budget for the rest of it', async () => {
  const { warnings, halt } = await decide(portsWith({ spent: 8, reserved: 3 }), runOf(1), dayBudget(20));
  expect(halt).toBeUndefined();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]!.message).toContain('is expected to pass the budget of 20 gCO2eq a day for the project');
  expect(warnings[0]!.message).toContain('8.00 gCO2eq are booked by the project in the period from 2022-06-06T00:00:00.000Z');
  expect(warnings[0]!.message).toContain('3.00 gCO2eq reserved by other runs and 10.00 gCO2eq expected');
  expect((await decide(portsWith({ spent: 8 }), runOf(1), dayBudget(20))).warnings).toEqual([]);
});

test('what a run emits after the end of a period is not expected of it, but of the next one', async () => {
  expect((await decide(portsWith({ spent: 5 }), runOf(4), dayBudget(26))).warnings).toEqual([]); // 25 today, 20 tomorrow
  const { warnings } = await decide(portsWith({ spent: 0 }), runOf(6), dayBudget(30)); // 20 today, 40 tomorrow
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('in the period from 2022-06-07T00:00:00.000Z')]);
});

test('a run is warned of a budget once, also when it is to pass it in several periods', async () => {
  const { warnings } = await decide(portsWith({ spent: 5 }), runOf(6), dayBudget(20));
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('2022-06-06')]);
  const again = runOf(
    6,
    warnings.map(({ message }) => message),
  );
  expect((await decide(portsWith({ spent: 9 }), again, dayBudget(20))).warnings).toEqual([]);
});

test('a run is halted on what is expected of a project budget only where the policy says so, and never by a dry-run one', async () => {
  const ports = portsWith({ spent: 15 });
  const { halt, warnings } = await decide(ports, runOf(1), dayBudget(20, { onProjection: 'halt' }));
  expect(warnings).toEqual([]);
  expect(halt).toMatchObject({ decision: 'halt', rules: [expect.stringContaining('20 gCO2eq a day')] });
  expect(halt!.reason).toContain('its policy says halt');
  expect(await decide(ports, runOf(1), dayBudget(20, { onProjection: 'halt', dryRun: true }))).toEqual({ warnings: [], halt: undefined });
});

test('a plan is judged by what its project spent already in the period it trains in', async () => {
  const judged = (spent: number, startsAfterHours: number, rules: readonly Rule[]) => {
    const start = later(NOW, startsAfterHours * HOUR_MS);
    const interval = { start, end: later(start, HOUR_MS) };
    const estimate = estimateOf(1);
    const request = { zone: 'X', estimate, gridSpeed: 1, pue: 1, release: NOW, deadline: instant(NOW + DAY_MS) };
    const plan = { segments: [{ zone: 'X', interval }], expected: grams(10) };
    const spender = { project: 'vision', runId: undefined, ownBudget: undefined, spent: grams(0) };
    return budgetsOnPlan(portsWith({ spent }), spender, rules, { plan, request, forecastOf: () => forecast } as never);
  };
  const strict = dayBudget(20, { onProjection: 'halt' });
  expect(await judged(15, 0, strict)).toMatchObject({
    ok: false,
    refusal: { kind: 'budget-exceeded', expected: 25, message: expect.stringContaining('a budget of 25.000 gCO2eq') },
  });
  expect(await judged(15, 3, strict)).toEqual({ ok: true, warnings: [], wouldHaveRefused: [] });
  expect(await judged(15, 0, dayBudget(20))).toMatchObject({ ok: true, warnings: [expect.stringContaining('will be halted')] });
  expect(await judged(15, 0, dayBudget(20, { dryRun: true }))).toMatchObject({
    warnings: [],
    wouldHaveRefused: [expect.stringContaining('dry-run')],
  });
});
