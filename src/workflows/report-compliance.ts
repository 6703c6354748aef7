/** The compliance report: what a project's runs really did against the rules that were in force when they did it. */
import type { LedgerEntry, LedgerLine } from '../emissions/ledger-entry.js';
import type { LedgerStretch } from '../emissions/ledger-stretches.js';
import { periodOf } from '../policy/budget.js';
import { ruleInWords } from '../policy/in-words.js';
import { isOf, type PeriodBudget, type Rule } from '../policy/policy.js';
import { ownBudgetInWords } from '../policy/run-budget.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { Instant, Interval } from '../units/time.js';
import { judgeCompliance, judgedApart, type Compliance } from '../policy/compliance.js';
import { rulesAt, type StoredPolicy } from '../policy/policy-book.js';
import type { Decision } from '../plan/decision.js';
import type { StoredRun } from '../record/run-log.js';
import type { Moment } from '../record/run-summary.js';
import type { Ports } from './ports.js';

export interface RunCompliance extends Compliance {
  readonly run: StoredRun;
  /** Decisions in which a rule had a say, enforced or not. */
  readonly decisions: readonly (Decision & Moment)[];
  /** Its own budget and those policies give each run. */
  readonly budgets: readonly BudgetJudgement[];
}

export interface ComplianceReport {
  readonly project: string;
  readonly versions: readonly StoredPolicy[];
  readonly runs: readonly RunCompliance[];
  /** Of the project, for each period in which these runs booked; as policies say now. */
  readonly budgets: readonly BudgetJudgement[];
}

/** What was booked on a budget against what it allows, restatements included. */
export interface BudgetJudgement {
  /** In words. */
  readonly budget: string;
  /** Undefined: a run's own. */
  readonly rule: Rule | undefined;
  /** Of a project's budget. */
  readonly period: Interval | undefined;
  readonly most: GramsCO2eq;
  readonly spent: GramsCO2eq;
}

/**
 * Of a project's newest runs.
 * @param timeZoneOf of any zone there ever was, also of one that is not served any more
 */
export const reportCompliance = async (
  ports: Ports,
  project: string,
  first: number,
  timeZoneOf: (zone: string) => string,
): Promise<ComplianceReport> => {
  const { items: runs } = await ports.reader.runs({ project }, first, undefined);
  const versions = await ports.policies.versions(project);
  const judged: RunCompliance[] = [];
  const booked: Instant[] = [];
  const inForce = rulesInForce(versions);
  for (const run of runs) {
    const stretches = await ports.reader.stretches(run);
    booked.push(...stretches.map(({ grid }) => grid.start));
    judged.push(await ofRun(ports, inForce, run, stretches, timeZoneOf));
  }
  const rules = rulesAt(versions, ports.clock.now());
  return { project, versions, runs: judged, budgets: await ofProject(ports, project, rules, booked) };
};

/** Rules by the real time something was booked. */
interface RulesInForce {
  at(real: Instant): readonly Rule[];
  /** Whether a version begins to hold within a span of real time, after its start. */
  changeIn(real: Interval): boolean;
}

const rulesInForce = (versions: readonly StoredPolicy[]): RulesInForce => {
  const known = new Map<number, readonly Rule[]>();
  return {
    at(real) {
      const set = versions.filter(({ setAt }) => setAt <= real).length;
      const rules = known.get(set) ?? rulesAt(versions, real);
      known.set(set, rules);
      return rules;
    },
    changeIn: ({ start, end }) => versions.some(({ setAt }) => setAt > start && setAt < end),
  };
};

const ofRun = async (
  ports: Ports,
  inForce: RulesInForce,
  run: StoredRun,
  stretches: readonly LedgerStretch[],
  timeZoneOf: (zone: string) => string,
): Promise<RunCompliance> => {
  const { state, summary, spec } = run;
  const times = { submitted: run.submittedGridAt, done: state === 'succeeded' ? summary.finished?.gridAt : undefined };
  const rulesFor = ({ real }: Judged) => inForce.at(real.start);
  const apart = judgedApart<LedgerStretch>(stretches, times, rulesFor, timeZoneOf);
  const spans = await inLines(ports, run, stretches, (stretch) => apart.has(stretch) || inForce.changeIn(stretch.real));
  const compliance = judgeCompliance(spans, times, rulesFor, timeZoneOf);
  const decisions = (await ports.reader.decisions(run.id)).flatMap(({ fact, at, gridAt }) =>
    fact.kind === 'decided' && ((fact.decision.rules?.length ?? 0) > 0 || (fact.decision.wouldHaveRefused?.length ?? 0) > 0)
      ? [{ ...fact.decision, at, gridAt }]
      : [],
  );
  const last = spans.at(-1);
  const rules = last === undefined ? [] : rulesFor(last);
  const spent = grams(bookedInAll(summary).emissions);
  return { ...compliance, run, decisions, budgets: ofRunBudgets(summary.raisedBudget ?? spec.budget, rules, spent) };
};

type Judged = LedgerStretch | LedgerEntry;

/** The stretches, and in the place of those that are to be judged line by line their lines. */
const inLines = async (
  { reader }: Ports,
  run: StoredRun,
  stretches: readonly LedgerStretch[],
  isApart: (stretch: LedgerStretch) => boolean,
): Promise<readonly Judged[]> => {
  const spans: Judged[] = [];
  let whole: Promise<readonly LedgerLine[]> | undefined;
  for (const stretch of stretches) {
    if (stretch.lines === 1 || !isApart(stretch)) {
      spans.push(stretch);
      continue;
    }
    // What was restated was booked by other events than what stands beside it.
    const lines = await (run.summary.restatements.length > 0 ? (whole ??= reader.ledger(run.id)) : reader.ledger(run.id, stretch.booked));
    spans.push(...lines.flatMap(({ entry }) => (isWithin(entry, stretch) ? [entry] : [])));
  }
  return spans;
};

/** A line without length is a stretch of its own. */
const isWithin = ({ grid, real }: LedgerEntry, stretch: LedgerStretch): boolean =>
  grid.end > grid.start && real.start >= stretch.real.start && real.end <= stretch.real.end;

const ofRunBudgets = (own: GramsCO2eq | undefined, rules: readonly Rule[], spent: GramsCO2eq): readonly BudgetJudgement[] => [
  ...(own === undefined ? [] : [{ budget: ownBudgetInWords(own), rule: undefined, period: undefined, most: own, spent }]),
  ...rules.filter(isOf('run-budget')).map((rule) => ({ budget: ruleInWords(rule), rule, period: undefined, most: rule.most, spent })),
];

const ofProject = async (
  { budgets }: Ports,
  project: string,
  rules: readonly Rule[],
  booked: readonly Instant[],
): Promise<readonly BudgetJudgement[]> => {
  const judged: BudgetJudgement[] = [];
  for (const rule of rules.filter(isOf('project-budget'))) {
    for (const period of periodsWith(rule, booked)) {
      const { spent } = await budgets.spending(project, rule, period.start, undefined);
      judged.push({ budget: ruleInWords(rule), rule, period, most: rule.most, spent });
    }
  }
  return judged;
};

/** The periods of a budget that any of these instants lies in, in the order of the instants. */
const periodsWith = (rule: PeriodBudget, booked: readonly Instant[]): readonly Interval[] => {
  const periods: Interval[] = [];
  for (const at of booked) if (!periods.some(({ start, end }) => start <= at && at < end)) periods.push(periodOf(rule, at));
  return periods;
};
