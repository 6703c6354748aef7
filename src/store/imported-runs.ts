/** Imported runs in Postgres; the same row imported again is recognised by its content. */
import { createHash, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { CodecarbonRun } from '../emissions/codecarbon-csv.js';
import type { ImportedRuns } from '../record/imported-run.js';
import { instant } from '../units/time.js';

interface Columns {
  readonly id: string;
  readonly experiment_id: string;
  readonly imported_at: Date;
  readonly run: CodecarbonRun;
}

export const importedRuns = (dataSource: DataSource): ImportedRuns => ({
  async add(experimentId, runs, importedAt) {
    const rows = (await dataSource.query(
      `insert into imported_run (id, experiment_id, imported_at, digest, run)
       select id, $2, $3, digest, run from unnest($1::uuid[], $4::text[], $5::jsonb[]) as new (id, digest, run)
       on conflict (experiment_id, digest) do nothing returning id`,
      [
        runs.map(() => randomUUID()),
        experimentId,
        new Date(importedAt),
        runs.map((run) => createHash('sha256').update(JSON.stringify(run)).digest('hex')),
        runs.map((run) => JSON.stringify(run)),
      ],
    )) as readonly unknown[];
    return rows.length;
  },
  async of(experimentId) {
    const sql = 'select id, experiment_id, imported_at, run from imported_run where experiment_id = $1 order by ordinal';
    return ((await dataSource.query(sql, [experimentId])) as readonly Columns[]).map((row) => ({
      id: row.id,
      experimentId: row.experiment_id,
      importedAt: instant(row.imported_at.getTime()),
      run: row.run,
    }));
  },
});
