/** What is booked of a run: totals by purpose and component, the run's own share, and what is not covered. */
import { plus } from '../emissions/exact-sum.js';
import { bookedEmissions, type LedgerEntry } from '../emissions/ledger-entry.js';
import type { ComponentEnergy, EnergyComponent, EnergyMethod } from '../energy/sample.js';
import type { RunFact } from './run-event.js';

/** Energy and emissions booked under one purpose. */
export interface Booked {
  /** Whole microjoules at the host, before PUE. */
  readonly energy: number;
  /** The part of `energy` drawn while the grid's intensity was known. */
  readonly coveredEnergy: number;
  /** gCO2eq of the covered part, PUE included. */
  readonly emissions: number;
  /** What rounding left of `emissions`, see ExactSum. */
  readonly emissionsRest: number;
  /** Real milliseconds metered. */
  readonly durationMs: number;
  readonly share: BookedShare;
}

/** The run's own part of what is booked, above what the host draws at rest. */
export interface BookedShare {
  /** Whole microjoules. */
  readonly energy: number;
  /** gCO2eq of the part drawn while the intensity was known, PUE included. */
  readonly emissions: number;
  readonly emissionsRest: number;
  /** The host's energy of which the share is known: all of it, or the share is too low. */
  readonly ofEnergy: number;
}

export interface ComponentTotal {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  /** Whole microjoules of the host. */
  readonly energy: number;
  /** The part drawn at rest, and the run's share above it; undefined when either was unknown for a while. */
  readonly idle: number | undefined;
  readonly attributed: number | undefined;
}

/** Real time in which a component's energy was unknown, by reason. */
export interface CoverageGap {
  readonly component: EnergyComponent;
  readonly reason: string;
  readonly durationMs: number;
}

/** Sums over metered time, for means: load 0 to 1 and bytes, each times real milliseconds. */
export interface Utilisation {
  readonly cpuLoadMs: number;
  readonly cpuKnownMs: number;
  readonly memoryByteMs: number;
  readonly memoryKnownMs: number;
}

export const NOTHING_BOOKED: Booked = {
  energy: 0,
  coveredEnergy: 0,
  emissions: 0,
  emissionsRest: 0,
  durationMs: 0,
  share: { energy: 0, emissions: 0, emissionsRest: 0, ofEnergy: 0 },
};

/** An entry booked (1) or taken back (-1). */
export const withEntry = (booked: Booked, entry: LedgerEntry, sign: 1 | -1): Booked => {
  const { energy, attributed, emissions, pue, reading } = entry;
  const total = plus({ value: booked.emissions, rest: booked.emissionsRest }, sign * (emissions ?? 0)); // Unknown emissions are not covered, below.
  const { share } = booked;
  const shareEmissions = attributed === undefined ? undefined : bookedEmissions(attributed, pue, reading);
  const ofShare = plus({ value: share.emissions, rest: share.emissionsRest }, sign * (shareEmissions ?? 0));
  return {
    energy: booked.energy + sign * energy,
    coveredEnergy: booked.coveredEnergy + (emissions === undefined ? 0 : sign * energy),
    emissions: total.value,
    emissionsRest: total.rest,
    durationMs: booked.durationMs + sign * lengthOf(entry),
    share: {
      energy: share.energy + sign * (attributed ?? 0), // Where it is unknown, `ofEnergy` says so.
      emissions: ofShare.value,
      emissionsRest: ofShare.rest,
      ofEnergy: share.ofEnergy + (attributed === undefined ? 0 : sign * energy),
    },
  };
};

/** Real milliseconds. */
export const lengthOf = ({ real }: LedgerEntry): number => real.end - real.start;

export const withComponent = (totals: readonly ComponentTotal[], each: ComponentEnergy): readonly ComponentTotal[] => {
  const { component, method, energy, idle, attributed } = each;
  const same = (total: ComponentTotal) => total.component === component && total.method === method;
  if (!totals.some(same)) return [...totals, { component, method, energy, idle, attributed }];
  return totals.map((total) =>
    same(total)
      ? {
          ...total,
          energy: total.energy + energy,
          idle: sumIfKnown(total.idle, idle),
          attributed: sumIfKnown(total.attributed, attributed),
        }
      : total,
  );
};

const sumIfKnown = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

export const withGap = (gaps: readonly CoverageGap[], { component, reason, durationMs }: CoverageGap): readonly CoverageGap[] => {
  const same = (gap: CoverageGap) => gap.component === component && gap.reason === reason;
  return gaps.some(same)
    ? gaps.map((gap) => (same(gap) ? { ...gap, durationMs: gap.durationMs + durationMs } : gap))
    : [...gaps, { component, reason, durationMs }];
};

export const withUse = (use: Utilisation, { cpuLoad, memoryUsedBytes }: RunFact & { kind: 'energy' }, durationMs: number): Utilisation => ({
  cpuLoadMs: use.cpuLoadMs + (cpuLoad === undefined ? 0 : cpuLoad * durationMs),
  cpuKnownMs: use.cpuKnownMs + (cpuLoad === undefined ? 0 : durationMs),
  memoryByteMs: use.memoryByteMs + (memoryUsedBytes === undefined ? 0 : memoryUsedBytes * durationMs),
  memoryKnownMs: use.memoryKnownMs + (memoryUsedBytes === undefined ? 0 : durationMs),
});
