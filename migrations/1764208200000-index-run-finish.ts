import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The grid time a run finished at in a column: an index over the summary had every index of a run written at every step of it. */
export class IndexRunFinish1764208200000 implements MigrationInterface {
  readonly name = 'IndexRunFinish1764208200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index run_finished');
    await queryRunner.query(`
      alter table run add finished_grid_ms double precision
        generated always as ((summary->'finished'->>'gridAt')::double precision) stored`);
    await queryRunner.query('create index run_finished on run (finished_grid_ms)');
    // Room on a page for the next state of its runs.
    await queryRunner.query('alter table run set (fillfactor = 70)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table run reset (fillfactor)');
    await queryRunner.query('drop index run_finished');
    await queryRunner.query('alter table run drop column finished_grid_ms');
    await queryRunner.query("create index run_finished on run (((summary->'finished'->>'gridAt')::double precision))");
  }
}
