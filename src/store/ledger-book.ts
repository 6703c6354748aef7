/** The ledgers of all runs, added up where they lie: a month of them is too many lines to carry about. */
import type { DataSource } from 'typeorm';
import type { BookedCell } from '../emissions/booked-groups.js';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { FactorType, IntensityKind, Provenance } from '../grid/reading.js';
import type { LedgerBook } from '../record/ledger-book.js';
import { instant, type Instant } from '../units/time.js';

export const ledgerBook = (dataSource: DataSource): LedgerBook => ({
  async cells({ from, to, project }) {
    const rows = (await dataSource.query(CELLS, [timeOf(from), timeOf(to), project ?? null])) as readonly CellColumns[];
    return rows.map(cellOf);
  },
});

/** Every time zone's hours and days begin on a quarter of an hour of UTC. */
const CELLS = `
  select experiment.project, run.experiment_id, entry.run_id, entry.zone, entry.purpose,
    date_bin('15 minutes', entry.grid_start, 'epoch') as at,
    entry.intensity_kind, entry.factor_type, entry.source, entry.provenance,
    sum(entry.energy_uj)::float8 as energy_uj, sum(entry.energy_uj * entry.pue) as site_energy_uj,
    sum(entry.emissions_gco2eq) as emissions_gco2eq, count(*)::integer as lines
  from booked_ledger_entry as entry join run on run.id = entry.run_id join experiment on experiment.id = run.experiment_id
  where ($1::timestamptz is null or entry.grid_start >= $1) and ($2::timestamptz is null or entry.grid_start < $2)
    and ($3::text is null or experiment.project = $3)
  group by experiment.project, run.experiment_id, entry.run_id, run.ordinal, entry.zone, entry.purpose, at,
    entry.intensity_kind, entry.factor_type, entry.source, entry.provenance
  order by at, run.ordinal, entry.zone, entry.purpose, entry.source, entry.provenance`;

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
