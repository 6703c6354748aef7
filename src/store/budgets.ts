/**
 * Budgets in Postgres. Whatever a run emits is booked on the budgets of its project in the transaction that writes it to
 * the run's log, and its reservation is settled there too: one project's bookings come one after the other, so that runs
 * on several hosts never book more together than a budget has.
 */
import type { EntityManager } from 'typeorm';
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import type { Restatement } from '../emissions/restate.js';
import { judgeReservation, leftOf, periodOf, type BudgetState } from '../policy/budget.js';
import { ruleInWords } from '../policy/in-words.js';
import { isOf, type PeriodBudget, type Rule, type RuleOf } from '../policy/policy.js';
import { combinedRules, dryRun, enforced } from '../policy/rules.js';
import { runBudgets } from '../policy/run-budget.js';
import type { BudgetAnswer } from '../record/run-log.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { instant, type Instant } from '../units/time.js';
import { currentPolicies } from './policies.js';

/** Advisory lock of a project: its bookings and reservations come one after the other. */
const PROJECT_LOCK = 72_020;

export interface Booking {
  readonly runId: string;
  readonly project: string;
  /** The run's own budget as it stands; undefined: it has none. */
  readonly ownBudget: GramsCO2eq | undefined;
  /** Booked on the run in all, these entries included. */
  readonly spent: GramsCO2eq;
  readonly entries: readonly LedgerEntry[];
  /** Lines of the ledger booked anew: what they were, and what they are now. A restatement may pass a budget. */
  readonly restated: readonly Restatement[];
  /** What it wants to hold back to go on; undefined when it is about to end. */
  readonly reserve: GramsCO2eq | undefined;
  readonly gridNow: Instant;
}

/**
 * Books, and answers whether the run may hold back what it wants; undefined when no budget holds for it, or it wants
 * nothing. The run's row is locked before, its ledger is written after.
 */
export const bookOnBudgets = async (manager: EntityManager, booking: Booking): Promise<BudgetAnswer | undefined> => {
  const { runId, project, ownBudget, spent, entries, restated, reserve, gridNow } = booking;
  const rules = combinedRules(await currentPolicies(manager, project));
  const shared = rules.filter(isOf('project-budget'));
  if (ownBudget === undefined && shared.length === 0 && !rules.some(isOf('run-budget'))) return undefined;
  if (shared.length > 0) await manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [PROJECT_LOCK, project]);
  for (const budget of distinct(shared)) await bookSpending(manager, project, budget, [...entries, ...restated.flatMap(differenceOf)]);
  const booked = entries.reduce((sum, { emissions }) => (emissions === undefined ? sum : sum + emissions), 0);
  const held = leftOf(await reservedBy(manager, runId), grams(booked));
  if (reserve === undefined) {
    if (entries.length > 0) await setReservation(manager, runId, project, held);
    return undefined;
  }
  const others = await reservedByOthers(manager, runId, project);
  const statesOf = async (some: readonly Rule[], own: GramsCO2eq | undefined): Promise<readonly BudgetState[]> => [
    ...runBudgets(own, some, spent),
    ...(await Promise.all(some.filter(isOf('project-budget')).map((rule) => stateOf(manager, project, rule, gridNow, others)))),
  ];
  const verdict = judgeReservation(await statesOf(enforced(rules), ownBudget), reserve, held);
  await setReservation(manager, runId, project, verdict.reserved);
  return { enforced: verdict, dryRun: judgeReservation(await statesOf(dryRun(rules), undefined), reserve, held) };
};

/** A run that does not train holds nothing back. */
export const releaseReservation = async (manager: EntityManager, runId: string): Promise<void> => {
  await manager.query('delete from budget_reservation where run_id = $1', [runId]);
};

/** What a restatement takes back, and what it books instead. */
const differenceOf = ({ before, after }: Restatement): readonly Spent[] => [
  { grid: before.grid, emissions: before.emissions === undefined ? undefined : grams(0 - before.emissions) },
  ...after,
];

type Spent = Pick<LedgerEntry, 'grid' | 'emissions'>;

