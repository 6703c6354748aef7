import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Thinned training curves of long logs, and runs by the grid time they ended at. */
export class CreateTrainingCurves1764201600000 implements MigrationInterface {
  readonly name = 'CreateTrainingCurves1764201600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table training_curve_piece (
        run_id uuid not null references run,
        piece integer not null,
        points jsonb not null,
        primary key (run_id, piece)
      )`);
    await queryRunner.query("create index run_finished on run (((summary->'finished'->>'gridAt')::double precision))");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index run_finished');
    await queryRunner.query('drop table training_curve_piece');
  }
}
