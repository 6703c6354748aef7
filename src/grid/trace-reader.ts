/** Trace files by zone, each read and checked when it is first asked for, and what of a trace is known at a time. */
import { instant, type Instant, type Interval } from '../units/time.js';
import { readingsWithin, type IntensitySeries } from './reading.js';
import { readTraceFile, type TraceFile } from './trace-file.js';
import { UnknownZone } from './zone.js';

/** Every step of a zone's trace, whatever the time. @throws UnknownZone, TraceError */
export type TraceReader = (zone: string) => IntensitySeries;

export const traceReader = (files: readonly TraceFile[]): TraceReader => {
  const read = new Map<string, IntensitySeries>();
  return (zone) => {
    const known = read.get(zone);
    if (known !== undefined) return known;
    const file = files.find((each) => each.zone === zone);
    if (file === undefined) {
      throw new UnknownZone(
        zone,
        files.map((each) => each.zone),
      );
    }
    const series = readTraceFile(file);
    read.set(zone, series);
    return series;
  };
};

/** The steps that touch a span and have begun; the one in progress counts as said now. */
export const begunBy = (trace: IntensitySeries, span: Interval, now: Instant): IntensitySeries => ({
  ...trace,
  readings: readingsWithin(trace, span)
    .filter(({ interval }) => interval.start <= now)
    .map((reading) => ({ ...reading, issuedAt: instant(Math.min(reading.interval.end, now)) })),
});
