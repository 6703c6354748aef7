import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that another tool measured, kept beside an experiment's own. */
export class CreateImportedRuns1764039600000 implements MigrationInterface {
  readonly name = 'CreateImportedRuns1764039600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table imported_run (
        id uuid primary key,
        ordinal bigint generated always as identity unique,
        experiment_id uuid not null references experiment (id) on delete cascade,
        imported_at timestamptz not null,
        digest text not null,
        run jsonb not null,
        unique (experiment_id, digest)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table imported_run');
  }
}
