import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was booked of each project in each zone, kept as it is booked, so that no reader has to add up the ledger. */
export class CreateBookedTotals1764205200000 implements MigrationInterface {
  readonly name = 'CreateBookedTotals1764205200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table booked_total (
        project text not null,
        zone text not null,
        energy_uj numeric not null check (energy_uj >= 0),
        uncovered_energy_uj numeric not null check (uncovered_energy_uj >= 0),
        emissions_gco2eq double precision not null check (emissions_gco2eq >= 0),
        restated_gco2eq double precision not null,
        primary key (project, zone)
      )`);
    // A line that was restated was booked by an event of another kind than what replaced it.
    await queryRunner.query(`
      insert into booked_total
      select project, entry.zone,
        coalesce(sum(energy_uj) filter (where kind = 'energy'), 0),
        coalesce(sum(energy_uj) filter (where kind = 'energy' and emissions_gco2eq is null), 0),
        coalesce(sum(emissions_gco2eq) filter (where kind = 'energy'), 0),
        coalesce(sum(emissions_gco2eq) filter (where superseded_by is null), 0) - coalesce(sum(emissions_gco2eq) filter (where kind = 'energy'), 0)
      from ledger_entry as entry
        join run_event using (run_id, sequence) join run on run.id = run_id join experiment on experiment.id = experiment_id
      group by project, entry.zone`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table booked_total');
  }
}
