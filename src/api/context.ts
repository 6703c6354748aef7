/** What every resolver has at hand during one operation. */
import DataLoader from 'dataloader';
import type { StoredRun } from '../record/run-log.js';
import type { CarbonAccount } from '../workflows/answers.js';
import type { Lowtide } from '../workflows/lowtide.js';

export interface Context {
  readonly lowtide: Lowtide;
  readonly runsOf: DataLoader<string, readonly StoredRun[]>;
  /** A run's account, worked out once per operation. */
  account(run: StoredRun): Promise<CarbonAccount>;
}

export const contextFor = (lowtide: Lowtide): Context => {
  const accounts = new Map<string, Promise<CarbonAccount>>();
  return {
    lowtide,
    runsOf: new DataLoader(async (experimentIds) => {
      const runs = await lowtide.runs.runsOf(experimentIds);
      return experimentIds.map((id) => runs.filter(({ experimentId }) => experimentId === id));
    }),
    account(run) {
      const known = accounts.get(run.id) ?? lowtide.account(run);
      accounts.set(run.id, known);
      return known;
    },
  };
};
