/** What an auditor asks of the runs behind a total: which meters, what was not metered, and whether log and ledger agree. */
import type { BookedGroup } from '../emissions/booked-groups.js';
import type { EnergyComponent, EnergyMethod } from '../energy/sample.js';
import { bookedInAll } from './run-summary.js';
import type { StoredRun } from './run-log.js';

/** A run, and what of it was booked in the audited span. */
export interface AuditedRun {
  readonly run: StoredRun;
  readonly part: BookedGroup;
}

/** Whether all of a run's energy was booked in the span. */
export const isWhole = ({ run, part }: AuditedRun): boolean => bookedInAll(run.summary).energy === part.energy;

/** Energy of one component by one method over several runs. */
export interface AuditedComponent {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  /** µJ. */
  readonly energy: number;
  readonly runs: number;
}

/**
 * By meter. A ledger's line does not say which component drew it, a run's log does: what a run that is only partly in the
 * span drew by each meter is shared out by energy.
 */
export const componentsIn = (runs: readonly AuditedRun[]): readonly AuditedComponent[] => {
  const components = new Map<string, AuditedComponent>();
  for (const { run, part } of runs) {
    const { energy: whole } = bookedInAll(run.summary);
    for (const { component, method, energy } of run.summary.energyByComponent) {
      const key = `${component} ${method}`;
      const before = components.get(key);
      const share = part.energy === whole ? energy : energy * (part.energy / whole);
      components.set(key, { component, method, energy: (before?.energy ?? 0) + share, runs: (before?.runs ?? 0) + 1 });
    }
  }
  return [...components.values()].sort((a, b) => b.energy - a.energy);
};

/**
 * The greatest difference in gCO2eq between what the ledger adds up to and what is folded from a run's log, of runs that
 * are wholly in the span: two records of the same emissions. Undefined without such a run.
 */
export const greatestDifference = (runs: readonly AuditedRun[]): number | undefined => {
  const differences = runs.filter(isWhole).flatMap(({ run, part }) => {
    const folded = bookedInAll(run.summary);
    return part.emissions === undefined || folded.coveredEnergy === 0 ? [] : [Math.abs(part.emissions - folded.emissions)];
  });
  return differences.length === 0 ? undefined : Math.max(...differences);
};
