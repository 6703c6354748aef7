/** Keeps what projects booked in each zone, in the transaction that books it. */
import type { EntityManager } from 'typeorm';
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import type { RunEvent } from '../record/run-event.js';

interface Change {
  readonly zone: string;
  readonly energy: number;
  readonly uncovered: number;
  readonly emissions: number;
  readonly restated: number;
}

const ofEntry = ({ zone, energy, emissions }: LedgerEntry): Change => ({
  zone,
  energy,
  uncovered: emissions === undefined ? energy : 0,
  emissions: emissions ?? 0, // Unknown: its energy is counted as uncovered.
  restated: 0,
});

const restated = ({ zone, emissions }: LedgerEntry, sign: 1 | -1): Change => ({
  zone,
  energy: 0,
  uncovered: 0,
  emissions: 0,
  restated: sign * (emissions ?? 0), // Unknown: it was in no total.
});

const changesOf = ({ fact }: RunEvent): readonly Change[] => {
  if (fact.kind === 'energy') return fact.entries.map(ofEntry);
  if (fact.kind !== 'restated') return [];
  return fact.changes.flatMap(({ before, after }) => [restated(before, -1), ...after.map((entry) => restated(entry, 1))]);
};

/** The last thing a transaction does before it commits, and zone by zone in one order: these rows are shared by a project's runs. */
export const addToTotals = async (manager: EntityManager, project: string, events: readonly RunEvent[]): Promise<void> => {
  const changes = events.flatMap(changesOf);
  for (const zone of [...new Set(changes.map((change) => change.zone))].sort()) {
    const ofZone = changes.filter((change) => change.zone === zone);
    const sum = (of: (change: Change) => number): number => ofZone.reduce((total, change) => total + of(change), 0);
    await manager.query(
      `insert into booked_total as total values ($1, $2, $3, $4, $5, $6)
       on conflict (project, zone) do update set
         energy_uj = total.energy_uj + excluded.energy_uj,
         uncovered_energy_uj = total.uncovered_energy_uj + excluded.uncovered_energy_uj,
         emissions_gco2eq = total.emissions_gco2eq + excluded.emissions_gco2eq,
         restated_gco2eq = total.restated_gco2eq + excluded.restated_gco2eq`,
      [
        project,
        zone,
        sum(({ energy }) => energy),
        sum(({ uncovered }) => uncovered),
        sum(({ emissions }) => emissions),
        sum((each) => each.restated),
      ],
    );
  }
};
