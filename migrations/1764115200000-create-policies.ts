import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Projects, the policies that were set, and what runs spent and hold back of the budgets they share. */
export class CreatePolicies1764115200000 implements MigrationInterface {
  readonly name = 'CreatePolicies1764115200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("alter table experiment add column project text not null default 'default'");
    await queryRunner.query('create index experiment_project on experiment (project)');
    await queryRunner.query(`
      create table policy (
        scope text not null,
        version integer not null check (version > 0),
        set_at timestamptz not null,
        set_grid_at timestamptz not null,
        document jsonb not null,
        primary key (scope, version)
      )`);
    await queryRunner.query(`
      create table budget_spending (
        project text not null,
        period text not null check (period in ('day', 'week', 'month')),
        time_zone text not null,
        period_start timestamptz not null,
        period_end timestamptz not null check (period_end > period_start),
        spent_gco2eq double precision not null,
        primary key (project, period, time_zone, period_start)
      )`);
    await queryRunner.query(`
      create table budget_reservation (
        run_id uuid primary key references run (id) on delete cascade,
        project text not null,
        reserved_gco2eq double precision not null check (reserved_gco2eq >= 0)
      )`);
    await queryRunner.query('create index budget_reservation_project on budget_reservation (project)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['budget_reservation', 'budget_spending', 'policy']) await queryRunner.query(`drop table ${table}`);
    await queryRunner.query('alter table experiment drop column project');
  }
}
