/** The ledgers of all runs, added up where they lie: a month of them is too many lines to carry about. */
import type { DataSource } from 'typeorm';
import type { BookedCell } from '../emissions/booked-groups.js';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { FactorType, IntensityKind, Provenance } from '../grid/reading.js';
import type { LedgerBook } from '../record/ledger-book.js';
import { instant, type Instant } from '../units/time.js';

export const ledgerBook = (dataSource: DataSource): LedgerBook => ({
  cells: ({ from, to, project }) =>
    dataSource.transaction(async (manager) => {
      await manager.query(HASHED);
      const rows = (await manager.query(CELLS, [timeOf(from), timeOf(to), project ?? null])) as readonly CellColumns[];
      return rows.map(cellOf);
    }),
});

/** A million lines are added up as they are read: a planner without statistics of a new ledger would sort them on disk first. */
const HASHED = "select set_config('work_mem', '64MB', true), set_config('enable_sort', 'off', true)";

/** Every time zone's hours and days begin on a quarter of an hour of UTC. */
const CELLS = `
  select experiment.project, run.experiment_id, booked.*
  from (
    select run_id, zone, purpose, date_bin('15 minutes', grid_start, 'epoch') as at, intensity_kind, factor_type, source, provenance,
      sum(energy_uj)::float8 as energy_uj, sum(energy_uj * pue) as site_energy_uj, sum(emissions_gco2eq) as emissions_gco2eq,
      count(*)::integer as lines
    from booked_ledger_entry
    where ($1::timestamptz is null or grid_start >= $1) and ($2::timestamptz is null or grid_start < $2)
      and ($3::text is null or run_id in (select run.id from run join experiment on experiment.id = experiment_id where project = $3))
    group by run_id, zone, purpose, at, intensity_kind, factor_type, source, provenance
  ) as booked join run on run.id = booked.run_id join experiment on experiment.id = run.experiment_id
  order by booked.at, run.ordinal, booked.zone, booked.purpose, booked.source, booked.provenance`;

interface CellColumns {
  readonly project: string;
  readonly experiment_id: string;
  readonly run_id: string;
  readonly zone: string;
  readonly purpose: EnergyPurpose;
  readonly at: Date;
  readonly intensity_kind: IntensityKind | null;
  readonly factor_type: FactorType | null;
  readonly source: string | null;
  readonly provenance: Provenance | null;
  readonly energy_uj: number;
  readonly site_energy_uj: number;
  readonly emissions_gco2eq: number | null;
  readonly lines: number;
}

const cellOf = (row: CellColumns): BookedCell => ({
  project: row.project,
  experimentId: row.experiment_id,
  runId: row.run_id,
  zone: row.zone,
  at: instant(row.at.getTime()),
  purpose: row.purpose,
  reading:
    row.intensity_kind === null || row.factor_type === null || row.source === null || row.provenance === null
      ? undefined
      : { kind: row.intensity_kind, factorType: row.factor_type, source: row.source, provenance: row.provenance },
  energy: row.energy_uj,
  siteEnergy: row.site_energy_uj,
  emissions: row.emissions_gco2eq ?? undefined,
  lines: row.lines,
});

const timeOf = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));
