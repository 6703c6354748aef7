/** What is known of a run: what the server told at first, and every event since folded into it. */
import type { RunCardFragment, RunState } from '../client/documents.js';
import { hasEnded, type RunEvent } from '../client/follow-run.js';
import { cutAt, extended, type Curve } from './curve.js';

export interface LiveRun {
  readonly card: RunCardFragment;
  /** Training loss over optimiser steps. */
  readonly loss: Curve;
}

/** After more events of its log; those it has seen already change nothing. */
export const withEvents = (run: LiveRun, events: readonly RunEvent[]): LiveRun => {
  let { card, loss } = run;
  for (const event of events) {
    if (event.sequence <= card.lastSequence) continue;
    card = withEvent(card, event);
    if (event.__typename === 'TrainingProgressed') loss = extended(loss, [{ x: event.step, y: event.trainingLoss }]);
    if (event.__typename === 'SegmentStarted') loss = cutAt(loss, event.step);
  }
  return { card, loss };
};

export const withEvent = (before: RunCardFragment, event: RunEvent): RunCardFragment => {
  const card = { ...before, lastSequence: event.sequence };
  switch (event.__typename) {
    case 'RunStateChanged':
      return withState(card, event);
    case 'PlanDecided':
      return { ...card, plan: event.plan };
    case 'SegmentStarted': {
      const evaluations = card.evaluations.filter(({ step }) => step <= event.step);
      return { ...card, step: event.step, totalSteps: event.totalSteps, zone: event.zone, evaluations };
    }
    case 'PhaseChanged':
      return { ...card, phase: event.phase };
    case 'TrainingProgressed': {
      const { step, epoch, trainingLoss, imagesPerSecond } = event;
      return { ...card, step, epoch, trainingLoss, imagesPerSecond };
    }
    case 'EvaluationRecorded': {
      const { step, accuracy, images, final } = event;
      return { ...card, step, evaluations: [...card.evaluations, { step, accuracy, images, final }] };
    }
    case 'EnergyBooked': {
      const { powerWatts, intensityGco2eqPerKwh } = event;
      return {
        ...card,
        powerWatts,
        intensityGco2eqPerKwh,
        energyKwh: card.energyKwh + event.energyKwh,
        emissionsGco2eq: sumOfKnown(card.emissionsGco2eq, event.emissionsGco2eq),
      };
    }
    case 'RunBudgetRaised':
      return { ...card, budgetGco2eq: event.budgetGco2eq };
    default:
      return card;
  }
};

const withState = (
  card: RunCardFragment,
  { to, pauseReason, stateMessage }: Extract<RunEvent, { __typename: 'RunStateChanged' }>,
): RunCardFragment => {
  const still = to === 'RUNNING' ? {} : { powerWatts: null, phase: null };
  return { ...card, ...still, state: to, pauseReason, stateMessage };
};

/** Null only while nothing is known. */
const sumOfKnown = (total: number | null, added: number | null): number | null => {
  if (added === null) return total;
  return total === null ? added : total + added;
};

export const isLive = (state: RunState): boolean => !hasEnded(state);

/** Of the newest evaluation. */
export const accuracyOf = ({ evaluations }: Pick<RunCardFragment, 'evaluations'>): RunCardFragment['evaluations'][number] | undefined =>
  evaluations.at(-1);
