/** Readings of the grid, known and expected, as a chart's layers, legend and table. */
import type { ReadingPointFragment } from '../client/documents.js';
import type { ChartForm } from './chart/chart-spec.js';
import { intensity, shortTime, words } from './format.js';

export type Row = Readonly<Record<string, unknown>>;

export const GRID_FORM: ChartForm = {
  x: { kind: 'time', title: 'grid time, in your time zone' },
  y: { title: 'gCO2eq/kWh', zero: true },
  layers: [
    { data: 'windows', mark: 'windows', colour: 'window' },
    { data: 'band95', mark: 'band', colour: 'forecast', opacity: 0.14 },
    { data: 'band80', mark: 'band', colour: 'forecast', opacity: 0.22 },
    { data: 'forecast', mark: 'steps', colour: 'forecast', dashed: true },
    { data: 'known', mark: 'steps', colour: 'ink' },
    { data: 'trained', mark: 'strip', colour: 'window' },
    { data: 'now', mark: 'rule', colour: 'quiet' },
  ],
};

export const windowsOf = (segments: readonly { readonly start: string; readonly end: string }[]): readonly Row[] =>
  segments.map(({ start, end }) => ({ x: Date.parse(start), end: Date.parse(end) }));

export const readRow = ({ start, intensityGco2eqPerKwh, provenance }: ReadingPointFragment, how: string): Row => ({
  x: Date.parse(start),
  y: intensityGco2eqPerKwh,
  how: how === 'known' ? words(provenance) : how,
});

/** The last one holds to its end, or until `until`. */
export const stepsOf = (
  readings: readonly ReadingPointFragment[],
  value: (reading: ReadingPointFragment) => Row,
  until: number = Number.POSITIVE_INFINITY,
): readonly Row[] => {
  const last = readings.at(-1);
  const rows = readings.map((reading) => ({ x: Date.parse(reading.start), ...value(reading) }));
  return last === undefined ? rows : [...rows, { x: Math.min(Date.parse(last.end), until), ...value(last) }];
};

export const bandOf = (readings: readonly ReadingPointFragment[], which: 'interval80' | 'interval95'): readonly Row[] =>
  stepsOf(
    readings.filter((reading) => reading[which] !== null),
    (reading) => ({ low: reading[which]!.lowGco2eqPerKwh, high: reading[which]!.highGco2eqPerKwh }),
  );

export const readoutOf = ({ x, y, how }: Row): string => `${intensity(Number(y))}, ${String(how)}, ${shortTime(Number(x))}`;

export const tableOf = (readings: readonly ReadingPointFragment[]) => ({
  columns: ['Grid time', 'Intensity', '80 % interval', 'How it is known'],
  rows: readings.map(({ start, intensityGco2eqPerKwh, interval80, provenance }) => [
    shortTime(start),
    intensity(intensityGco2eqPerKwh),
    interval80 === null ? '' : `${Math.round(interval80.lowGco2eqPerKwh)} to ${Math.round(interval80.highGco2eqPerKwh)}`,
    words(provenance),
  ]),
});

interface LegendProps {
  readonly expects: boolean;
  readonly intervals: boolean;
  readonly trains: boolean;
}

export const GridLegend = ({ expects, intervals, trains }: LegendProps) => (
  <ul class="legend">
    {trains ? <li class="known">known</li> : null}
    {expects ? <li class="expected">expected{intervals ? ', with 80 % and 95 % intervals' : ''}</li> : null}
    <li class="planned">planned window</li>
    {trains ? <li class="trained">trained</li> : null}
  </ul>
);
