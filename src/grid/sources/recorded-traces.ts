/** CSV files of recorded intensity as a source: any constant step, gaps stay gaps, and no forecast of its own. */
import path from 'node:path';
import { z } from 'zod';
import { wallClock, type Clock } from '../../units/clock.js';
import { SourceFault, type IntensitySource } from '../intensity-source.js';
import type { FactorType, IntensityKind } from '../reading.js';
import type { TraceFile } from '../trace-file.js';
import { begunBy, traceReader } from '../trace-reader.js';
import { UnknownZone } from '../zone.js';
import { required, sourceType } from './source-options.js';

const NAME = 'recorded-traces';

export interface RecordedTracesOptions {
  /** One file a zone. */
  readonly files: readonly Omit<TraceFile, 'kind' | 'factorType'>[];
  /** What all of the files state; average. */
  readonly kind?: IntensityKind;
  /** lifecycle */
  readonly factorType?: FactorType;
  /** Who is to be named where the values are shown. */
  readonly attribution: string;
  /** Says which steps have begun; the wall clock when absent. */
  readonly clock?: Clock;
}

/** Files are read at first use; one that is missing or wrong fails the call with a TraceError that names file and line. */
export const recordedTraces = (options: RecordedTracesOptions): IntensitySource => {
  const { files, kind = 'average', factorType = 'lifecycle', attribution, clock = wallClock } = options;
  const wholeTrace = traceReader(files.map((file) => ({ ...file, kind, factorType })));
  const locationOf = (zone: string): string | undefined => files.find((file) => file.zone === zone)?.file;
  return {
    name: NAME,
    kind,
    factorType,
    attribution,
    forecastHours: 0,
    pollMs: 0,
    locationOf,
    readings: ({ zone, span, signal }) =>
      Promise.resolve().then(() => {
        signal.throwIfAborted();
        if (locationOf(zone) === undefined) throw new SourceFault(NAME, 'not-offered', `has no file for the zone ${JSON.stringify(zone)}`);
        return begunBy(wholeTrace(zone), span, clock.now());
      }),
    forecast: () =>
      Promise.reject(new SourceFault(NAME, 'not-offered', 'a recorded trace makes no forecast; the built-in forecaster is used instead')),
  };
};

const FILES = 'a CSV file for each zone, like { DE: traces/de.csv }';

export const RECORDED_TRACES = sourceType({
  name: NAME,
  kind: 'as-set',
  attribution: 'as set',
  settings: z.strictObject({
    files: z.record(z.string(), required('the path of a CSV file'), FILES),
    tz: z.literal('UTC', 'only UTC, for files whose times name no offset').optional(),
    kind: z.enum(['average', 'marginal'], 'average or marginal').default('average'),
    factor_type: z.enum(['lifecycle', 'direct'], 'lifecycle or direct').default('lifecycle'),
    attribution: required('who is to be named where the values are shown'),
  }),
  open: ({ files, tz, kind, factor_type: factorType, attribution }, { directory, clock }) =>
    recordedTraces({
      files: Object.entries(files).map(([name, file]) => {
        const zone = directory.resolve(name);
        if (zone instanceof UnknownZone) throw zone;
        return { zone: zone.key, file: path.resolve(file), ...(tz && { timeZone: tz }) };
      }),
      kind,
      factorType,
      attribution,
      clock,
    }),
});
