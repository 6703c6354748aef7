/** What a run is expected to take and emit, at once and in its best window, before anything is sent. */
import { useMemo } from 'preact/hooks';
import type { EstimateQuery } from '../../client/documents.js';
import { Chart } from '../chart/chart.js';
import { count, duration, fullTime, grams, words, watts } from '../format.js';
import { bandOf, GRID_FORM, GridLegend, readoutOf, readRow, stepsOf, tableOf, windowsOf } from '../grid-rows.js';

export type Estimated = Extract<EstimateQuery['estimate'], { __typename: 'Estimate' }>;

interface Props {
  readonly run: string;
  readonly estimated: Estimated;
}

export const EstimatePanel = ({ run, estimated }: Props) => {
  const { estimate, best, immediateEmissionsGco2eq: now, immediateStart, forecast } = estimated;
  const rows = useMemo(
    () => ({
      windows: windowsOf(best.segments),
      band95: bandOf(forecast.readings, 'interval95'),
      band80: bandOf(forecast.readings, 'interval80'),
      forecast: stepsOf(forecast.readings, ({ intensityGco2eqPerKwh }) => ({ y: intensityGco2eqPerKwh })),
      known: [],
      trained: [],
      now: [{ x: Date.parse(immediateStart), label: 'now' }],
      all: forecast.readings.map((each) => readRow(each, 'expected')),
    }),
    [estimated],
  );
  const saved = now === null || best.expectedEmissionsGco2eq === null ? null : now - best.expectedEmissionsGco2eq;
  return (
    <section class="estimate" aria-label={`Estimate of ${run}`}>
      <h3>{run}</h3>
      <dl class="figures">
        <div>
          <dt>At once</dt>
          <dd>
            <strong>{grams(now)}</strong>
            <span>from {fullTime(immediateStart)}, grid time</span>
          </dd>
        </div>
        <div>
          <dt>In its best window</dt>
          <dd>
            <strong>{grams(best.expectedEmissionsGco2eq)}</strong>
            <span>{rangeText(best)}</span>
          </dd>
        </div>
        <div>
          <dt>Difference</dt>
          <dd>
            <strong>{grams(saved === null ? null : -saved, true)}</strong>
            <span>{saved === null || now === null || now === 0 ? '' : `${((-100 * saved) / now).toFixed(0).replace('-', '−')} %`}</span>
          </dd>
        </div>
        <div>
          <dt>Training</dt>
          <dd>
            <strong>{duration(estimate.durationSeconds)}</strong>
            <span>
              at {watts(estimate.powerWatts)}, {count(estimate.imagesPerSecond)} images/s; by {words(estimate.basis).replace('-', ' ')}
            </span>
          </dd>
        </div>
      </dl>
      <p>{best.reason}</p>
      <Chart
        title="Expected intensity, and the best window"
        description={`Forecast of the grid's carbon intensity by ${forecast.method}; best window ${best.segments.map(({ start, end }) => `${fullTime(start)} to ${fullTime(end)}`).join(', ')}`}
        form={GRID_FORM}
        rows={rows}
        about="all"
        rest={rows.all[0]}
        readout={readoutOf}
        table={() => tableOf(forecast.readings)}
        height={200}
        empty="There is no forecast."
        legend={<GridLegend expects intervals={rows.band80.length > 0} trains={false} />}
      />
    </section>
  );
};

const rangeText = ({ expectedEmissions80: range, segments }: Estimated['best']): string => {
  const from = segments[0] === undefined ? '' : `from ${fullTime(segments[0].start)}, grid time`;
  return range === null ? from : `${from}; 80 % between ${grams(range.lowGco2eq)} and ${grams(range.highGco2eq)}`;
};
