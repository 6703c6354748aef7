import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ledgers in fewer lines beside the logs they are made from, and indexes for what is asked of long logs and large ledgers. */
export class CreateLedgerStretches1764206400000 implements MigrationInterface {
  readonly name = 'CreateLedgerStretches1764206400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table ledger_stretches (
        run_id uuid primary key references run (id) on delete cascade,
        through integer not null check (through > 0),
        stretches json not null
      )`);
    // The few live runs among all that ever were, looked for every second, and how many there are of each state.
    await queryRunner.query('create index run_state on run (state, ordinal)');
    // Few of a long log's events, and few of a ledger's lines.
    await queryRunner.query("create index run_event_decision on run_event (run_id, sequence) where kind in ('decided', 'planned')");
    await queryRunner.query(`
      create index ledger_entry_provisional on ledger_entry (zone, grid_end) include (run_id)
      where superseded_by is null and (provenance is null or provenance in ('forecast', 'estimated'))`);
    // Lines of a month lie near each other: a few kilobytes say where.
    await queryRunner.query('create index ledger_entry_grid_start on ledger_entry using brin (grid_start) with (autosummarize = on)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const index of ['ledger_entry_grid_start', 'ledger_entry_provisional', 'run_event_decision', 'run_state'])
      await queryRunner.query(`drop index ${index}`);
    await queryRunner.query('drop table ledger_stretches');
  }
}
