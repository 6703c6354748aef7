/**
 * The service as Prometheus metrics, made anew for each scrape, so that nothing that is over stays as a series: of a run only
 * while it trains, of the rest totals by project and zone that never decrease. Emissions count as first booked; what
 * restatements have changed since is a gauge of its own, since a counter that falls reads as one that began again.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import { isFailing } from '../../grid/source-state.js';
import { bookedInAll } from '../../record/run-summary.js';
import type { StoredRun } from '../../record/run-log.js';
import type { ServiceObservation } from '../../workflows/observe-service.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ServiceFacts {
  readonly version: string;
  /** Grid seconds per real second. */
  readonly gridSpeed: number;
}

const MICROJOULES = 1e6;

export const serviceMetrics = (observed: ServiceObservation, { version, gridSpeed }: ServiceFacts): Registry => {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: readonly string[], samples: readonly Sample[]): void => {
    const metric = new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
    for (const { labels, value } of samples) metric.set(labels, value);
  };
  const counter = (name: string, help: string, labelNames: readonly string[], samples: readonly Sample[]): void => {
    const metric = new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
    for (const { labels, value } of samples) metric.inc(labels, value);
  };
  const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

  gauge('lowtide_build_info', 'Version of Lowtide; always 1.', ['version'], [{ labels: { version }, value: 1 }]);
  gauge('lowtide_grid_speed_ratio', 'Grid seconds per real second: 1 on the live grid, more on a replay.', [], one(gridSpeed));
  gauge('lowtide_runs', 'Runs by state.', ['state'], counted(observed.runs, 'state'));
  gauge(
    'lowtide_queue_depth',
    'Runs that could start now and wait for a free host of their zone.',
    ['zone'],
    counted(observed.waiting, 'zone'),
  );

  const ofProject = ['project', 'zone'];
  const booked = observed.booked.map((total) => ({ labels: { project: total.project, zone: total.zone }, total }));
  counter(
    'lowtide_energy_joules_total',
    'Energy of hosts while runs trained, overhead included, before PUE.',
    ofProject,
    booked.map(({ labels, total }) => ({ labels, value: total.energy / MICROJOULES })),
  );
  counter(
    'lowtide_energy_unknown_intensity_joules_total',
    'The part of the energy drawn while the intensity of the grid was unknown: in no emissions until restated.',
    ofProject,
    booked.map(({ labels, total }) => ({ labels, value: total.uncoveredEnergy / MICROJOULES })),
  );
  counter(
    'lowtide_emissions_grams_total',
    'gCO2eq as first booked, PUE included.',
    ofProject,
    booked.map(({ labels, total }) => ({ labels, value: total.emissions })),
  );
  gauge(
    'lowtide_emissions_restated_grams',
    'gCO2eq by which restatements have changed what was first booked, signed.',
    ofProject,
    booked.map(({ labels, total }) => ({ labels, value: total.restated })),
  );

  const ofRun = ['run_id', 'run', 'experiment', 'project', 'zone'];
  const running = observed.running.map((run) => ({ labels: labelsOf(run), run, ...figuresOf(run) }));
  counter(
    'lowtide_run_energy_joules_total',
    'Energy of the host for a run that trains, overhead included, before PUE.',
    ofRun,
    running.map(({ labels, energy }) => ({ labels, value: energy / MICROJOULES })),
  );
  counter(
    'lowtide_run_emissions_grams_total',
    'gCO2eq of a run that trains, as first booked; absent while none of its energy has a known intensity.',
    ofRun,
    known(running, ({ emissions }) => emissions),
  );
  gauge(
    'lowtide_run_emissions_restated_grams',
    'gCO2eq by which restatements have changed those of a run that trains, signed.',
    ofRun,
    running.map(({ labels, restated }) => ({ labels, value: restated })),
  );
  gauge(
    'lowtide_run_power_watts',
    'Mean power of the host in the last sample of a run that trains.',
    ofRun,
    known(running, ({ run }) => run.summary.powerWatts),
  );
  gauge(
    'lowtide_run_progress_ratio',
    'Optimiser steps done of all steps of a run that trains.',
    ofRun,
    known(running, ({ run }) => progressOf(run)),
  );
  gauge(
    'lowtide_run_images_per_second',
    'Images a run trains per second, lately.',
    ofRun,
    known(running, ({ run }) => run.summary.progress?.imagesPerSecond),
  );
  counter(
    'lowtide_run_late_samples_seconds_total',
    'Seconds of power samples of a run that trains that came late by more than three intervals.',
    ofRun,
    running.map(({ labels, run }) => ({ labels, value: run.summary.sampleGapMs / 1000 })),
  );

  gauge(
    'lowtide_grid_carbon_intensity_grams_per_kilowatt_hour',
    'gCO2eq/kWh in force in a zone, of the kind runs are accounted in; absent while it is unknown.',
    ['zone', 'provenance', 'kind'],
    observed.readings.map(({ zone, provenance, kind, intensity }) => ({ labels: { zone, provenance, kind }, value: intensity })),
  );
  const ofSource = ['source', 'zone'];
  const sources = observed.sources.map((state) => ({ labels: { source: state.source, zone: state.zone }, state }));
  gauge(
    'lowtide_source_up',
    'Whether the last word of a source of carbon intensity was an answer (1) or a failure (0).',
    ofSource,
    sources.map(({ labels, state }) => ({ labels, value: isFailing(state) ? 0 : 1 })),
  );
  gauge(
    'lowtide_source_last_success_timestamp_seconds',
    'When a source last answered; absent until it has.',
    ofSource,
    known(sources, ({ state }) => state.lastSuccessAt && state.lastSuccessAt / 1000),
  );

  const ofBudget = ['project', 'period', 'time_zone', 'enforced'];
  const budgets = observed.budgets.map((budget) => ({
    labels: { project: budget.project, period: budget.period, time_zone: budget.timeZone, enforced: String(budget.enforced) },
    budget,
  }));
  gauge(
    'lowtide_budget_limit_grams',
    "gCO2eq a project's runs may emit in a period.",
    ofBudget,
    budgets.map(({ labels, budget }) => ({ labels, value: budget.most })),
  );
  gauge(
    'lowtide_budget_spent_grams',
    "gCO2eq a project's runs have emitted in the period of now, restatements included.",
    ofBudget,
    budgets.map(({ labels, budget }) => ({ labels, value: budget.spent })),
  );

  const { tracker } = observed;
  if (tracker !== undefined) {
    gauge(
      'lowtide_tracker_up',
      'Whether the experiment tracker took what it was last told (1) or failed (0).',
      [],
      one(tracker.failure === undefined ? 1 : 0),
    );
    gauge('lowtide_tracker_waiting_runs', 'Runs with more in their log than the experiment tracker was told.', [], one(tracker.waiting));
  }
  return registry;
};

const counted = (counts: Readonly<Record<string, number>>, label: string): readonly Sample[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const known = <T extends { readonly labels: Labels }>(all: readonly T[], of: (each: T) => number | undefined): readonly Sample[] =>
  all.flatMap((each) => {
    const value = of(each);
    return value === undefined ? [] : [{ labels: each.labels, value }];
  });

const labelsOf = ({ id, name, experimentName, project, zone }: StoredRun) => ({
  run_id: id,
  run: name,
  experiment: experimentName,
  project,
  zone,
});

const figuresOf = ({ summary }: StoredRun) => {
  const { energy, coveredEnergy, emissions } = bookedInAll(summary);
  const restated = summary.restatements.reduce((sum, { before, after }) => sum + after - before, 0);
  // Never below 0 by the rounding of a difference.
  return { energy, restated, emissions: energy > 0 && coveredEnergy === 0 ? undefined : Math.max(0, emissions - restated) };
};

const progressOf = ({ summary: { progress, totalSteps } }: StoredRun): number | undefined =>
  progress === undefined || totalSteps === undefined ? undefined : progress.step / totalSteps;
