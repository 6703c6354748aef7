/** Accuracy against carbon along one training: what each new best cost, and from where on points became dearer. */
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import { carbonPerAccuracyPoint } from './accuracy.js';
import type { LedgerEntry } from './ledger-entry.js';

/** An accuracy that was measured, from 0 to 1. */
export interface Measured {
  /** When it had been measured, real time. */
  readonly at: Instant;
  readonly accuracy: number;
  /** Test images it was measured on. */
  readonly images: number;
}

/** What was emitted in a span of real time: a ledger entry, or several summed. */
type Emitted = Pick<LedgerEntry, 'real' | 'emissions'>;

/** With what the run had emitted by then. */
export type Priced<T extends Measured> = T & {
  readonly emissions: GramsCO2eq;
  /** Of all points above chance so far; undefined at or below chance. */
  readonly perPoint: GramsCO2eq | undefined;
};

/** A new best accuracy, and its price: everything emitted since the best before, looks that found nothing better included. */
export interface Rise<T extends Measured> {
  readonly from: number;
  readonly to: Priced<T>;
  readonly emissions: GramsCO2eq;
  readonly perPoint: GramsCO2eq;
}

export interface CarbonCurve<T extends Measured> {
  readonly points: readonly Priced<T>[];
  /** In time order; the first one is from chance. */
  readonly rises: readonly Rise<T>[];
  /**
   * Where carbon per accuracy point was least. Up to there the next point cost less than the average of those before,
   * after it more: there the average is at its least.
   */
  readonly cheapest: Priced<T> | undefined;
  readonly best: Priced<T> | undefined;
}

/** Points in time order, on the test images of the first one: accuracies on others are not comparable. */
export const carbonCurve = <T extends Measured>(
  measured: readonly T[],
  ledger: readonly Emitted[],
  chance: number,
): CarbonCurve<T> | undefined => {
  const points: Priced<T>[] = [];
  for (const point of measured.filter(({ images }) => images === measured[0]!.images)) {
    const emissions = emittedBefore(ledger, point.at);
    if (emissions === undefined) return undefined;
    points.push({ ...point, emissions, perPoint: carbonPerAccuracyPoint(emissions, point.accuracy, chance) });
  }
  const rises = risesOf(points, chance);
  return { points, rises, cheapest: cheapestOf(points), best: rises.at(-1)?.to };
};

const risesOf = <T extends Measured>(points: readonly Priced<T>[], chance: number): readonly Rise<T>[] => {
  const rises: Rise<T>[] = [];
  let [best, spent] = [chance, 0];
  for (const to of points) {
    if (to.accuracy <= best) continue;
    const emissions = grams(to.emissions - spent);
    rises.push({ from: best, to, emissions, perPoint: grams(emissions / (100 * (to.accuracy - best))) });
    [best, spent] = [to.accuracy, to.emissions];
  }
  return rises;
};

const cheapestOf = <T extends Measured>(points: readonly Priced<T>[]): Priced<T> | undefined =>
  points.reduce<Priced<T> | undefined>(
    (least, point) => (point.perPoint !== undefined && (least?.perPoint === undefined || point.perPoint < least.perPoint) ? point : least),
    undefined,
  );

/**
 * gCO2eq of the ledger until an instant of real time; an entry that spans it counts pro rata, since samples come seldom
 * beside evaluations. Undefined where a part of it is unknown.
 */
export const emittedBefore = (ledger: readonly Emitted[], at: Instant): GramsCO2eq | undefined => {
  let sum = 0;
  for (const { real, emissions } of ledger) {
    if (real.start >= at) continue;
    if (emissions === undefined) return undefined;
    sum += real.end <= at ? emissions : (emissions * (at - real.start)) / (real.end - real.start);
  }
  return grams(sum);
};
