/** A fact of a run's log to its GraphQL type. */
import type { RunEvent } from '../../record/run-event.js';
import { decisionView } from './decision-type.js';
import type { RunEventType } from './event-types.js';
import { kwh } from './kwh.js';
import { estimateView, planView } from './plan-types.js';

export const eventView = ({ runId, sequence, at, gridAt, fact }: RunEvent): RunEventType => {
  const base = { run: runId, sequence, at: new Date(at), gridAt: new Date(gridAt) };
  const as = (kind: string, fields: object): RunEventType => ({ ...base, ...fields, kind });
  switch (fact.kind) {
    case 'state':
      return as('RunStateChanged', { from: fact.from ?? null, to: fact.to, pauseReason: fact.pauseReason ?? null, message: fact.message });
    case 'planned':
      return as('PlanDecided', { plan: planView(fact.plan) });
    case 'decided':
      return as('DecisionMade', { decision: decisionView({ ...fact.decision, at, gridAt }) });
    case 'estimated':
      return as('EstimateRefined', { estimate: estimateView(fact.estimate) });
    case 'budget-raised':
      return as('RunBudgetRaised', { budgetGco2eq: fact.budget });
    case 'segment-started': {
      const { backend, resumedFrom } = fact;
      return as('SegmentStarted', {
        ...fact,
        backend: `${backend.name} ${backend.kernels} (${backend.numericClass})`,
        resumedFrom: resumedFrom ?? null,
      });
    }
    case 'phase':
      return as('PhaseChanged', { phase: fact.phase });
    case 'progress':
      return as('TrainingProgressed', {
        ...fact,
        trainingLoss: fact.loss,
        dataWaitSeconds: fact.dataMs === undefined ? null : fact.dataMs / 1000,
      });
    case 'epoch':
      return as('EpochEnded', { ...fact, trainingLoss: fact.loss, durationSeconds: fact.durationMs / 1000 });
    case 'evaluation':
      return as('EvaluationRecorded', fact);
    case 'checkpoint':
      return as('CheckpointSaved', {
        ...fact,
        durationSeconds: fact.durationMs / 1000,
        heldSeconds: fact.heldMs === undefined ? null : fact.heldMs / 1000,
      });
    case 'energy':
      return as('EnergyBooked', energyFields(fact));
    case 'predicted':
      return as('RunPredicted', {
        energyKwh: kwh(fact.energy),
        durationSeconds: fact.durationMs / 1000,
        emissionsGco2eq: fact.emissions ?? null,
      });
    case 'restated':
      return as('LedgerRestated', { lines: fact.changes.length, message: fact.message });
    case 'warning':
      return as('WarningRaised', fact);
    case 'failed':
      return as('RunFailed', fact);
  }
};

const energyFields = ({ entries, components }: Extract<RunEvent['fact'], { kind: 'energy' }>) => {
  const last = entries.at(-1);
  const energy = entries.reduce((sum, entry) => sum + entry.energy, 0);
  const durationMs = entries.reduce((sum, { real }) => sum + real.end - real.start, 0);
  return {
    purpose: last?.purpose ?? 'overhead',
    energyKwh: kwh(energy),
    powerWatts: durationMs > 0 ? energy / 1000 / durationMs : 0,
    components: components.map(({ component, method, energy: ofHost, attributed }) => ({
      component,
      method,
      powerWatts: durationMs > 0 ? ofHost / 1000 / durationMs : null,
      attributedPowerWatts: durationMs > 0 && attributed !== undefined ? attributed / 1000 / durationMs : null,
    })),
    intensityGco2eqPerKwh: last?.reading?.intensity ?? null,
    provenance: last?.reading?.provenance ?? null,
    emissionsGco2eq: entries.every(({ emissions }) => emissions !== undefined)
      ? entries.reduce((sum, { emissions }) => sum + (emissions ?? Number.NaN), 0)
      : null,
  };
};
