/** A series on steps of another length: time-weighted means, gaps staying gaps. */
import { carbonIntensity } from '../units/quantities.js';
import { instant, type Instant, type Interval } from '../units/time.js';
import { stepIntegrals } from './integral.js';
import { readingsWithin, type IntensitySeries, type Provenance, type Reading } from './reading.js';

export interface Resampling {
  readonly stepMs: number;
  /** Steps begin a whole number of steps from here; 1970-01-01T00:00Z. */
  readonly origin?: Instant;
  /**
   * Share of a step that must be known for it to have a value, above 0 to 1; 1. Below 1 the known part stands for the whole
   * step, which is then an estimate.
   */
  readonly leastCoverage?: number;
}

/**
 * The steps that touch a span, each whole, with the mean over what is known of it.
 * @throws RangeError unless the step is whole milliseconds above 0 and the coverage above 0 and at most 1
 */
export const resample = (series: IntensitySeries, span: Interval, resampling: Resampling): IntensitySeries => {
  const { stepMs, origin = instant(0), leastCoverage = 1 } = resampling;
  if (!(Number.isInteger(stepMs) && stepMs > 0)) throw new RangeError(`a step must be whole milliseconds above 0, got ${stepMs}`);
  if (!(leastCoverage > 0 && leastCoverage <= 1))
    throw new RangeError(`the least coverage must be above 0 and at most 1, got ${leastCoverage}`);
  const start = instant(origin + Math.floor((span.start - origin) / stepMs) * stepMs);
  const count = Math.max(0, Math.ceil((span.end - start) / stepMs));
  const { intensityMs, knownMs } = stepIntegrals(series, start, stepMs, count);
  const readings = Array.from(intensityMs, (sum, step): readonly Reading[] => {
    const known = knownMs[step]!;
    if (known === 0 || known < leastCoverage * stepMs) return [];
    const interval = { start: instant(start + step * stepMs), end: instant(start + (step + 1) * stepMs) };
    const parts = readingsWithin(series, interval);
    return [{ ...statedByAll(parts, known < stepMs), interval, intensity: carbonIntensity(sum / known) }];
  });
  return { ...series, readings: readings.flat() };
};

/** From what is known best to what is made up. */
const WORSENING: readonly Provenance[] = ['measured', 'recorded', 'estimated', 'forecast', 'synthetic'];

/** Of several readings what holds of all: the worst provenance, the latest issue, every source. An interval of a single one only. */
const statedByAll = (parts: readonly Reading[], partlyKnown: boolean): Reading => {
  const [first] = parts as readonly [Reading, ...Reading[]];
  if (parts.length === 1 && !partlyKnown) return first;
  const { intervals: _, ...shared } = first;
  const worst = Math.max(...parts.map(({ provenance }) => WORSENING.indexOf(provenance)));
  return {
    ...shared,
    source: [...new Set(parts.map(({ source }) => source))].join(', '),
    provenance: WORSENING[partlyKnown ? Math.max(worst, WORSENING.indexOf('estimated')) : worst]!,
    issuedAt: instant(Math.max(...parts.map(({ issuedAt }) => issuedAt))),
  };
};
