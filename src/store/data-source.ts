/** The one connection pool, and the migrations in their order. */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { CreateRuns1763928000000 } from '../../migrations/1763928000000-create-runs.js';
import { CreateGridRecords1764028800000 } from '../../migrations/1764028800000-create-grid-records.js';
import { RestateLedger1764036000000 } from '../../migrations/1764036000000-restate-ledger.js';
import { CreateImportedRuns1764039600000 } from '../../migrations/1764039600000-create-imported-runs.js';
import { CreatePolicies1764115200000 } from '../../migrations/1764115200000-create-policies.js';
import { CreateTrainingCurves1764201600000 } from '../../migrations/1764201600000-create-training-curves.js';
import { CreateTrackerExports1764203400000 } from '../../migrations/1764203400000-create-tracker-exports.js';
import { CreateBookedTotals1764205200000 } from '../../migrations/1764205200000-create-booked-totals.js';
import { CreateLedgerStretches1764206400000 } from '../../migrations/1764206400000-create-ledger-stretches.js';
import { IndexRunFinish1764208200000 } from '../../migrations/1764208200000-index-run-finish.js';
import { IntensityForecastRow, IntensityReadingRow, SourceStateRow } from './grid-rows.js';
import {
  BookedTotalRow,
  BudgetReservationRow,
  BudgetSpendingRow,
  ExperimentRow,
  ImportedRunRow,
  LedgerEntryRow,
  LedgerStretchesRow,
  PolicyRow,
  ReplayClockRow,
  RunEventRow,
  RunRow,
  TrainingCurvePieceRow,
  TrackerExportRow,
} from './rows.js';

export const openDataSource = (url: string): Promise<DataSource> =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [
      ExperimentRow,
      RunRow,
      RunEventRow,
      LedgerEntryRow,
      ReplayClockRow,
      ImportedRunRow,
      IntensityReadingRow,
      IntensityForecastRow,
      SourceStateRow,
      PolicyRow,
      BudgetSpendingRow,
      BudgetReservationRow,
      TrainingCurvePieceRow,
      TrackerExportRow,
      BookedTotalRow,
      LedgerStretchesRow,
    ],
    migrations: [
      CreateRuns1763928000000,
      CreateGridRecords1764028800000,
      RestateLedger1764036000000,
      CreateImportedRuns1764039600000,
      CreatePolicies1764115200000,
      CreateTrainingCurves1764201600000,
      CreateTrackerExports1764203400000,
      CreateBookedTotals1764205200000,
      CreateLedgerStretches1764206400000,
      IndexRunFinish1764208200000,
    ],
    migrationsTableName: 'lowtide_migration',
    synchronize: false,
    poolSize: 10,
    applicationName: 'lowtide',
  }).initialize();

/** Runs what has not run yet, one process at a time; returns the names of what ran. */
export const migrate = async (dataSource: DataSource): Promise<readonly string[]> => {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('select pg_advisory_lock(72017)');
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map(({ name }) => name);
  } finally {
    await lock.query('select pg_advisory_unlock(72017)');
    await lock.release();
  }
};
