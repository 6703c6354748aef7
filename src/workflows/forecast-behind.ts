/** The forecasts a plan was made on, had again afterwards from what was known then and nothing later, beside what came. */
import { MOST_FORECAST_HOURS } from '../grid/grid.js';
import { forecastOutcome, type ForecastOutcome } from '../grid/forecast-outcome.js';
import type { Forecast, Reading } from '../grid/reading.js';
import type { Plan } from '../plan/plan.js';
import type { StoredRun } from '../record/run-log.js';
import { DAY_MS, HOUR_MS, instant, later, type Instant, type Interval } from '../units/time.js';
import type { Ports } from './ports.js';

export interface PlanMade {
  readonly run: StoredRun;
  readonly plan: Plan;
  readonly at: Instant;
  readonly gridAt: Instant;
}

export interface ForecastBehind {
  readonly forecast: Forecast;
  /** Whether method and time of issue are those the plan names; undefined of another zone than the run's own, of which it names none. */
  readonly asUsed: boolean | undefined;
  /** From then to the run's end; undefined while nothing of it is known. */
  readonly outcome: ForecastOutcome | undefined;
}

/** Every plan of a run, in the order in which they were made. */
export const plansMade = async ({ reader }: Pick<Ports, 'reader'>, run: StoredRun): Promise<readonly PlanMade[]> =>
  (await reader.plans(run.id)).flatMap(({ fact, at, gridAt }) => (fact.kind === 'planned' ? [{ run, plan: fact.plan, at, gridAt }] : []));

/** Of the run's own zone and of those it was planned to train in; empty when the plan rests on no forecast. */
export const forecastsBehind = async (ports: GridPorts, made: PlanMade): Promise<readonly ForecastBehind[]> => {
  const { run, plan } = made;
  if (plan.forecast === undefined) return [];
  const zones = [...new Set([run.spec.zone, ...plan.segments.map(({ zone }) => zone)])];
  const span = spanOf(run, plan, ports.gridClock.now());
  return Promise.all(
    zones.map(async (zone) => {
      const { forecast, asUsed } = await forecastOf(ports, made, zone);
      const actual = await ports.grid.readings(zone, span, ports.gridClock.now());
      return { forecast, asUsed, outcome: forecastOutcome(forecast, actual, span) };
    }),
  );
};

/** What came in every zone it was planned to train in or did, from its submission to its end or its last plan's, as known now. */
export const gridDuring = async (ports: GridPorts, run: StoredRun, plans: readonly PlanMade[]): Promise<readonly Reading[]> => {
  const segments = [...plans.flatMap(({ plan }) => plan.segments), ...run.summary.segments];
  const zones = new Set([run.spec.zone, ...segments.map(({ zone }) => zone)]);
  const now = ports.gridClock.now();
  const span = spanOf(run, run.summary.plan, now);
  const series = await Promise.all([...zones].map((zone) => ports.grid.readings(zone, span, now)));
  return series.flatMap(({ readings }) => readings);
};

type GridPorts = Pick<Ports, 'grid' | 'gridClock'>;

/** Longest past that is looked at. */
const MOST_MS = 31 * DAY_MS;

const spanOf = ({ submittedGridAt, summary }: StoredRun, plan: Plan | undefined, now: Instant): Interval => {
  const planned = plan?.segments.at(-1)?.interval.end ?? submittedGridAt;
  const end = Math.min(now, Math.max(summary.finished?.gridAt ?? now, planned), submittedGridAt + MOST_MS);
  return { start: submittedGridAt, end: instant(Math.max(end, submittedGridAt + 1)) };
};

/** What a forecaster makes is made at its time of issue; what a source issued may have become known only after it. */
const forecastOf = async (
  { grid }: GridPorts,
  { run, plan, gridAt }: PlanMade,
  zone: string,
): Promise<Pick<ForecastBehind, 'forecast' | 'asUsed'>> => {
  const { schedule } = run.spec;
  const method = schedule.mode === 'planned' ? schedule.forecast : 'best';
  const madeAt = (now: Instant) => grid.forecast(zone, { start: now, end: later(now, MOST_FORECAST_HOURS * HOUR_MS) }, now, { method });
  const named = plan.forecast!;
  const isNamed = (forecast: Forecast) => forecast.method === named.method && forecast.issuedAt === named.issuedAt;
  const first = await madeAt(named.issuedAt);
  const forecast = isNamed(first) ? first : await madeAt(gridAt);
  return { forecast, asUsed: zone === run.spec.zone ? isNamed(forecast) : undefined };
};
