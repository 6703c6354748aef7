/** A run's log as metrics over time: folded in order, so that the same log always gives the same metrics. */
import { bookedInAll, emptySummary, type RunSummary } from '../record/run-summary.js';
import { withEvent } from '../record/fold-run.js';
import type { RunEvent, RunFact } from '../record/run-event.js';
import { fromMicrojoules, kilowattHours, microjoules } from '../units/quantities.js';
import { instant } from '../units/time.js';
import type { TrackedPoint } from './tracked-run.js';

/** Where a fold stands. */
export interface MetricFold {
  readonly summary: RunSummary;
  /** Most optimiser steps reached so far: what is drawn after a return to a checkpoint stands there too. */
  readonly furthest: number;
}

export const NOTHING_FOLDED: MetricFold = { summary: emptySummary, furthest: 0 };

export const foldMetrics = (fold: MetricFold, event: RunEvent): { readonly fold: MetricFold; readonly point: TrackedPoint } => {
  const { fact } = event;
  const summary = withEvent(fold.summary, event);
  const furthest = Math.max(fold.furthest, 'step' in fact ? fact.step : 0);
  const at = instant(Math.round(event.at));
  const { step, values } = valuesOf(fact, summary, furthest);
  // A loss that is no number is null in the log.
  const metrics = Object.entries(values).flatMap(([key, value]) => (Number.isFinite(value) ? [{ key, value: value!, at, step }] : []));
  return { fold: { summary, furthest }, point: { sequence: event.sequence, metrics } };
};

type Values = Readonly<Record<string, number | undefined>>;

/** Losses and accuracies go by tfjs' words; `val_` along the way, `test_` on the whole test set at the end. */
const valuesOf = (fact: RunFact, summary: RunSummary, furthest: number): { readonly step: number; readonly values: Values } => {
  switch (fact.kind) {
    case 'progress':
      return { step: fact.step, values: { loss: fact.loss, images_per_second: fact.imagesPerSecond, epoch: fact.epoch } };
    case 'epoch':
      return { step: fact.step, values: { epoch_loss: fact.loss, epoch_seconds: fact.durationMs / 1000 } };
    case 'evaluation': {
      const { loss, accuracy } = fact;
      return { step: fact.step, values: fact.final ? { test_loss: loss, test_acc: accuracy } : { val_loss: loss, val_acc: accuracy } };
    }
    case 'checkpoint':
      return { step: fact.step, values: { checkpoint_seconds: fact.durationMs / 1000 } };
    case 'energy':
      return { step: furthest, values: { ...powersOf(fact), ...bookedValues(summary), ...intensityOf(fact) } };
    case 'restated':
      return { step: furthest, values: bookedValues(summary) };
    case 'predicted':
      return { step: furthest, values: { predicted_energy_kwh: kwh(fact.energy), predicted_emissions_gco2eq: fact.emissions } };
    default:
      return { step: furthest, values: {} };
  }
};

/** Mean of the sample, of the host and of each component. */
const powersOf = ({ components, entries }: RunFact & { kind: 'energy' }): Values => {
  const seconds = entries.reduce((sum, { real }) => sum + real.end - real.start, 0) / 1000;
  if (seconds <= 0) return {};
  const powers = new Map<string, number>();
  for (const { component, energy } of components) powers.set(component, (powers.get(component) ?? 0) + energy / 1e6 / seconds);
  const total = entries.reduce((sum, { energy }) => sum + energy, 0) / 1e6 / seconds;
  return { power_watts: total, ...Object.fromEntries([...powers].map(([component, power]) => [`${component}_power_watts`, power])) };
};

/** Of the sample's last step of the grid; absent where it is unknown. */
const intensityOf = ({ entries }: RunFact & { kind: 'energy' }): Values => ({
  carbon_intensity_gco2eq_per_kwh: entries.at(-1)?.reading?.intensity,
});

/** Cumulative. Emissions only while the intensity of all the energy so far is known: a part of them would read as the whole. */
const bookedValues = (summary: RunSummary): Values => {
  const { energy, coveredEnergy, emissions, share } = bookedInAll(summary);
  const known = coveredEnergy === energy;
  const attributed = share.ofEnergy === energy;
  return {
    energy_kwh: kwh(energy),
    emissions_gco2eq: known ? emissions : undefined,
    attributed_energy_kwh: attributed ? kwh(share.energy) : undefined,
    attributed_emissions_gco2eq: known && attributed ? share.emissions : undefined,
  };
};

const kwh = (energy: number): number => kilowattHours(fromMicrojoules(microjoules(energy)));
