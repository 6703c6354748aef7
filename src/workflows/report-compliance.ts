/** The compliance report: what a project's runs really did against the rules that were in force when they did it. */
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import { periodOf } from '../policy/budget.js';
import { ruleInWords } from '../policy/in-words.js';
import { isOf, type Rule } from '../policy/policy.js';
import { ownBudgetInWords } from '../policy/run-budget.js';
import { bookedInAll } from '../record/run-summary.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { Instant, Interval } from '../units/time.js';
import { judgeCompliance, type Compliance } from '../policy/compliance.js';
import { rulesAt, type StoredPolicy } from '../policy/policy-book.js';
import type { Decision } from '../plan/decision.js';
import type { StoredRun } from '../record/run-log.js';
import type { Moment } from '../record/run-summary.js';
import { timeZoneOf } from './expected-grid.js';
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

/** Of a project's newest runs. */
export const reportCompliance = async (ports: Ports, project: string, first: number): Promise<ComplianceReport> => {
  const { items: runs } = await ports.reader.runs({ project }, first, undefined);
  const versions = await ports.policies.versions(project);
  const judged: RunCompliance[] = [];
  const booked: Instant[] = [];
  for (const run of runs) {
    const ledger = (await ports.reader.ledger(run.id)).map(({ entry }) => entry);
    booked.push(...ledger.map(({ grid }) => grid.start));
    judged.push(await ofRun(ports, versions, run, ledger));
  }
  const rules = rulesAt(versions, ports.clock.now());
  return { project, versions, runs: judged, budgets: await ofProject(ports, project, rules, booked) };
};

const ofRun = async (
  ports: Ports,
  versions: readonly StoredPolicy[],
  run: StoredRun,
  ledger: readonly LedgerEntry[],
): Promise<RunCompliance> => {
  const { state, summary, spec } = run;
  const done = state === 'succeeded' ? summary.finished?.gridAt : undefined;
  const compliance = judgeCompliance(
    ledger,
    { submitted: run.submittedGridAt, done },
    ({ real }) => rulesAt(versions, real.start),
    (zone) => timeZoneOf(ports, zone),
  );
  const decisions = (await ports.reader.decisions(run.id)).flatMap(({ fact, at, gridAt }) =>
    fact.kind === 'decided' && ((fact.decision.rules?.length ?? 0) > 0 || (fact.decision.wouldHaveRefused?.length ?? 0) > 0)
      ? [{ ...fact.decision, at, gridAt }]
      : [],
  );
  const last = ledger.at(-1);
  const rules = last === undefined ? [] : rulesAt(versions, last.real.start);
  const spent = grams(bookedInAll(summary).emissions);
  return { ...compliance, run, decisions, budgets: ofRunBudgets(summary.raisedBudget ?? spec.budget, rules, spent) };
};

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
    const periods = new Map(booked.map((at) => periodOf(rule, at)).map((period) => [period.start, period]));
    for (const [start, period] of periods) {
      const { spent } = await budgets.spending(project, rule, start, undefined);
      judged.push({ budget: ruleInWords(rule), rule, period, most: rule.most, spent });
    }
  }
  return judged;
};