/** Several policies may set the same kind of budget; its spending is counted once. */
const distinct = (budgets: readonly PeriodBudget[]): readonly PeriodBudget[] => [
  ...new Map(budgets.map((budget) => [`${budget.period} ${budget.timeZone}`, budget])).values(),
];

/** An entry belongs to the period in which it begins. */
const bookSpending = async (manager: EntityManager, project: string, budget: PeriodBudget, entries: readonly Spent[]): Promise<void> => {
  const byPeriod = new Map<Instant, number>();
  for (const { grid, emissions } of entries) {
    const { start } = periodOf(budget, grid.start);
    if (emissions !== undefined) byPeriod.set(start, (byPeriod.get(start) ?? 0) + emissions);
  }
  for (const [start, amount] of byPeriod) {
    await openPeriod(manager, project, budget, start);
    await manager.query(
      `update budget_spending set spent_gco2eq = spent_gco2eq + $5
       where project = $1 and period = $2 and time_zone = $3 and period_start = $4`,
      [project, budget.period, budget.timeZone, new Date(start), amount],
    );
  }
};

/** A period's row begins with what the ledger holds of it from before the budget was set. */
const openPeriod = async (manager: EntityManager, project: string, budget: PeriodBudget, at: Instant): Promise<void> => {
  const { start, end } = periodOf(budget, at);
  const known = (await manager.query(
    'select 1 from budget_spending where project = $1 and period = $2 and time_zone = $3 and period_start = $4',
    [project, budget.period, budget.timeZone, new Date(start)],
  )) as readonly unknown[];
  if (known.length > 0) return;
  await manager.query(
    `insert into budget_spending (project, period, time_zone, period_start, period_end, spent_gco2eq)
     select $1, $2, $3, $4, $5, coalesce(sum(emissions_gco2eq), 0)
     from booked_ledger_entry as entry join run on run.id = entry.run_id join experiment on experiment.id = run.experiment_id
     where experiment.project = $1 and grid_start >= $4 and grid_start < $5`,
    [project, budget.period, budget.timeZone, new Date(start), new Date(end)],
  );
};

const stateOf = async (
  manager: EntityManager,
  project: string,
  rule: RuleOf<'project-budget'>,
  gridNow: Instant,
  others: GramsCO2eq,
): Promise<BudgetState> => ({
  budget: ruleInWords(rule),
  most: rule.most,
  spent: await spentIn(manager, project, rule, gridNow),
  reservedByOthers: others,
});

/** Booked by a project's runs in the period of a budget that an instant of grid time lies in. */
const spentIn = async (manager: EntityManager, project: string, budget: PeriodBudget, at: Instant): Promise<GramsCO2eq> => {
  await openPeriod(manager, project, budget, at);
  const [row] = (await manager.query(
    'select spent_gco2eq from budget_spending where project = $1 and period = $2 and time_zone = $3 and period_start = $4',
    [project, budget.period, budget.timeZone, new Date(instant(periodOf(budget, at).start))],
  )) as readonly { readonly spent_gco2eq: number }[];
  return grams(row!.spent_gco2eq);
};

const reservedBy = async (manager: EntityManager, runId: string): Promise<GramsCO2eq> => {
  const sql = 'select reserved_gco2eq from budget_reservation where run_id = $1';
  const [row] = (await manager.query(sql, [runId])) as readonly { readonly reserved_gco2eq: number }[];
  return grams(row === undefined ? 0 : row.reserved_gco2eq); // No row: nothing is reserved.
};

const reservedByOthers = async (manager: EntityManager, runId: string, project: string): Promise<GramsCO2eq> => {
  const sql = 'select coalesce(sum(reserved_gco2eq), 0) as reserved from budget_reservation where project = $1 and run_id <> $2';
  const [row] = (await manager.query(sql, [project, runId])) as readonly { readonly reserved: number }[];
  return grams(row!.reserved);
};

const setReservation = async (manager: EntityManager, runId: string, project: string, amount: GramsCO2eq): Promise<void> => {
  await manager.query(
    `insert into budget_reservation (run_id, project, reserved_gco2eq) values ($1, $2, $3)
     on conflict (run_id) do update set reserved_gco2eq = $3`,
    [runId, project, amount],
  );
};
