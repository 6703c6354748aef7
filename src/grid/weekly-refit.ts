/** The built-in forecast's medians at one issue after another, its coefficients fitted anew once a week. */
import { FEATURES, penaltiesFor } from './history-features.js';
import { fadedBy, fewPastIssues, hourOfDayWeight, type HistoryModel } from './history-model.js';
import { addProduct, RidgeSums, solveRidge } from './ridge.js';

const REFIT_HOURS = 168;
const HOURS_OF_DAY = 24;

interface Fitted {
  readonly hour: number;
  /** Per hour of the day, solved when first asked for: of each part, or none when there is too little to learn from. */
  readonly coefficients: Map<number, readonly Float64Array[] | undefined>;
}

/**
 * Each past issue is looked at once: its outer products are summed by the hour of the day, the sums fade as weeks pass, and
 * a fit for one hour of the day is a weighted sum of those of the hours around it. At a refit the forecast is that of
 * forecastHours, as long as the history is not older than that looks at; up to a week after, it is that of week-old
 * coefficients on fresh features.
 */
export class WeeklyRefit {
  /** By the hour of the day, then by the part. */
  private readonly sums: readonly (readonly RidgeSums[])[];
  private readonly counts = new Uint32Array(HOURS_OF_DAY);
  private learntUntil = 0;
  private fitted: Fitted | undefined;

  /** @param model over a whole record: what it says of an hour depends on no later one */
  constructor(
    private readonly model: HistoryModel,
    private readonly targets: number,
  ) {
    this.sums = Array.from({ length: HOURS_OF_DAY }, () => model.parts.map(() => new RidgeSums(FEATURES, targets)));
  }

  /**
   * Logarithms of the hours that follow `hour`, the last one known; `hour` must not fall from call to call. Undefined when
   * the past issues at its hour of the day are too few.
   */
  forecast(hour: number): Float64Array | undefined {
    if (this.fitted === undefined || hour - this.fitted.hour >= REFIT_HOURS) this.refit(hour);
    const { coefficients } = this.fitted!;
    const hourOfDay = this.model.hourOfDay(hour);
    if (!coefficients.has(hourOfDay)) coefficients.set(hourOfDay, this.solved(hourOfDay));
    const own = coefficients.get(hourOfDay);
    if (own === undefined) return undefined;
    const deviations = this.model.parts.map((part, index) => {
      const expected = new Float64Array(this.targets);
      addProduct(expected, part.featuresOf(hour), FEATURES, own[index]!, this.targets);
      return expected;
    });
    return this.model.expected(deviations, hour);
  }

  private refit(now: number): void {
    const since = now - (this.fitted?.hour ?? now);
    for (const parts of this.sums) for (const sums of parts) sums.scale(fadedBy(since));
    const fresh = Array.from({ length: HOURS_OF_DAY }, (): number[] => []);
    for (; this.learntUntil + this.targets <= now; this.learntUntil += 1)
      if (this.model.canLearnFrom(this.learntUntil, this.targets)) fresh[this.model.hourOfDay(this.learntUntil)]!.push(this.learntUntil);
    fresh.forEach((hours, hourOfDay) => {
      this.counts[hourOfDay]! += hours.length;
      const weights = Float64Array.from(hours, (hour) => fadedBy(now - hour));
      this.model.parts.forEach((part, index) => {
        const { x, y } = part.rowsOf(hours, this.targets);
        this.sums[hourOfDay]![index]!.addRows(x, y, weights);
      });
    });
    this.fitted = { hour: now, coefficients: new Map() };
  }

  private solved(hourOfDay: number): readonly Float64Array[] | undefined {
    const near = Array.from({ length: HOURS_OF_DAY }, (_, other) => ({ other, weight: hourOfDayWeight(other, hourOfDay) })).filter(
      ({ weight }) => weight > 0,
    );
    if (fewPastIssues(near.reduce((sum, { other }) => sum + this.counts[other]!, 0)) !== undefined) return undefined;
    return this.model.parts.map((_, index) => {
      const total = new RidgeSums(FEATURES, this.targets);
      for (const { other, weight } of near) total.addScaled(this.sums[other]![index]!, weight);
      return solveRidge(total, penaltiesFor(total));
    });
  }
}
