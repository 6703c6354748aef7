import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which runs an experiment tracker is told of, and how far it was. */
export class CreateTrackerExports1764203400000 implements MigrationInterface {
  readonly name = 'CreateTrackerExports1764203400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table tracker_export (
        tracker text not null,
        run_id uuid not null references run (id) on delete cascade,
        told integer not null default 0 check (told >= 0),
        reason text,
        lent_to text,
        lent_until timestamptz,
        primary key (tracker, run_id),
        check ((lent_to is null) = (lent_until is null))
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table tracker_export');
  }
}
