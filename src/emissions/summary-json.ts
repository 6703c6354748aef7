/** Runs as plain JSON in the units people compare: one object a run, null for what is unknown. */
import { kilowattHours, type Joules } from '../units/quantities.js';
import { iso } from '../units/time.js';
import type { ExportedRun } from './exported-run.js';

export const runSummaryJson = (run: ExportedRun): object => ({
  experiment_name: run.experimentName,
  experiment_id: run.experimentId,
  run_name: run.name,
  run_id: run.id,
  role: run.role,
  state: run.state,
  start_time: run.startedAt === undefined ? null : iso(run.startedAt),
  end_time: run.finishedAt === undefined ? null : iso(run.finishedAt),
  duration_seconds: run.meteredMs / 1000,
  scheduling_delay_seconds: run.delayMs === undefined ? null : run.delayMs / 1000,
  zone: run.zone,
  total_emissions_kg: run.emissions === undefined ? null : run.emissions / 1000,
  emissions_rate_kg_per_hour:
    run.emissions === undefined || run.meteredMs <= 0 ? null : (run.emissions / 1000) * (3_600_000 / run.meteredMs),
  total_energy_kwh: kwh(run.energy),
  overhead_energy_kwh: kwh(run.overheadEnergy),
  attributed_energy_kwh: run.share === undefined ? null : kwh(run.share.energy),
  attributed_emissions_kg: run.share === undefined ? null : run.share.emissions / 1000,
  pue: run.pue,
  energy_by_component: run.components.map(({ component, method, energy, attributed }) => ({
    component,
    method,
    energy_kwh: kwh(energy),
    attributed_energy_kwh: attributed === undefined ? null : kwh(attributed),
    mean_power_watts: run.meteredMs > 0 ? energy / (run.meteredMs / 1000) : null,
  })),
  mean_carbon_intensity_gco2eq_per_kwh: run.emissions === undefined || run.energy <= 0 ? null : run.emissions / (kwh(run.energy) * run.pue),
  energy_with_known_intensity_percent: run.coveredPercent ?? null,
  coverage_gaps: run.gaps,
  restatements: run.restatements,
  counterfactual_emissions_kg: run.counterfactual === undefined ? null : run.counterfactual / 1000,
  saved_emissions_kg: run.saved === undefined ? null : run.saved / 1000,
  final_accuracy: run.accuracy ?? null,
  carbon_per_accuracy_point_kg: run.carbonPerAccuracyPoint === undefined ? null : run.carbonPerAccuracyPoint / 1000,
  peak_memory_mb: run.peakMemoryBytes === undefined ? null : run.peakMemoryBytes / 2 ** 20,
  model: run.model,
  dataset: run.dataset,
  epochs: run.epochs,
  batch_size: run.batchSize,
  micro_batch_size: run.microBatchSize,
  gradient_accumulation_steps: run.batchSize / run.microBatchSize,
  provenance: {
    readings: run.readings,
    meters: run.components.map(({ component, method }) => `${component} by ${method}`),
    notice: run.notice ?? null,
  },
  hardware: run.hardware,
});

const kwh = (energy: Joules): number => kilowattHours(energy);
