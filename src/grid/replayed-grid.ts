/** A grid of recorded traces (CSV): what has happened by now, the step in progress, and forecasts from these alone. */
import path from 'node:path';
import { expectReach, NotServed, type Grid, type History } from './grid.js';
import { historyForecaster } from './history-forecaster.js';
import { persistenceForecaster } from './persistence-forecast.js';
import type { IntensityKind, IntensitySeries } from './reading.js';
import type { SourceState } from './source-state.js';
import { begunBy, traceReader } from './trace-reader.js';
import type { Zone } from './zone.js';

export interface RecordedTrace {
  readonly zone: Zone;
  readonly file: string;
}

/** The traces shipped in `configs/traces/`, see its README for their source and licence. */
export const shippedTraces = (directory: string): readonly RecordedTrace[] =>
  [
    { key: 'US-CAL-CISO', name: 'California ISO', timeZone: 'America/Los_Angeles' },
    { key: 'US-TEX-ERCO', name: 'Electric Reliability Council of Texas', timeZone: 'America/Chicago' },
    { key: 'US-NW-BPAT', name: 'Bonneville Power Administration', timeZone: 'America/Los_Angeles' },
    { key: 'US-MIDA-PJM', name: 'PJM Interconnection', timeZone: 'America/New_York' },
  ].map((zone) => ({ zone, file: path.join(directory, `${zone.key}-2022.csv`) }));

const NAME = 'recorded traces';
const ATTRIBUTION =
  'Generation by fuel: EIA-930 (U.S. Energy Information Administration, public domain), hourly 2022, compiled in an MIT-licensed repository of Hewlett Packard Enterprise; intensity: IPCC AR5 (2014) median lifecycle factors';

export interface ReplayedGrid extends Grid {
  /** Every step of a zone's trace, whatever the time: for choosing a replay's day and for looking back. @throws UnknownZone */
  wholeTrace(zone: string): IntensitySeries;
}

/** Files are read and checked at first use. @throws UnknownZone, TraceError */
export const replayedGrid = (traces: readonly RecordedTrace[]): ReplayedGrid => {
  const wholeTrace = traceReader(traces.map(({ zone, file }) => ({ zone: zone.key, file })));
  const history: History = { readings: (zone, span, now) => Promise.resolve(begunBy(wholeTrace(zone), span, now)) };
  const persistence = persistenceForecaster(history);
  const builtin = historyForecaster(history, persistence);
  return {
    name: NAME,
    zones: () => traces.map(({ zone }) => ({ ...zone, sources: [NAME], kinds: ['average'], attribution: ATTRIBUTION })),
    wholeTrace,
    async readings(zone, span, now, kind = 'average') {
      averageOnly(kind);
      return history.readings(zone, span, now);
    },
    async forecast(zone, span, now, { method = 'best', kind = 'average' } = {}) {
      averageOnly(kind);
      if (method === 'source') throw new NotServed('method', method, 'builtin, persistence-24h: recorded traces hold no forecasts');
      expectReach(span, now);
      return (method === 'persistence-24h' ? persistence : builtin).forecast(zone, span, now);
    },
    sources: () => Promise.resolve(traces.map(({ zone, file }) => stateOf(zone.key, wholeTrace(zone.key), path.basename(file)))),
    onNews: () => () => undefined, // A trace is whole from the beginning.
  };
};

const averageOnly = (kind: IntensityKind): void => {
  if (kind !== 'average') throw new NotServed('kind', kind, 'average: what the recorded traces tell');
};

const stateOf = (zone: string, { kind, factorType, readings }: IntensitySeries, file: string): SourceState => ({
  source: `trace:${path.basename(file, '.csv')}`,
  zone,
  kind,
  factorType,
  attribution: ATTRIBUTION,
  forecastHours: 0,
  circuit: 'local',
  clockSkewMs: undefined,
  lastSuccessAt: undefined,
  lastFailure: undefined,
  newestEnd: readings.at(-1)?.interval.end,
});
