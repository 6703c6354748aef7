/** What a run's log adds up to: folded event by event, in sequence order, so that folding again gives the same. */
import type { ComponentEnergy, EnergyComponent, EnergyMethod } from '../energy/sample.js';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { PauseReason, RunState } from '../experiment/run-state.js';
import type { Plan } from '../plan/plan.js';
import type { BackendBuild, TrainerPhase } from '../training/protocol.js';
import { microjoules } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { RunEvent, RunFact } from './run-event.js';

/** A moment on both clocks. */
export interface Moment {
  readonly at: Instant;
  readonly gridAt: Instant;
}

/** Energy and emissions booked under one purpose. */
export interface Booked {
  /** Whole microjoules at the host, before PUE. */
  readonly energy: number;
  /** The part of `energy` drawn while the grid's intensity was known. */
  readonly coveredEnergy: number;
  /** gCO2eq of the covered part, PUE included. */
  readonly emissions: number;
  /** Real milliseconds metered. */
  readonly durationMs: number;
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
  readonly started: Moment;
  readonly ended: Moment | undefined;
  readonly firstStep: number;
}

export interface RunSummary {
  readonly state: RunState;
  readonly pauseReason: PauseReason | undefined;
  readonly stateMessage: string;
  readonly plan: Plan | undefined;
  readonly submitted: Moment | undefined;
  readonly started: Moment | undefined;
  readonly finished: Moment | undefined;
  readonly segments: readonly SegmentRecord[];
  readonly phase: TrainerPhase | undefined;
  readonly trainableParameters: number | undefined;
  readonly totalSteps: number | undefined;
  readonly progress: { readonly step: number; readonly epoch: number; readonly loss: number; readonly imagesPerSecond: number } | undefined;
  readonly peakMemoryBytes: number | undefined;
  readonly evaluations: readonly EvaluationPoint[];
  readonly lastCheckpoint: ({ readonly path: string; readonly step: number; readonly bytes: number } & Moment) | undefined;
  readonly booked: Readonly<Record<EnergyPurpose, Booked>>;
  readonly energyByComponent: readonly { readonly component: EnergyComponent; readonly method: EnergyMethod; readonly energy: number }[];
  /** Of the last power sample. */
  readonly powerWatts: number | undefined;
  readonly intensityGco2eqPerKwh: number | undefined;
  readonly warnings: readonly string[];
  readonly failure: string | undefined;
}

const NOTHING_BOOKED: Booked = { energy: 0, coveredEnergy: 0, emissions: 0, durationMs: 0 };

export const emptySummary: RunSummary = {
  state: 'planned',
  pauseReason: undefined,
  stateMessage: '',
  plan: undefined,
  submitted: undefined,
  started: undefined,
  finished: undefined,
  segments: [],
  phase: undefined,
  trainableParameters: undefined,
  totalSteps: undefined,
  progress: undefined,
  peakMemoryBytes: undefined,
  evaluations: [],
  lastCheckpoint: undefined,
  booked: { active: NOTHING_BOOKED, overhead: NOTHING_BOOKED },
  energyByComponent: [],
  powerWatts: undefined,
  intensityGco2eqPerKwh: undefined,
  warnings: [],
  failure: undefined,
};

