import fc from 'fast-check';
import { contiguousSpan, laidContiguously, laidInPlace, type Counterfactual } from '../../src/emissions/counterfactual.js';
import { changesOnSteps, ledgerStretches } from '../../src/emissions/ledger-stretches.js';
import { judgeCompliance, judgedApart, type BookedSpan, type Compliance } from '../../src/policy/compliance.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import type { Rule } from '../../src/policy/policy.js';
import { combinedRules } from '../../src/policy/rules.js';
import { instant, MINUTE_MS } from '../../src/units/time.js';
import { anyLedger, linesOf, seriesOf, SUBMITTED } from './awkward-ledger.js';

const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((so, value) => so + (value ?? 0), 0);

const expectSame = (of: Counterfactual, by: Counterfactual): void => {
  if (of.kind === 'unknown' || by.kind === 'unknown') {
    expect(of.kind).toBe(by.kind);
    return;
  }
  expect(Math.abs(of.emissions - by.emissions)).toBeLessThanOrEqual(1e-9 * by.emissions);
};

test('stretches hold what their lines hold, in order, and none reaches over a step unless one line does', () => {
  fc.assert(
    fc.property(anyLedger(), (ledger) => {
      const lines = linesOf(ledger);
      const entries = lines.map(({ entry }) => entry);
      const stretches = ledgerStretches(lines, SUBMITTED);
      expect(sum(stretches.map(({ energy }) => energy))).toBe(sum(entries.map(({ energy }) => energy)));
      expect(sum(stretches.map((stretch) => stretch.lines))).toBe(lines.length);
      expect(sum(stretches.map(({ emissions }) => emissions))).toBeCloseTo(sum(entries.map(({ emissions }) => emissions)), 9);
      let next = 0;
      for (const stretch of stretches) {
        const own = entries.slice(next, (next += stretch.lines));
        expect([stretch.grid.start, stretch.grid.end]).toEqual([own[0]!.grid.start, own.at(-1)!.grid.end]);
        expect([stretch.real.start, stretch.real.end]).toEqual([own[0]!.real.start, own.at(-1)!.real.end]);
        expect(own.every(({ zone, purpose, pue }) => zone === stretch.zone && purpose === stretch.purpose && pue === stretch.pue)).toBe(
          true,
        );
        expect(own.every(({ reading }) => JSON.stringify(reading) === JSON.stringify(stretch.reading))).toBe(true);
        if (own.length > 1)
          expect(Math.ceil(stretch.grid.end / (5 * MINUTE_MS)) - Math.floor(stretch.grid.start / (5 * MINUTE_MS))).toBe(1);
      }
    }),
  );
});

test('the counterfactual of stretches is that of their lines: laid at submission at home and away, and in place', () => {
  fc.assert(
    fc.property(anyLedger(true), (ledger) => {
      const lines = linesOf(ledger);
      const entries = lines.map(({ entry }) => entry);
      const stretches = ledgerStretches(lines, SUBMITTED);
      const { home, away } = ledger;
      const there = ({ zone }: { readonly zone: string }) => (zone === 'B' ? away : home);
      expect(changesOnSteps(home)).toBe(true);
      expect(contiguousSpan(stretches, SUBMITTED).end).toBeCloseTo(contiguousSpan(entries, SUBMITTED).end, 0);
      expectSame(
        laidContiguously(stretches, SUBMITTED, () => home),
        laidContiguously(entries, SUBMITTED, () => home),
      );
      expectSame(laidContiguously(stretches, SUBMITTED, there), laidContiguously(entries, SUBMITTED, there));
      expectSame(
        laidInPlace(stretches, () => home),
        laidInPlace(entries, () => home),
      );
    }),
  );
});

test('a series that changes between the steps is told from one on which stretches may stand for lines', () => {
  expect(changesOnSteps(seriesOf('A', [1, undefined, 3], 5 * MINUTE_MS))).toBe(true);
  expect(changesOnSteps(seriesOf('A', [1, undefined, 3], 4 * MINUTE_MS))).toBe(false);
});

const rulesOf = (document: object): readonly Rule[] => {
  const parsed = parsePolicy({ name: 'p', ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return combinedRules([{ policy: parsed.value, version: 1 }]);
};

const clock = fc
  .integer({ min: 0, max: 23 * 60 + 59 })
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);

const anyRules = fc
  .record(
    {
      ceilingGco2eqPerKwh: fc.constantFrom(150, 250, 350),
      quietHours: fc.array(
        fc.record({ from: clock, to: clock }).filter(({ from, to }) => from !== to),
        { maxLength: 1 },
      ),
      allowedZones: fc.subarray(['A', 'B'], { minLength: 1 }),
      requiredProvenance: fc.constant(['measured']),
      maximumDelay: fc.constantFrom('PT0S', 'PT7M', 'PT1H'),
      runBudgetGco2eq: fc.double({ min: 0.01, max: 20, noNaN: true }),
    },
    { requiredKeys: [] },
  )
  .map(rulesOf);

/** Grid ms from the last line to the end of the work; undefined: it is not done. */
const anyEnd = fc.constantFrom(undefined, 0, 1234.5, 40 * MINUTE_MS);

/** Findings without what differs by rounding, and that beside them. */
const figures = ({ energy, energyWithinRules, findings }: Compliance) => ({
  exact: {
    energy,
    energyWithinRules,
    findings: findings.map(({ emissions, spent, delayMs, ...rest }) => ({
      ...rest,
      known: [emissions, spent, delayMs].map((value) => value !== undefined),
    })),
  },
  grams: findings.flatMap(({ emissions, spent }) => [emissions ?? 0, spent ?? 0]),
  delays: findings.map(({ delayMs }) => delayMs ?? 0),
});

test('a run is judged by stretches as by its lines, where those a rule may part are taken line by line', () => {
  const timeZone = () => 'America/Los_Angeles';
  fc.assert(
    fc.property(anyLedger(), anyRules, anyEnd, (ledger, rules, after) => {
      const lines = linesOf(ledger);
      const entries: readonly BookedSpan[] = lines.map(({ entry }) => entry);
      const stretches = ledgerStretches(lines, SUBMITTED);
      const times = {
        submitted: SUBMITTED,
        done: after === undefined ? undefined : instant((entries.at(-1)?.grid.end ?? SUBMITTED) + after),
      };
      const apart = judgedApart(stretches, times, () => rules, timeZone);
      let next = 0;
      const spans = stretches.flatMap((stretch): readonly BookedSpan[] => {
        const own = entries.slice(next, (next += stretch.lines));
        return apart.has(stretch) ? own : [stretch];
      });
      const [by, of] = [spans, entries].map((each) => figures(judgeCompliance(each, times, () => rules, timeZone)));
      expect(by!.exact).toEqual(of!.exact);
      for (const [index, value] of by!.grams.entries()) expect(Math.abs(value - of!.grams[index]!)).toBeLessThanOrEqual(1e-9 * value);
      for (const [index, value] of by!.delays.entries()) expect(value).toBeCloseTo(of!.delays[index]!, 0);
    }),
    { numRuns: 300 },
  );
});
