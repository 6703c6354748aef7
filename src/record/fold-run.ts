/** A run's log folded event by event, in sequence order, so that folding again gives the same summary. */
import { hasEnded } from '../experiment/run-state.js';
import { lengthOf, withComponent, withEntry, withGap, withUse } from './booked.js';
import { predictionError } from './prediction.js';
import type { RunEvent, RunFact } from './run-event.js';
import { bookedInAll, emptySummary, type Moment, type RestatementRecord, type RunSummary, type SegmentRecord } from './run-summary.js';

/** The summary after one more event. */
export const withEvent = (summary: RunSummary, event: RunEvent): RunSummary => {
  const { fact } = event;
  const moment: Moment = { at: event.at, gridAt: event.gridAt };
  switch (fact.kind) {
    case 'state':
      return withState(summary, fact, moment);
    case 'planned':
      return {
        ...summary,
        plan: fact.plan,
        firstEstimate: summary.firstEstimate ?? fact.plan.estimate,
        estimate: summary.estimate ?? fact.plan.estimate,
      };
    case 'decided':
      return { ...summary, lastDecision: { ...fact.decision, ...moment } };
    case 'estimated':
      return { ...summary, estimate: fact.estimate };
    case 'budget-raised':
      return { ...summary, raisedBudget: fact.budget };
    case 'segment-started': {
      const { segment, host, zone, backend, hardware, meter, step } = fact;
      const begun: SegmentRecord = { segment, host, zone, backend, hardware, meter, started: moment, ended: undefined, firstStep: step };
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
        dataWait: withWait(summary.dataWait, fact),
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
    case 'predicted': {
      const { energy, durationMs, emissions, forecastMethod } = fact;
      return { ...summary, prediction: { energy, durationMs, emissions, forecastMethod, ...moment, error: undefined } };
    }
    case 'restated':
      return withRestatement(summary, fact, moment);
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

const withState = (summary: RunSummary, fact: RunFact & { kind: 'state' }, moment: Moment): RunSummary => {
  const next: RunSummary = { ...summary, state: fact.to, pauseReason: fact.pauseReason, stateMessage: fact.message };
  const leftRunning = fact.from === 'running';
  return {
    ...next,
    submitted: summary.submitted ?? moment,
    started: fact.to === 'running' ? (summary.started ?? moment) : summary.started,
    finished: hasEnded(fact.to) ? moment : undefined,
    phase: leftRunning ? undefined : summary.phase,
    powerWatts: leftRunning ? undefined : summary.powerWatts,
    prediction: fact.to === 'succeeded' ? judged(summary) : summary.prediction,
    segments: leftRunning ? summary.segments.map((segment) => ({ ...segment, ended: segment.ended ?? moment })) : summary.segments,
  };
};

const withEnergy = (summary: RunSummary, fact: RunFact & { kind: 'energy' }): RunSummary => {
  let { booked } = summary;
  let energy = 0;
  let durationMs = 0;
  for (const entry of fact.entries) {
    booked = { ...booked, [entry.purpose]: withEntry(booked[entry.purpose], entry, 1) };
    energy += entry.energy;
    durationMs += lengthOf(entry);
  }
  return {
    ...summary,
    booked,
    energyByComponent: fact.components.reduce(withComponent, summary.energyByComponent),
    coverageGaps: (fact.unknown ?? []).reduce((gaps, gap) => withGap(gaps, { ...gap, durationMs }), summary.coverageGaps),
    sampleGapMs: summary.sampleGapMs + (fact.gap === true ? durationMs : 0),
    utilisation: withUse(summary.utilisation, fact, durationMs),
    powerWatts: durationMs > 0 ? energy / 1000 / durationMs : summary.powerWatts,
    intensityGco2eqPerKwh: fact.entries.at(-1)?.reading?.intensity,
  };
};

/** The prediction with its error against what is booked now. */
const judged = (summary: RunSummary): RunSummary['prediction'] => {
  const { energy, coveredEnergy, durationMs, emissions } = bookedInAll(summary);
  const booked = { energy, durationMs, emissions: coveredEnergy === energy ? emissions : undefined };
  return summary.prediction && { ...summary.prediction, error: predictionError(summary.prediction, booked) };
};

/** What was booked is taken back and booked anew; evaluations that came after stand at the new emissions. */
const withRestatement = (summary: RunSummary, fact: RunFact & { kind: 'restated' }, moment: Moment): RunSummary => {
  let { booked, evaluations } = summary;
  for (const { before, after } of fact.changes) {
    const of = before.purpose;
    const metered = booked[of].durationMs;
    let next = withEntry(booked[of], before, -1);
    for (const entry of after) next = withEntry(next, entry, 1);
    booked = { ...booked, [of]: { ...next, durationMs: metered } }; // The time is the same; adding its parts would only round.
    const change = after.reduce((sum, { emissions }) => sum + (emissions ?? 0), 0) - (before.emissions ?? 0); // What is unknown was not in the sum.
    evaluations = evaluations.map((point) =>
      point.at >= before.real.end ? { ...point, emissionsSoFar: point.emissionsSoFar + change } : point,
    );
  }
  const next = { ...summary, booked, evaluations };
  const record: RestatementRecord = {
    ...moment,
    lines: fact.changes.length,
    message: fact.message,
    before: bookedInAll(summary).emissions,
    after: bookedInAll(next).emissions,
  };
  return { ...next, restatements: [...summary.restatements, record] };
};

const withWait = (before: RunSummary['dataWait'], { dataMs, trainingMs }: RunFact & { kind: 'progress' }): RunSummary['dataWait'] => {
  if (dataMs === undefined || trainingMs === undefined) return before;
  if (before === undefined) return { waitedMs: dataMs, trainingMs };
  return { waitedMs: before.waitedMs + dataMs, trainingMs: before.trainingMs + trainingMs };
};

const atLeast = (before: number | undefined, now: number): number => (before === undefined ? now : Math.max(before, now));
