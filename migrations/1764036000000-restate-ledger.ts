import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lines of the ledger that were restated stay, marked by what restated them; the run's own share; older summaries in today's shape. */
export class RestateLedger1764036000000 implements MigrationInterface {
  readonly name = 'RestateLedger1764036000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table ledger_entry add attributed_uj bigint check (attributed_uj between 0 and energy_uj)');
    await queryRunner.query(`
      alter table ledger_entry add superseded_by integer,
        add foreign key (run_id, superseded_by) references run_event (run_id, sequence) on delete cascade`);
    await queryRunner.query('create view booked_ledger_entry as select * from ledger_entry where superseded_by is null');
    await queryRunner.query('drop index run_event_energy');
    await queryRunner.query("create index run_event_booking on run_event (run_id, sequence) where kind in ('energy', 'restated')");
    const booked = `'{"emissionsRest": 0, "share": {"energy": 0, "emissions": 0, "emissionsRest": 0, "ofEnergy": 0}}'::jsonb`;
    await queryRunner.query(`
      update run set summary = '{"coverageGaps": [], "sampleGapMs": 0, "restatements": [],
          "utilisation": {"cpuLoadMs": 0, "cpuKnownMs": 0, "memoryByteMs": 0, "memoryKnownMs": 0}}'::jsonb || summary ||
        jsonb_build_object('booked', jsonb_build_object(
          'active', ${booked} || (summary #> '{booked,active}'), 'overhead', ${booked} || (summary #> '{booked,overhead}')))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop view booked_ledger_entry');
    await queryRunner.query('delete from ledger_entry where superseded_by is not null');
    await queryRunner.query('alter table ledger_entry drop superseded_by, drop attributed_uj');
    await queryRunner.query('drop index run_event_booking');
    await queryRunner.query("create index run_event_energy on run_event (run_id, sequence) where kind = 'energy'");
  }
}