/** The summary after one more event. */
export const withEvent = (summary: RunSummary, event: RunEvent): RunSummary => {
  const { fact } = event;
  const moment: Moment = { at: event.at, gridAt: event.gridAt };
  switch (fact.kind) {
    case 'state':
      return withState(summary, fact, moment);
    case 'planned':
      return { ...summary, plan: fact.plan };
    case 'segment-started': {
      const { segment, host, zone, backend, step } = fact;
      const begun: SegmentRecord = { segment, host, zone, backend, started: moment, ended: undefined, firstStep: step };
      // What was done after the checkpoint is done again, and evaluated again.
      const evaluations = summary.evaluations.filter((point) => point.step <= step);
      return {
        ...summary,
        evaluations,
        segments: [...summary.segments, begun],
        trainableParameters: fact.trainableParameters,
        totalSteps: fact.totalSteps,
      };
    }
    case 'phase':
      return { ...summary, phase: fact.phase };
    case 'progress': {
      const { step, epoch, loss, imagesPerSecond } = fact;
      return {
        ...summary,
        progress: { step, epoch, loss, imagesPerSecond },
        peakMemoryBytes: atLeast(summary.peakMemoryBytes, fact.peakMemoryBytes),
      };
    }
    case 'evaluation': {
      const { step, epoch, accuracy, loss, images, final } = fact;
      const { active, overhead } = summary.booked;
      const point = { step, epoch, accuracy, loss, images, final, ...moment };
      const soFar = { emissionsSoFar: active.emissions + overhead.emissions, energySoFar: active.energy + overhead.energy };
      return { ...summary, evaluations: [...summary.evaluations, { ...point, ...soFar }] };
    }
    case 'checkpoint': {
      const { path, step, bytes } = fact;
      return { ...summary, lastCheckpoint: { path, step, bytes, ...moment } };
    }
    case 'energy':
      return withEnergy(summary, fact);
    case 'warning':
      return { ...summary, warnings: [...summary.warnings, fact.message] };
    case 'failed':
      return { ...summary, failure: fact.message };
    case 'epoch':
      return summary;
  }
};

export const foldRun = (events: Iterable<RunEvent>): RunSummary => {
  let summary = emptySummary;
  for (const event of events) summary = withEvent(summary, event);
  return summary;
};

/** Energy and emissions of every purpose together. */
export const bookedInAll = ({ booked: { active, overhead } }: RunSummary): Booked => ({
  energy: microjoules(active.energy + overhead.energy),
  coveredEnergy: microjoules(active.coveredEnergy + overhead.coveredEnergy),
  emissions: active.emissions + overhead.emissions,
  durationMs: active.durationMs + overhead.durationMs,
});

const withState = (summary: RunSummary, fact: RunFact & { kind: 'state' }, moment: Moment): RunSummary => {
  const next: RunSummary = { ...summary, state: fact.to, pauseReason: fact.pauseReason, stateMessage: fact.message };
  const leftRunning = fact.from === 'running';
  const ended = ['succeeded', 'failed', 'halted', 'cancelled'].includes(fact.to);
  return {
    ...next,
    submitted: summary.submitted ?? moment,
    started: fact.to === 'running' ? (summary.started ?? moment) : summary.started,
    finished: ended ? moment : summary.finished,
    phase: leftRunning ? undefined : summary.phase,
    powerWatts: leftRunning ? undefined : summary.powerWatts,
    segments: leftRunning ? summary.segments.map((segment) => ({ ...segment, ended: segment.ended ?? moment })) : summary.segments,
  };
};

const withEnergy = (summary: RunSummary, fact: RunFact & { kind: 'energy' }): RunSummary => {
  const booked = { ...summary.booked };
  let energy = 0;
  let durationMs = 0;
  for (const entry of fact.entries) {
    const before = booked[entry.purpose];
    const entryMs = entry.real.end - entry.real.start;
    const known = entry.emissions !== undefined;
    booked[entry.purpose] = {
      energy: before.energy + entry.energy,
      coveredEnergy: known ? before.coveredEnergy + entry.energy : before.coveredEnergy,
      emissions: known ? before.emissions + entry.emissions : before.emissions,
      durationMs: before.durationMs + entryMs,
    };
    energy += entry.energy;
    durationMs += entryMs;
  }
  return {
    ...summary,
    booked,
    energyByComponent: fact.components.reduce(withComponent, summary.energyByComponent),
    powerWatts: durationMs > 0 ? energy / 1000 / durationMs : summary.powerWatts,
    intensityGco2eqPerKwh: fact.entries.at(-1)?.reading?.intensity,
  };
};

const withComponent = (
  totals: RunSummary['energyByComponent'],
  { component, method, energy }: ComponentEnergy,
): RunSummary['energyByComponent'] => {
  const same = (total: { component: string; method: string }) => total.component === component && total.method === method;
  return totals.some(same)
    ? totals.map((total) => (same(total) ? { ...total, energy: total.energy + energy } : total))
    : [...totals, { component, method, energy }];
};

const atLeast = (before: number | undefined, now: number): number => (before === undefined ? now : Math.max(before, now));
