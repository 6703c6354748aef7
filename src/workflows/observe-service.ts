/** The service as a whole at this moment, for whoever watches it: what runs, what it draws, on which grid, by which budgets. */
import type { RunState } from '../experiment/run-state.js';
import type { Reading } from '../grid/reading.js';
import type { SourceState } from '../grid/source-state.js';
import { isOf, type BudgetPeriod } from '../policy/policy.js';
import type { StoredRun } from '../record/run-log.js';
import type { BookedTotal, RunTotals } from '../record/run-totals.js';
import type { GramsCO2eq } from '../units/quantities.js';
import { currentReading } from './expected-grid.js';
import type { LiveExportState } from './export-live.js';
import type { Ports } from './ports.js';
import { rulesOf } from './rules-of.js';

export interface ObservedBudget {
  readonly project: string;
  readonly period: BudgetPeriod;
  readonly timeZone: string;
  /** Of a dry-run policy it is judged, not kept. */
  readonly enforced: boolean;
  readonly most: GramsCO2eq;
  /** In the period that now lies in, by grid time; a restatement may lower it. */
  readonly spent: GramsCO2eq;
}

export interface ServiceObservation {
  readonly runs: Readonly<Record<RunState, number>>;
  /** Runs that could start now and wait for a host, by zone. */
  readonly waiting: Readonly<Record<string, number>>;
  /** At most one a host. */
  readonly running: readonly StoredRun[];
  readonly booked: readonly BookedTotal[];
  readonly budgets: readonly ObservedBudget[];
  /** In force in each zone that is served; none where it is unknown. */
  readonly readings: readonly Reading[];
  readonly sources: readonly SourceState[];
  readonly tracker: LiveExportState | undefined;
}

const MOST_RUNNING = 1000;

export const observeService = async (
  ports: Ports,
  totals: RunTotals,
  trackerState: () => Promise<LiveExportState | undefined>,
): Promise<ServiceObservation> => {
  const { grid, gridClock, reader } = ports;
  const now = gridClock.now();
  const [runs, waiting, running, booked, projects, sources, tracker] = await Promise.all([
    totals.byState(),
    totals.waitingByZone(),
    reader.runs({ states: ['running'] }, MOST_RUNNING, undefined),
    totals.booked(),
    totals.projects(),
    grid.sources(),
    trackerState(),
  ]);
  const readings = await Promise.all(grid.zones().map(({ key }) => currentReading(ports, key, now)));
  const budgets: ObservedBudget[] = [];
  for (const project of projects) budgets.push(...(await budgetsOf(ports, project)));
  const none = Object.fromEntries(grid.zones().map(({ key }) => [key, 0]));
  return {
    runs,
    waiting: { ...none, ...waiting },
    running: running.items,
    booked,
    budgets,
    readings: readings.flatMap((reading) => reading ?? []),
    sources,
    tracker,
  };
};

/** Of several budgets for the same period the smallest. */
const budgetsOf = async (ports: Ports, project: string): Promise<readonly ObservedBudget[]> => {
  const smallest = new Map<string, ObservedBudget>();
  for (const rule of (await rulesOf(ports, project)).filter(isOf('project-budget'))) {
    const { period, timeZone, most, origin } = rule;
    const key = `${period} ${timeZone} ${origin.dryRun}`;
    const known = smallest.get(key);
    if (known !== undefined && known.most <= most) continue;
    const { spent } = await ports.budgets.spending(project, rule, ports.gridClock.now(), undefined);
    smallest.set(key, { project, period, timeZone, enforced: !origin.dryRun, most, spent });
  }
  return [...smallest.values()];
};
