/** Forecasts as they would have been issued hour after hour over a zone's past: what a backtest plans with. */
import { HOUR_MS, instant, type Instant } from '../units/time.js';
import { MOST_LEADS } from './history-features.js';
import { HistoryModel, whatLacks } from './history-model.js';
import { filledHours, hourlyRecord, outsideIsBroken, type HourlyRecord } from './hourly-history.js';
import type { IntensitySeries } from './reading.js';
import { WeeklyRefit } from './weekly-refit.js';

const DAY_HOURS = 24;
const WEEK_HOURS = 168;

/** `perfect` is what came: the bound of what any forecast could give. */
export const WALK_FORWARD_METHODS = ['builtin', 'persistence-24h', 'persistence-7d', 'perfect'] as const;
export type WalkForwardMethod = (typeof WALK_FORWARD_METHODS)[number];

export interface WalkForwardOptions {
  readonly method: WalkForwardMethod;
  /** The first issue is at the first whole UTC hour not before `from`, the last one before `to`. */
  readonly from: Instant;
  readonly to: Instant;
  /** Whole hours from one issue to the next. */
  readonly everyHours: number;
  /** Hours forecast at each issue, from 1 to MOST_LEADS. */
  readonly leads: number;
}

export interface IssuedForecast {
  readonly issuedAt: Instant;
  /** What it was made by: another method than the one asked for while there is too little history for that one. */
  readonly method: WalkForwardMethod;
  /**
   * Expected mean of each coming hour, gCO2eq/kWh: hour k is [issuedAt + k h, issuedAt + (k + 1) h). NaN where unknown: for
   * `perfect` in a gap, for the others at hours of the day not seen yet.
   */
  readonly hours: Float64Array;
}

/**
 * One median forecast per issue, in time order. The trace may have any constant step (5, 15, 30, 60 min) and gaps; the
 * forecasts are of hourly means all the same. What is known at an issue are the steps that ended at or before it and no
 * other; `perfect` alone knows the rest. `builtin` fits its coefficients anew once a week of issues, as WeeklyRefit says.
 * While history is lacking (whatLacks: four weeks, mostly known, a value of the last day) it is 24-hour persistence; until a
 * week is known, so is `persistence-7d`. Both persistences take an hour the record lacks from the day before it.
 * @throws RangeError when `everyHours` is not a whole number of at least 1, or `leads` is not one from 1 to MOST_LEADS
 */
export function* walkForward(series: IntensitySeries, options: WalkForwardOptions): Generator<IssuedForecast, void, undefined> {
  const { method, from, to, everyHours, leads } = options;
  if (!Number.isInteger(everyHours) || everyHours < 1)
    throw new RangeError(`everyHours must be a whole number of hours of at least 1, got ${everyHours}`);
  if (!Number.isInteger(leads) || leads < 1 || leads > MOST_LEADS)
    throw new RangeError(`leads must be a whole number from 1 to ${MOST_LEADS}, got ${leads}`);
  const end = series.readings.at(-1)?.interval.end;
  const record = end && hourlyRecord(series, instant(Math.ceil(end / HOUR_MS) * HOUR_MS));
  const walk = record && new Walk(record, leads);
  for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at < to; at += everyHours * HOUR_MS) {
    const issuedAt = instant(at);
    yield { issuedAt, ...(walk?.issue(issuedAt, method) ?? { method, hours: new Float64Array(leads).fill(Number.NaN) }) };
  }
}

type Issued = Omit<IssuedForecast, 'issuedAt'>;

/** A record seen at rising instants. */
class Walk {
  /** Hours seen so far: ended, and known if they ever will be. */
  private seen = 0;
  private knownHours = 0;
  private outsideHours = 0;
  private readonly fillings = new Map<boolean, Filling>();

  constructor(
    private readonly record: HourlyRecord,
    private readonly leads: number,
  ) {}

  issue(at: Instant, method: WalkForwardMethod): Issued {
    const { means, start } = this.record;
    const hours = Math.floor((at - start) / HOUR_MS);
    if (method === 'perfect')
      return { method, hours: Float64Array.from({ length: this.leads }, (_, lead) => means[hours + lead] ?? Number.NaN) };
    this.see(hours, at);
    const isBroken = outsideIsBroken(this.outsideHours, this.knownHours);
    const filling = this.filling(isBroken);
    const end = this.seen === 0 ? 0 : filling.known.lastIndexOf(1, this.seen - 1) + 1;
    if (method === 'builtin') {
      const staleHours = hours - end;
      const knownHours = this.knownHours - (isBroken ? this.outsideHours : 0);
      const enough = whatLacks({ hours, knownHours, staleHours }) === undefined;
      const forecast = enough ? filling.refit(this.leads + staleHours).forecast(end - 1) : undefined;
      if (forecast !== undefined) return { method, hours: forecast.subarray(staleHours).map(Math.exp) };
    }
    const period = method === 'persistence-7d' && hours >= WEEK_HOURS ? WEEK_HOURS : DAY_HOURS;
    return {
      method: period === WEEK_HOURS ? 'persistence-7d' : 'persistence-24h',
      hours: Float64Array.from({ length: this.leads }, (_, lead) => filling.valueAt(hours - period + (lead % period), end)),
    };
  }

  private see(hours: number, at: Instant): void {
    const { means, knownAt, outside } = this.record;
    for (; this.seen < Math.min(hours, means.length) && knownAt[this.seen]! <= at; this.seen += 1) {
      if (!Number.isNaN(means[this.seen]!)) this.knownHours += 1;
      this.outsideHours += outside[this.seen]!;
    }
  }

  private filling(isBroken: boolean): Filling {
    const made = this.fillings.get(isBroken) ?? new Filling(this.record, isBroken);
    this.fillings.set(isBroken, made);
    return made;
  }
}

/** A record with its holes filled, by one of the two views of what is broken. */
class Filling {
  private readonly log: Float64Array;
  readonly known: Uint8Array;
  private readonly model: HistoryModel;
  /** By the number of hours they forecast. */
  private readonly refits = new Map<number, WeeklyRefit>();

  constructor(record: HourlyRecord, isBroken: boolean) {
    const { log, known } = filledHours(record, isBroken);
    this.log = log;
    this.known = known;
    this.model = new HistoryModel(log, known, record.start);
  }

  refit(targets: number): WeeklyRefit {
    const made = this.refits.get(targets) ?? new WeeklyRefit(this.model, targets);
    this.refits.set(targets, made);
    return made;
  }

  /** gCO2eq/kWh of an hour, or of the last one before `end` at its hour of the day; NaN where there is none. */
  valueAt(hour: number, end: number): number {
    const daysAhead = Math.max(0, Math.floor((hour - end) / DAY_HOURS) + 1);
    const at = hour - DAY_HOURS * daysAhead;
    return at < 0 ? Number.NaN : Math.exp(this.log[at]!);
  }
}
