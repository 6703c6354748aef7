/** The curves of a run: loss and accuracy over its steps, power, intensity and emissions over time. */
import { useMemo } from 'preact/hooks';
import type { ChartForm } from './chart/chart-spec.js';
import { Chart } from './chart/chart.js';
import type { Point } from './down-sample.js';
import { clockTime, count, grams, intensity, loss, percent, watts } from './format.js';
import type { RunDetail } from './open-run.js';
import type { Series } from './series.js';

const STEPS = { kind: 'number', title: 'optimiser step' } as const;
const TIME = { kind: 'time', title: 'your time' } as const;
const curve = (colour: 'loss' | 'power' | 'intensity' | 'emissions', mark: 'line' | 'steps' = 'line') =>
  [{ data: 'points', colour, mark }] as const;

const LOSS: ChartForm = { x: STEPS, y: { title: 'cross-entropy, mean per image', zero: false }, layers: curve('loss') };
const ACCURACY: ChartForm = {
  x: STEPS,
  y: { title: '% of test images', zero: false },
  layers: [
    { data: 'points', colour: 'accuracy', mark: 'line' },
    { data: 'points', colour: 'accuracy', mark: 'points' },
  ],
};
const POWER: ChartForm = { x: TIME, y: { title: 'W, host', zero: true }, layers: curve('power') };
const INTENSITY: ChartForm = { x: TIME, y: { title: 'gCO2eq/kWh', zero: true }, layers: curve('intensity', 'steps') };
const EMISSIONS: ChartForm = { x: TIME, y: { title: 'mgCO2eq, so far', zero: true }, layers: curve('emissions') };

export const RunCharts = ({ run, series }: { readonly run: RunDetail; readonly series: Series }) => {
  const evaluated = useMemo(() => run.evaluations.map(({ step, accuracy }) => ({ x: step, y: 100 * accuracy })), [run.evaluations]);
  const milligrams = useMemo(() => series.emissions.points.map(({ x, y }) => ({ x, y: 1000 * y })), [series.emissions]);
  const common = { about: 'points', empty: 'Nothing to draw yet.' };
  return (
    <section class="charts">
      <h2 class="unseen">Curves</h2>
      <Chart
        {...common}
        title="Training loss"
        description={`Training loss over optimiser steps, now ${loss(run.trainingLoss)} at step ${count(run.step ?? 0)}`}
        form={LOSS}
        rows={rowsOf(series.loss.points)}
        readout={({ x, y }) => `${loss(Number(y))} at step ${count(Number(x))}`}
        table={() => tableOf('Step', 'Loss', series.loss.points, count, loss)}
      />
      <Chart
        {...common}
        title="Accuracy"
        description={`Accuracy of ${evaluated.length} evaluations over optimiser steps, the newest ${percent((evaluated.at(-1)?.y ?? Number.NaN) / 100)}`}
        form={ACCURACY}
        rows={rowsOf(evaluated)}
        readout={({ x, y }) => `${percent(Number(y) / 100)} at step ${count(Number(x))}`}
        table={() => tableOf('Step', 'Accuracy', evaluated, count, (y) => percent(y / 100))}
        empty="Not evaluated yet."
      />
      <Chart
        {...common}
        title="Power"
        description={`Power of the host over time, last ${watts(series.power.points.at(-1)?.y)}`}
        form={POWER}
        rows={rowsOf(series.power.points)}
        readout={({ x, y }) => `${watts(Number(y))} at ${clockTime(Number(x))}`}
        table={() => tableOf('Your time', 'Power', series.power.points, clockTime, watts)}
      />
      <Chart
        {...common}
        title="Grid intensity"
        description={`Carbon intensity over time, last ${intensity(series.intensity.points.at(-1)?.y)}`}
        form={INTENSITY}
        rows={rowsOf(series.intensity.points)}
        readout={({ x, y }) => `${intensity(Number(y))} at ${clockTime(Number(x))}`}
        table={() => tableOf('Your time', 'Intensity', series.intensity.points, clockTime, intensity)}
      />
      <Chart
        {...common}
        title="Emissions"
        description={`Emissions booked so far, ${grams(run.emissionsGco2eq)}`}
        form={EMISSIONS}
        rows={rowsOf(milligrams)}
        readout={({ x, y }) => `${grams(Number(y) / 1000)} at ${clockTime(Number(x))}`}
        table={() => tableOf('Your time', 'Emissions so far', series.emissions.points, clockTime, grams)}
      />
    </section>
  );
};

/** The same object for the same points, so that a chart knows what it has drawn. */
const rowsOf = (points: readonly Point[]) => {
  const known = ROWS.get(points) ?? { points: points as unknown as readonly Readonly<Record<string, unknown>>[] };
  ROWS.set(points, known);
  return known;
};
const ROWS = new WeakMap<readonly Point[], { readonly points: readonly Readonly<Record<string, unknown>>[] }>();

/** Newest first, at most so many that they can be read. */
const MOST_ROWS = 50;
const tableOf = (xName: string, yName: string, points: readonly Point[], xText: (x: number) => string, yText: (y: number) => string) => ({
  columns: [xName, yName],
  rows: points
    .slice(-MOST_ROWS)
    .toReversed()
    .map(({ x, y }) => [xText(x), yText(y)]),
});
