/** What all runs add up to, read from Postgres; none of it grows with the length of a log. */
import type { DataSource } from 'typeorm';
import { RUN_STATES, type RunState } from '../experiment/run-state.js';
import type { RunTotals } from '../record/run-totals.js';

interface TotalColumns {
  readonly project: string;
  readonly zone: string;
  readonly energy: number;
  readonly uncovered: number;
  readonly emissions_gco2eq: number;
  readonly restated_gco2eq: number;
}

export const runTotals = (dataSource: DataSource): RunTotals => {
  const select = async <Row>(sql: string): Promise<readonly Row[]> => (await dataSource.query(sql)) as readonly Row[];
  return {
    async byState() {
      const rows = await select<{ readonly state: RunState; readonly count: number }>(
        'select state, count(*)::integer as count from run group by state',
      );
      const counts = new Map(rows.map(({ state, count }) => [state, count]));
      return Object.fromEntries(RUN_STATES.map((state) => [state, counts.get(state) ?? 0])) as Record<RunState, number>;
    },
    async waitingByZone() {
      const sql = "select zone, count(*)::integer as count from run where state = 'queued' and start_at <= now() group by zone";
      const rows = await select<{ readonly zone: string; readonly count: number }>(sql);
      return Object.fromEntries(rows.map(({ zone, count }) => [zone, count]));
    },
    async booked() {
      const rows = await select<TotalColumns>(
        'select *, energy_uj::double precision as energy, uncovered_energy_uj::double precision as uncovered from booked_total order by project, zone',
      );
      return rows.map(({ project, zone, energy, uncovered, emissions_gco2eq, restated_gco2eq }) => ({
        project,
        zone,
        energy,
        uncoveredEnergy: uncovered,
        emissions: emissions_gco2eq,
        restated: restated_gco2eq,
      }));
    },
    async projects() {
      return (await select<{ readonly project: string }>('select distinct project from experiment')).map(({ project }) => project);
    },
  };
};
