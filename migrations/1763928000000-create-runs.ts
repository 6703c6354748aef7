import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Experiments, their runs, each run's log, the ledger, and the clock of a replayed grid. */
export class CreateRuns1763928000000 implements MigrationInterface {
  readonly name = 'CreateRuns1763928000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table experiment (
        id uuid primary key,
        ordinal bigint generated always as identity unique,
        name text not null,
        submitted_at timestamptz not null,
        submitted_grid_at timestamptz not null
      )`);
    await queryRunner.query('create index experiment_name on experiment (name, ordinal desc)');
    await queryRunner.query(`
      create table run (
        id uuid primary key,
        ordinal bigint generated always as identity unique,
        experiment_id uuid not null references experiment (id) on delete cascade,
        name text not null,
        role text not null check (role in ('baseline', 'candidate')),
        zone text not null,
        spec jsonb not null,
        state text not null check (state in ('planned', 'queued', 'running', 'paused', 'succeeded', 'failed', 'halted', 'cancelled')),
        deadline_grid_at timestamptz,
        start_at timestamptz not null,
        last_sequence integer not null default 0,
        fence integer not null default 0,
        host text,
        worker text,
        lease_until timestamptz,
        summary jsonb not null,
        unique (experiment_id, name),
        check ((state = 'running') = (host is not null and worker is not null and lease_until is not null))
      )`);
    await queryRunner.query("create unique index run_host_busy on run (host) where state = 'running'");
    await queryRunner.query("create index run_waiting on run (zone, start_at) where state in ('planned', 'queued')");
    await queryRunner.query(`
      create table run_event (
        run_id uuid not null references run (id) on delete cascade,
        sequence integer not null check (sequence > 0),
        at_ms double precision not null,
        grid_at_ms double precision not null,
        kind text not null,
        fact jsonb not null,
        primary key (run_id, sequence)
      )`);
    await queryRunner.query("create index run_event_energy on run_event (run_id, sequence) where kind = 'energy'");
    await queryRunner.query(`
      create table ledger_entry (
        run_id uuid not null references run (id) on delete cascade,
        sequence integer not null,
        piece integer not null,
        purpose text not null check (purpose in ('active', 'overhead')),
        zone text not null,
        started_at timestamptz not null,
        ended_at timestamptz not null,
        grid_start timestamptz not null,
        grid_end timestamptz not null,
        energy_uj bigint not null check (energy_uj >= 0),
        pue double precision not null check (pue >= 1),
        intensity_gco2eq_per_kwh double precision,
        intensity_kind text,
        factor_type text,
        source text,
        provenance text,
        emissions_gco2eq double precision,
        primary key (run_id, sequence, piece),
        foreign key (run_id, sequence) references run_event (run_id, sequence) on delete cascade,
        check ((intensity_gco2eq_per_kwh is null) = (emissions_gco2eq is null))
      )`);
    await queryRunner.query(`
      create table replay_clock (
        id integer primary key check (id = 1),
        real_at timestamptz not null,
        grid_at timestamptz not null,
        speed double precision not null check (speed > 0),
        seen_at timestamptz not null
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['replay_clock', 'ledger_entry', 'run_event', 'run', 'experiment']) await queryRunner.query(`drop table ${table}`);
  }
}
