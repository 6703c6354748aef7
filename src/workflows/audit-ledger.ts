/** An audit: what all runs booked in a span of grid time, the runs behind it, and what they saved. */
import { bookedGroups, type BookedDimension, type BookedGroup } from '../emissions/booked-groups.js';
import { plus } from '../emissions/exact-sum.js';
import { isWhole, type AuditedRun } from '../record/audited-runs.js';
import type { LedgerSpan } from '../record/ledger-book.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { CarbonAccount } from './answers.js';
import type { Ports } from './ports.js';

export interface Audit extends LedgerSpan {
  /** What was booked, by one or several things at once; by nothing: all of it. */
  by(dimensions: readonly BookedDimension[]): readonly BookedGroup[];
  /** The runs that booked anything in the span, the oldest first; read once. */
  runs(): Promise<readonly AuditedRun[]>;
}

/** @param timeZoneOf of any zone there ever was, also of one that is not served any more */
export const auditLedger = async (
  { ledgers, reader }: Pick<Ports, 'ledgers' | 'reader'>,
  span: LedgerSpan,
  timeZoneOf: (zone: string) => string,
): Promise<Audit> => {
  const cells = await ledgers.cells(span);
  const by: Audit['by'] = (dimensions) => bookedGroups(cells, dimensions, timeZoneOf);
  let runs: Promise<readonly AuditedRun[]> | undefined;
  return { ...span, by, runs: () => (runs ??= auditedRuns({ reader }, by(['run']))) };
};

const auditedRuns = async ({ reader }: Pick<Ports, 'reader'>, parts: readonly BookedGroup[]): Promise<readonly AuditedRun[]> => {
  const runs = await reader.runsWith(parts.flatMap(({ key }) => key.runId ?? []));
  const partOf = new Map(parts.map((part) => [part.key.runId, part]));
  return runs.map((run) => ({ run, part: partOf.get(run.id)! }));
};

/** Signed savings of several runs against themselves started at once. */
export interface TotalSavings {
  /** Undefined when no run's is known. */
  readonly saved: GramsCO2eq | undefined;
  readonly counterfactual: GramsCO2eq | undefined;
  /** How many runs' savings are known, and how many of them are losses. */
  readonly known: number;
  readonly losses: number;
  readonly unknown: readonly { readonly run: AuditedRun; readonly because: string }[];
}

/** Of the runs that are wholly in the span: a part of a run has no counterfactual. */
export const totalSavings = async (
  runs: readonly AuditedRun[],
  accountOf: (run: AuditedRun['run']) => Promise<CarbonAccount>,
): Promise<TotalSavings> => {
  let saved = { value: 0, rest: 0 };
  let counterfactual = { value: 0, rest: 0 };
  let known = 0;
  let losses = 0;
  const unknown: { run: AuditedRun; because: string }[] = [];
  for (const run of runs) {
    const because = isWhole(run) ? undefined : 'part of it was booked outside of the span';
    const savings = because === undefined ? await (await accountOf(run.run)).savings() : undefined;
    if (savings?.saved === undefined || savings.counterfactual === undefined) {
      unknown.push({ run, because: because ?? savings?.unknownBecause ?? 'unknown' });
      continue;
    }
    saved = plus(saved, savings.saved);
    counterfactual = plus(counterfactual, savings.counterfactual);
    known += 1;
    if (savings.saved < 0) losses += 1;
  }
  return {
    saved: known === 0 ? undefined : grams(saved.value),
    counterfactual: known === 0 ? undefined : grams(counterfactual.value),
    known,
    losses,
    unknown,
  };
};
