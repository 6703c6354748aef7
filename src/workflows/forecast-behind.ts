/** The forecasts a plan was made on, had again afterwards: from what was known then, and nothing later. */
import { MOST_FORECAST_HOURS } from '../grid/grid.js';
import type { Forecast } from '../grid/reading.js';
import type { Plan } from '../plan/plan.js';
import type { StoredRun } from '../record/run-log.js';
import { HOUR_MS, later, type Instant } from '../units/time.js';
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
}

/** Every plan of a run, in the order in which they were made. */
export const plansMade = async ({ reader }: Pick<Ports, 'reader'>, run: StoredRun): Promise<readonly PlanMade[]> =>
  (await reader.plans(run.id)).flatMap(({ fact, at, gridAt }) => (fact.kind === 'planned' ? [{ run, plan: fact.plan, at, gridAt }] : []));

/** Of the run's own zone and of those it was planned to train in; empty when the plan rests on no forecast. */
export const forecastsBehind = async (ports: Pick<Ports, 'grid'>, made: PlanMade): Promise<readonly ForecastBehind[]> => {
  const { run, plan } = made;
  if (plan.forecast === undefined) return [];
  const zones = [...new Set([run.spec.zone, ...plan.segments.map(({ zone }) => zone)])];
  return Promise.all(zones.map((zone) => forecastOf(ports, made, zone)));
};

/** What a forecaster makes is made at its time of issue; what a source issued may have become known only after it. */
const forecastOf = async ({ grid }: Pick<Ports, 'grid'>, { run, plan, gridAt }: PlanMade, zone: string): Promise<ForecastBehind> => {
  const { schedule } = run.spec;
  const method = schedule.mode === 'planned' ? schedule.forecast : 'best';
  const madeAt = (now: Instant) => grid.forecast(zone, { start: now, end: later(now, MOST_FORECAST_HOURS * HOUR_MS) }, now, { method });
  const named = plan.forecast!;
  const isNamed = (forecast: Forecast) => forecast.method === named.method && forecast.issuedAt === named.issuedAt;
  const first = await madeAt(named.issuedAt);
  const forecast = isNamed(first) ? first : await madeAt(gridAt);
  return { forecast, asUsed: zone === run.spec.zone ? isNamed(forecast) : undefined };
};
