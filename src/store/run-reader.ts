/** Reading experiments, runs and their logs. */
import type { DataSource } from 'typeorm';
import type { RunEvent } from '../record/run-event.js';
import type { Page, RunFilter, RunReader } from '../record/run-log.js';
import { storedLedger, stretchReader } from './ledger-stretches.js';
import { timelines, trainingCurves } from './run-curves.js';
import { eventOf, experimentOf, runOf, SELECT_RUN, type EventColumns, type ExperimentColumns, type RunColumns } from './run-rows.js';

/** Ids come from users: what is not a UUID is no row's id, and must not reach a cast in SQL. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const runReader = (dataSource: DataSource): RunReader => {
  const select = async <Row>(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> =>
    (await dataSource.query(sql, [...parameters])) as readonly Row[];
  // The kind stands in the text, so that its index is found.
  const ofKind = async (runId: string, kind: 'decided' | 'planned'): Promise<readonly RunEvent[]> => {
    if (!UUID.test(runId)) return [];
    const sql = `select * from run_event where run_id = $1 and kind = '${kind}' order by sequence`;
    return (await select<EventColumns>(sql, [runId])).map(eventOf);
  };
  return {
    async experiment(id) {
      if (!UUID.test(id)) return undefined;
      const [row] = await select<ExperimentColumns>('select * from experiment where id = $1', [id]);
      return row && experimentOf(row);
    },
    async experimentsWith(ids) {
      const rows = await select<ExperimentColumns>('select * from experiment where id = any($1)', [ids.filter((id) => UUID.test(id))]);
      return rows.map(experimentOf);
    },
    async experimentNamed(name) {
      const [row] = await select<ExperimentColumns>('select * from experiment where name = $1 order by ordinal desc limit 1', [name]);
      return row && experimentOf(row);
    },
    async experiments(first, after) {
      if (after !== undefined && !UUID.test(after)) return { items: [], hasMore: false };
      const older = after === undefined ? '' : 'where ordinal < (select ordinal from experiment where id = $2)';
      const parameters = after === undefined ? [first + 1] : [first + 1, after];
      const rows = await select<ExperimentColumns>(`select * from experiment ${older} order by ordinal desc limit $1`, parameters);
      return pageOf(rows.map(experimentOf), first);
    },
    async run(id) {
      if (!UUID.test(id)) return undefined;
      const [row] = await select<RunColumns>(`${SELECT_RUN} where run.id = $1`, [id]);
      return row && runOf(row);
    },
    async runs(filter, first, after) {
      if (after !== undefined && !UUID.test(after)) return { items: [], hasMore: false };
      if (filter.experimentId !== undefined && !UUID.test(filter.experimentId)) return { items: [], hasMore: false };
      const { sql, parameters } = conditions(filter, after);
      parameters.push(first + 1);
      const rows = await select<RunColumns>(`${SELECT_RUN} ${sql} order by run.ordinal desc limit $${parameters.length}`, parameters);
      return pageOf(rows.map(runOf), first);
    },
    async runsOf(experimentIds) {
      const ids = experimentIds.filter((id) => UUID.test(id));
      return (await select<RunColumns>(`${SELECT_RUN} where run.experiment_id = any($1) order by run.ordinal`, [ids])).map(runOf);
    },
    async runsWith(ids) {
      return (
        await select<RunColumns>(`${SELECT_RUN} where run.id = any($1) order by run.ordinal`, [ids.filter((id) => UUID.test(id))])
      ).map(runOf);
    },
    async events(runId, after, limit) {
      if (!UUID.test(runId)) return [];
      const sql = 'select * from run_event where run_id = $1 and sequence > $2 order by sequence limit $3';
      return (await select<EventColumns>(sql, [runId, after, limit])).map(eventOf);
    },
    async provisionalRuns(zone, since) {
      const sql = `select distinct run_id from booked_ledger_entry
        where zone = $1 and grid_end > $2 and (provenance is null or provenance in ('forecast', 'estimated'))`;
      return (await select<{ readonly run_id: string }>(sql, [zone, new Date(since)])).map(({ run_id }) => run_id);
    },
    trainingCurves: (runs, most) => trainingCurves(dataSource, runs, most),
    timelines: (spans, points) => timelines(dataSource, spans, points),
    async projects() {
      return (await select<{ readonly project: string }>('select distinct project from experiment order by 1', [])).map(
        ({ project }) => project,
      );
    },
    decisions: (runId) => ofKind(runId, 'decided'),
    plans: (runId) => ofKind(runId, 'planned'),
    async ledger(runId, events) {
      return UUID.test(runId) ? storedLedger(dataSource, runId, events) : [];
    },
    stretches: stretchReader(dataSource),
  };
};

const pageOf = <T>(items: readonly T[], first: number): Page<T> => ({ items: items.slice(0, first), hasMore: items.length > first });

const conditions = (filter: RunFilter, after: string | undefined): { sql: string; parameters: unknown[] } => {
  const parameters: unknown[] = [];
  const clauses: string[] = [];
  const add = (clause: (place: string) => string, value: unknown) => {
    if (value === undefined) return;
    parameters.push(value);
    clauses.push(clause(`$${parameters.length}`));
  };
  add((place) => `run.experiment_id = ${place}`, filter.experimentId);
  add((place) => `run.state = any(${place})`, filter.states);
  add((place) => `run.zone = ${place}`, filter.zone);
  add((place) => `experiment.project = ${place}`, filter.project);
  add((place) => `run.role = ${place}`, filter.role);
  add((place) => `run.finished_grid_ms >= ${place}`, filter.finishedFrom);
  add((place) => `run.finished_grid_ms < ${place}`, filter.finishedBefore);
  add((place) => `run.ordinal < (select ordinal from run where id = ${place})`, after);
  return { sql: clauses.length === 0 ? '' : `where ${clauses.join(' and ')}`, parameters };
};
