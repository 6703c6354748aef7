/** What trackers were told of runs, in Postgres. */
import type { DataSource } from 'typeorm';
import type { ExportBook } from '../tracking/export-book.js';

export const exportBook = (dataSource: DataSource): ExportBook => ({
  async add(tracker, runIds) {
    await dataSource.query(
      `insert into tracker_export (tracker, run_id)
       select $1, id from run where id = any($2) or state not in ('succeeded', 'failed', 'halted', 'cancelled')
       on conflict do nothing`,
      [tracker, runIds],
    );
  },
  async take(tracker, exporter, lentMs, most) {
    const sql = `
      update tracker_export as export set lent_to = $2, lent_until = now() + $3 * interval '1 millisecond'
      from (
        select run_id from tracker_export join run on run.id = run_id
        where tracker = $1 and reason is null and told < last_sequence and (lent_to is null or lent_to = $2 or lent_until < now())
        order by ordinal limit $4 for update of tracker_export skip locked
      ) as news
      where export.tracker = $1 and export.run_id = news.run_id returning export.run_id`;
    const [rows] = (await dataSource.query(sql, [tracker, exporter, lentMs, most])) as [readonly { readonly run_id: string }[], number];
    return rows.map(({ run_id }) => run_id);
  },
  async told(tracker, runId, sequence) {
    await dataSource.query('update tracker_export set told = $3 where tracker = $1 and run_id = $2', [tracker, runId, sequence]);
  },
  async giveUp(tracker, runId, reason) {
    await dataSource.query('update tracker_export set reason = $3 where tracker = $1 and run_id = $2', [tracker, runId, reason]);
  },
  async release(tracker, exporter) {
    await dataSource.query('update tracker_export set lent_to = null, lent_until = null where tracker = $1 and lent_to = $2', [
      tracker,
      exporter,
    ]);
  },
  async counts(tracker) {
    const [counts] = (await dataSource.query(
      `select count(*) filter (where reason is null and told < last_sequence)::integer as waiting,
              count(*) filter (where reason is null and told >= last_sequence)::integer as "upToDate"
       from tracker_export join run on run.id = run_id where tracker = $1`,
      [tracker],
    )) as readonly { readonly waiting: number; readonly upToDate: number }[];
    const givenUp = (await dataSource.query(
      'select run_id as "runId", reason from tracker_export where tracker = $1 and reason is not null order by run_id',
      [tracker],
    )) as readonly { readonly runId: string; readonly reason: string }[];
    return { ...counts!, givenUp };
  },
});
