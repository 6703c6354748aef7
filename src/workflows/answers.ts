/** What the journeys answer: expected refusals are values, only faults are thrown. */
import type { Problem } from '../experiment/parsing.js';
import type { RunState } from '../experiment/run-state.js';
import type { Range } from '../emissions/accuracy.js';
import type { Forecast } from '../grid/reading.js';
import type { Estimate, Placement, Plan } from '../plan/plan.js';
import type { StoredRun } from '../record/run-log.js';
import type { GramsCO2eq, Microjoules } from '../units/quantities.js';
import type { Refusal } from './plan-within-rules.js';

export type Submission =
  | { readonly kind: 'submitted'; readonly experimentId: string; readonly runIds: readonly string[] }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  /** The first run that cannot be planned; nothing was written. */
  | { readonly kind: 'refused'; readonly run: string; readonly refusal: Refusal };

/** What a run would cost now and in its best window, under the forecast its spec names. */
export type EstimateAnswer =
  | {
      readonly kind: 'estimated';
      readonly estimate: Estimate;
      readonly immediate: Placement;
      readonly best: Plan;
      readonly forecast: Forecast;
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'refused'; readonly run: string; readonly refusal: Refusal };

export type ControlAnswer =
  /** `message` says what happens now, since a running run pauses at its next optimiser step. */
  | { readonly kind: 'accepted'; readonly run: StoredRun; readonly message: string }
  | { readonly kind: 'illegal'; readonly state: RunState; readonly message: string }
  | { readonly kind: 'not-found' };

/** What became of settling a run's ledger. */
export type Settlement =
  | { readonly kind: 'settled'; readonly restated: number; /** Lines that still wait for a better reading. */ readonly provisional: number }
  | { readonly kind: 'not-found' };

export const EXPORT_FORMATS = ['codecarbon-csv', 'summary-json', 'sci-json', 'boamps-json', 'ai-act-markdown', 'samples-parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: string | Uint8Array;
}

export type ImportAnswer =
  | {
      readonly kind: 'imported';
      readonly added: number;
      /** Rows the experiment had already. */
      readonly known: number;
      readonly ignoredColumns: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'not-found' };

/** A run's signed saving against itself started at once (see domain terms: counterfactual). */
export interface Savings {
  readonly counterfactual: GramsCO2eq | undefined;
  /** counterfactual − actual, overhead included; negative is a loss. */
  readonly saved: GramsCO2eq | undefined;
  readonly savedPercent: number | undefined;
  /** What moving the active energy in time did, in its home zone. */
  readonly timing: GramsCO2eq | undefined;
  /** What moving it in place did, at the time of submission. */
  readonly place: GramsCO2eq | undefined;
  /** What both moves did beyond the two by themselves. */
  readonly interaction: GramsCO2eq | undefined;
  /** Emissions of start-up, checkpoints and resumes. */
  readonly overhead: GramsCO2eq | undefined;
  readonly method: string;
  readonly provenance: string;
  readonly unknownBecause: string | undefined;
}

/** What a run's log and ledger say about carbon, in the figures people compare. */
export interface CarbonAccount {
  /** Worked out once, from the ledger; the rest is of the summary. */
  savings(): Promise<Savings>;
  readonly emissions: GramsCO2eq | undefined;
  /** What may really have been emitted of it, by how its energy is known. */
  readonly emissionsRange: Range<GramsCO2eq> | undefined;
  readonly overheadEmissions: GramsCO2eq | undefined;
  /** The run's own part, above what the host draws at rest; undefined where it is not known of all the energy. */
  readonly share: { readonly energy: Microjoules; readonly emissions: GramsCO2eq } | undefined;
  readonly coveredPercent: number | undefined;
  readonly carbonPerAccuracyPoint: GramsCO2eq | undefined;
  /** The same at the ends of what emissions and accuracy may be; undefined where accuracy may be no better than guessing. */
  readonly carbonPerAccuracyPointRange: Range<GramsCO2eq> | undefined;
  /** Of the final evaluation. */
  readonly accuracy: number | undefined;
  readonly chanceAccuracy: number;
  /** Grid milliseconds from submission to start. */
  readonly delayMs: number | undefined;
}

export interface PairComparison {
  readonly baseline: StoredRun;
  readonly candidate: StoredRun;
  readonly emissionsReductionPercent: number | undefined;
  readonly energyReductionPercent: number | undefined;
  readonly shareReductionPercent: number | undefined;
  readonly carbonPerAccuracyPointReductionPercent: number | undefined;
  readonly accuracyDifferencePoints: number | undefined;
  readonly peakMemoryReductionPercent: number | undefined;
  readonly durationChangePercent: number | undefined;
  readonly delayMs: number | undefined;
  /** Baseline − candidate; positive: the candidate emitted less. */
  readonly difference: GramsCO2eq | undefined;
  readonly timing: GramsCO2eq | undefined;
  readonly place: GramsCO2eq | undefined;
  readonly interaction: GramsCO2eq | undefined;
  readonly configuration: GramsCO2eq | undefined;
  readonly overhead: GramsCO2eq | undefined;
  readonly converged: boolean | undefined;
  readonly convergenceNote: string;
  readonly unknownBecause: string | undefined;
}

export interface Comparison {
  readonly baseline: StoredRun | undefined;
  readonly runs: readonly StoredRun[];
  readonly pairs: readonly PairComparison[];
  readonly notice: string;
}
