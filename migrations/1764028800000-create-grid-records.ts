import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What sources said about the grid: readings and forecasts, never changed once written, and how each source is doing. */
export class CreateGridRecords1764028800000 implements MigrationInterface {
  readonly name = 'CreateGridRecords1764028800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table intensity_reading (
        ordinal bigint generated always as identity primary key,
        zone text not null,
        kind text not null check (kind in ('average', 'marginal')),
        factor_type text not null check (factor_type in ('lifecycle', 'direct')),
        source text not null,
        start_at timestamptz not null,
        end_at timestamptz not null,
        intensity_gco2eq_per_kwh double precision not null,
        provenance text not null check (provenance in ('measured', 'estimated', 'recorded', 'synthetic')),
        issued_at timestamptz not null,
        known_at timestamptz not null,
        check (end_at > start_at and end_at <= start_at + interval '1 day')
      )`);
    await queryRunner.query(
      'create index intensity_reading_step on intensity_reading (zone, kind, factor_type, start_at, source, end_at, ordinal desc)',
    );
    await queryRunner.query(`
      create table intensity_forecast (
        ordinal bigint generated always as identity primary key,
        zone text not null,
        kind text not null check (kind in ('average', 'marginal')),
        factor_type text not null check (factor_type in ('lifecycle', 'direct')),
        method text not null,
        start_at timestamptz not null,
        end_at timestamptz not null,
        issued_at timestamptz not null,
        known_at timestamptz not null,
        note text,
        readings jsonb not null
      )`);
    await queryRunner.query(
      'create index intensity_forecast_issue on intensity_forecast (zone, kind, factor_type, known_at desc, ordinal desc)',
    );
    await queryRunner.query(`
      create table source_state (
        source text not null,
        zone text not null,
        state jsonb not null,
        primary key (source, zone)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['source_state', 'intensity_forecast', 'intensity_reading']) await queryRunner.query(`drop table ${table}`);
  }
}
