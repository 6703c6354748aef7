/** What a run's log adds up to. */
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { Hardware } from '../energy/hardware.js';
import type { MeterCoverage } from '../energy/sample.js';
import type { PauseReason, RunState } from '../experiment/run-state.js';
import type { Decision } from '../plan/decision.js';
import type { Estimate, Plan } from '../plan/plan.js';
import type { BackendBuild, TrainerPhase } from '../training/protocol.js';
import { type GramsCO2eq, microjoules } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import { type Booked, type ComponentTotal, type CoverageGap, NOTHING_BOOKED, type Utilisation } from './booked.js';
import type { Prediction, PredictionError } from './prediction.js';

/** A moment on both clocks. */
export interface Moment {
  readonly at: Instant;
  readonly gridAt: Instant;
}

/** A settlement, and what it did to the run's emissions. */
export interface RestatementRecord extends Moment {
  readonly lines: number;
  readonly message: string;
  /** gCO2eq of the whole run. */
  readonly before: number;
  readonly after: number;
}

export interface EvaluationPoint extends Moment {
  readonly step: number;
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly images: number;
  readonly final: boolean;
  /** gCO2eq and whole microjoules booked on the run up to here, overhead included. */
  readonly emissionsSoFar: number;
  readonly energySoFar: number;
}

export interface SegmentRecord {
  readonly segment: number;
  readonly host: string;
  readonly zone: string;
  readonly backend: BackendBuild;
  readonly hardware: Hardware | undefined;
  readonly meter: MeterCoverage | undefined;
  readonly started: Moment;
  readonly ended: Moment | undefined;
  readonly firstStep: number;
}

export interface RunSummary {
  readonly state: RunState;
  readonly pauseReason: PauseReason | undefined;
  readonly stateMessage: string;
  /** The plan in force; the first one is in the log. */
  readonly plan: Plan | undefined;
  /** What the run was first expected to take and draw. */
  readonly firstEstimate: Estimate | undefined;
  /** The same as refined since. */
  readonly estimate: Estimate | undefined;
  readonly lastDecision: (Decision & Moment) | undefined;
  /** As raised; undefined: as its spec says. */
  readonly raisedBudget: GramsCO2eq | undefined;
  readonly submitted: Moment | undefined;
  readonly started: Moment | undefined;
  readonly finished: Moment | undefined;
  readonly segments: readonly SegmentRecord[];
  readonly phase: TrainerPhase | undefined;
  readonly trainableParameters: number | undefined;
  readonly totalSteps: number | undefined;
  readonly progress: { readonly step: number; readonly epoch: number; readonly loss: number; readonly imagesPerSecond: number } | undefined;
  readonly peakMemoryBytes: number | undefined;
  /** Real milliseconds of training spent waiting for data, and of all training; undefined until both were told. */
  readonly dataWait: { readonly waitedMs: number; readonly trainingMs: number } | undefined;
  readonly evaluations: readonly EvaluationPoint[];
  readonly lastCheckpoint: ({ readonly path: string; readonly step: number; readonly bytes: number } & Moment) | undefined;
  readonly booked: Readonly<Record<EnergyPurpose, Booked>>;
  readonly energyByComponent: readonly ComponentTotal[];
  readonly coverageGaps: readonly CoverageGap[];
  /** Real milliseconds of samples that came late by more than three intervals; counters counted in them, models did not. */
  readonly sampleGapMs: number;
  readonly utilisation: Utilisation;
  readonly restatements: readonly RestatementRecord[];
  /** What was predicted after the first epoch; its error when the run has succeeded. */
  readonly prediction: (Prediction & Moment & { readonly error: PredictionError | undefined }) | undefined;
  /** Of the last power sample. */
  readonly powerWatts: number | undefined;
  readonly intensityGco2eqPerKwh: number | undefined;
  readonly warnings: readonly string[];
  readonly failure: string | undefined;
}

export const emptySummary: RunSummary = {
  state: 'planned',
  pauseReason: undefined,
  stateMessage: '',
  plan: undefined,
  firstEstimate: undefined,
  estimate: undefined,
  lastDecision: undefined,
  raisedBudget: undefined,
  submitted: undefined,
  started: undefined,
  finished: undefined,
  segments: [],
  phase: undefined,
  trainableParameters: undefined,
  totalSteps: undefined,
  progress: undefined,
  peakMemoryBytes: undefined,
  dataWait: undefined,
  evaluations: [],
  lastCheckpoint: undefined,
  booked: { active: NOTHING_BOOKED, overhead: NOTHING_BOOKED },
  energyByComponent: [],
  coverageGaps: [],
  sampleGapMs: 0,
  utilisation: { cpuLoadMs: 0, cpuKnownMs: 0, memoryByteMs: 0, memoryKnownMs: 0 },
  restatements: [],
  prediction: undefined,
  powerWatts: undefined,
  intensityGco2eqPerKwh: undefined,
  warnings: [],
  failure: undefined,
};

/** Energy and emissions of every purpose together. */
export const bookedInAll = ({ booked: { active, overhead } }: RunSummary): Booked => ({
  energy: microjoules(active.energy + overhead.energy),
  coveredEnergy: microjoules(active.coveredEnergy + overhead.coveredEnergy),
  emissions: active.emissions + overhead.emissions,
  emissionsRest: active.emissionsRest + overhead.emissionsRest,
  durationMs: active.durationMs + overhead.durationMs,
  share: {
    energy: microjoules(active.share.energy + overhead.share.energy),
    emissions: active.share.emissions + overhead.share.emissions,
    emissionsRest: active.share.emissionsRest + overhead.share.emissionsRest,
    ofEnergy: active.share.ofEnergy + overhead.share.ofEnergy,
  },
});
