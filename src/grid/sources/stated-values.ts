/** From what a source's reply states, in whatever order and with whatever holes, to readings on half-open steps. */
import { carbonIntensity } from '../../units/quantities.js';
import { instant, type Instant, type Interval } from '../../units/time.js';
import type { FactorType, IntensityKind, Provenance, Reading } from '../reading.js';

export interface StatedValue {
  /** The start of its step. */
  readonly start: Instant;
  /** Undefined: the step is as long as the reply's others. */
  readonly end?: Instant | undefined;
  /** gCO2eq/kWh; undefined where the source says that it has none: a gap. */
  readonly value: number | undefined;
  readonly provenance: Provenance;
  /** When the source said so, by its own clock or, where it does not tell, when the answer came. */
  readonly issuedAt: Instant;
}

export interface Statement {
  readonly zone: string;
  readonly source: string;
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
  /** Only steps that touch it are kept. */
  readonly span: Interval;
  /** Our clock when the answer came: nothing can have been said later, whatever the source's clock shows. */
  readonly heardAt: Instant;
  /** Only steps that have begun by then are kept; undefined: all. */
  readonly begunBy?: Instant;
  /** What the reply says of the length of its steps. */
  readonly stepMs?: number | undefined;
  /** What the source documents, for a reply of a single value. */
  readonly usualStepMs: number;
}

/** In time order, without overlap. Of two values for one step the one issued later holds; of equal ones, the later in the reply. */
export const readingsFrom = (values: readonly StatedValue[], statement: Statement): readonly Reading[] => {
  const { zone, source, kind, factorType, span, heardAt, begunBy } = statement;
  const steps = [...inOrder(values)];
  const stepMs = statement.stepMs ?? shortestDistance(steps) ?? statement.usualStepMs;
  return steps.flatMap(({ start, end, value, provenance, issuedAt }, index): readonly Reading[] => {
    const next = steps[index + 1]?.start ?? Infinity;
    const interval = { start, end: instant(Math.min(end ?? start + stepMs, next)) };
    const touches = interval.start < span.end && interval.end > span.start;
    if (value === undefined || !touches || (begunBy !== undefined && start > begunBy)) return [];
    const said = instant(Math.min(issuedAt, heardAt));
    return [{ zone, interval, intensity: carbonIntensity(value), kind, factorType, source, provenance, issuedAt: said }];
  });
};

const inOrder = (values: readonly StatedValue[]): Iterable<StatedValue> => {
  const byStart = new Map<number, StatedValue>();
  for (const value of [...values].sort((a, b) => a.start - b.start || a.issuedAt - b.issuedAt)) byStart.set(value.start, value);
  return byStart.values();
};

const shortestDistance = (steps: readonly StatedValue[]): number | undefined => {
  const distances = steps.slice(1).map(({ start }, index) => start - steps[index]!.start);
  return distances.length === 0 ? undefined : Math.min(...distances);
};

/** Cuts a span into consecutive pieces of at most so many milliseconds. */
export const piecesOfAtMost = (span: Interval, longestMs: number): readonly Interval[] => {
  const pieces: Interval[] = [];
  for (let start = span.start; start < span.end; start = instant(start + longestMs))
    pieces.push({ start, end: instant(Math.min(start + longestMs, span.end)) });
  return pieces;
};

/** One after the other, so that a long history asks a provider for one piece at a time. */
export const inTurn = async <A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<readonly B[]> => {
  const outcomes: B[] = [];
  for (const item of items) outcomes.push(await work(item));
  return outcomes;
};

/** The last start of a step not after an instant, for steps that begin on whole multiples since 1970. */
export const stepStart = (at: Instant, stepMs: number): Instant => instant(Math.floor(at / stepMs) * stepMs);
/** The first end of a step not before an instant. */
export const stepEnd = (at: Instant, stepMs: number): Instant => instant(Math.ceil(at / stepMs) * stepMs);
