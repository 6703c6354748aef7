/** Raw power samples as Parquet: one row for each component of each sample. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ComponentEnergy } from '../energy/sample.js';
import type { Interval } from '../units/time.js';

export interface ExportedSample {
  readonly runId: string;
  readonly sequence: number;
  readonly interval: Interval;
  readonly grid: Interval;
  readonly purpose: string;
  readonly zone: string;
  readonly components: readonly ComponentEnergy[];
}

type SampleRow = Omit<ExportedSample, 'components'> & { readonly part: ComponentEnergy };

/** Energy in whole microjoules; times in UTC milliseconds, real and the grid's; null for what is unknown. */
export const samplesParquet = (samples: readonly ExportedSample[]): Uint8Array => {
  const rows = samples.flatMap(({ components, ...rest }) => components.map((part): SampleRow => ({ ...rest, part })));
  const micro = (name: string, value: (row: SampleRow) => number | undefined) => ({
    name,
    type: 'INT64' as const,
    nullable: true,
    data: rows.map((row) => {
      const energy = value(row);
      return energy === undefined ? null : BigInt(energy);
    }),
  });
  const text = (name: string, value: (row: SampleRow) => string) => ({ name, type: 'STRING' as const, data: rows.map(value) });
  const time = (name: string, value: (row: SampleRow) => number) => ({
    name,
    type: 'TIMESTAMP' as const,
    data: rows.map((row) => new Date(value(row))),
  });
  const buffer = parquetWriteBuffer({
    columnData: [
      text('run_id', ({ runId }) => runId),
      { name: 'sequence', type: 'INT32', data: rows.map(({ sequence }) => sequence) },
      time('started_at', ({ interval }) => interval.start),
      time('ended_at', ({ interval }) => interval.end),
      time('grid_start', ({ grid }) => grid.start),
      time('grid_end', ({ grid }) => grid.end),
      text('purpose', ({ purpose }) => purpose),
      text('zone', ({ zone }) => zone),
      text('component', ({ part }) => part.component),
      text('method', ({ part }) => part.method),
      micro('energy_uj', ({ part }) => part.energy),
      micro('idle_uj', ({ part }) => part.idle),
      micro('attributed_uj', ({ part }) => part.attributed),
    ],
  });
  return new Uint8Array(buffer);
};
