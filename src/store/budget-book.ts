/** What projects spent of their budgets, read from Postgres without a lock and without opening a period. */
import type { DataSource } from 'typeorm';
import type { BudgetBook } from '../policy/budget-book.js';
import { periodOf } from '../policy/budget.js';
import { grams, microjoules } from '../units/quantities.js';
import { instant } from '../units/time.js';

/** A period in which nothing was booked since the budget was set has no row yet: the ledger says what it begins with. */
const SPENDING = `
  select coalesce(
    (select spent_gco2eq from budget_spending where project = $1 and period = $2 and time_zone = $3 and period_start = $4),
    (select sum(emissions_gco2eq)
     from booked_ledger_entry as entry join run on run.id = entry.run_id join experiment on experiment.id = run.experiment_id
     where experiment.project = $1 and grid_start >= $4 and grid_start < $5),
    0) as spent,
  (select coalesce(sum(reserved_gco2eq), 0) from budget_reservation
   where project = $1 and ($6::uuid is null or run_id <> $6)) as reserved`;

const COURSE = `
  select max(grid_end) as until, coalesce(sum(sum(emissions_gco2eq)) over so_far, 0) as spent,
    coalesce(sum(sum(energy_uj) filter (where emissions_gco2eq is null)) over so_far, 0)::double precision as unknown
  from booked_ledger_entry as entry join run on run.id = entry.run_id join experiment on experiment.id = run.experiment_id
  where experiment.project = $1 and grid_start >= $2 and grid_start < $3
  group by floor($4::integer * extract(epoch from grid_start - $2) / extract(epoch from $3::timestamptz - $2))
  window so_far as (order by max(grid_end)) order by 1`;

export const budgetBook = (dataSource: DataSource): BudgetBook => ({
  async spending(project, budget, at, runId) {
    const { start, end } = periodOf(budget, at);
    const values = [project, budget.period, budget.timeZone, new Date(start), new Date(end), runId ?? null];
    const [row] = (await dataSource.query(SPENDING, values)) as readonly { readonly spent: number; readonly reserved: number }[];
    return { spent: grams(row!.spent), reservedByOthers: grams(row!.reserved) };
  },
  async course(project, { start, end }, parts) {
    const values = [project, new Date(start), new Date(end), parts];
    const rows = (await dataSource.query(COURSE, values)) as readonly {
      readonly until: Date;
      readonly spent: number;
      readonly unknown: number;
    }[];
    return rows.map(({ until, spent, unknown }) => ({
      at: instant(until.getTime()),
      spent: grams(spent),
      unknownEnergy: microjoules(unknown),
    }));
  },
});
