/** When and where a run should train: at once, or in the cleanest time before its deadline. */
import type { ScheduleSpec } from '../experiment/schedule.js';
import type { Forecast } from '../grid/reading.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { HOUR_MS, instant, type Interval } from '../units/time.js';
import { NO_COST, type StartCost } from './contiguous-window.js';
import { expectedRange } from './expected-range.js';
import { hours, minute, perKwh, span } from './in-words.js';
import { intensityHours, stepsOf, stepsWithin, type IntensitySteps } from './intensity-steps.js';
import { placeWork, type PlacedSegment, type Work, type WorkRefusal, type ZoneSteps } from './place-work.js';
import type { Placement, Plan, PlanRefusal, PlanRequest, Planning, RealCost, ZoneOffer } from './plan.js';

/** Emissions of running at the request's power: g = kW × real hours × gCO2eq/kWh × PUE. */
const emissionsOf = (areaHours: number, { estimate, gridSpeed, pue }: PlanRequest): GramsCO2eq =>
  grams((estimate.power / 1000) * (areaHours / gridSpeed) * pue);

/**
 * What a run emits in an interval of grid time: its mean power over the real time, times PUE, times the mean intensity.
 * Undefined where the steps have a gap.
 */
export const expectedEmissions = (steps: IntensitySteps, interval: Interval, request: PlanRequest): GramsCO2eq | undefined => {
  const area = intensityHours(steps, interval);
  return area === undefined ? undefined : emissionsOf(area, request);
};

/**
 * @param forecast what is expected of the run's own zone from release to deadline; undefined when none was made
 * @param elsewhere the other zones it may train in
 */
export const planRun = (
  request: PlanRequest,
  schedule: ScheduleSpec,
  forecast: Forecast | undefined,
  elsewhere: readonly ZoneOffer[] = [],
): Planning => {
  const neededMs = request.estimate.durationMs * request.gridSpeed;
  const { release, zone, estimate } = request;
  const interval = { start: release, end: instant(release + neededMs) };
  const steps = forecast && stepsOf(forecast);
  const immediate: Placement = { interval, expected: steps && expectedEmissions(steps, interval, request) };
  const decidedBy = forecast ?? elsewhere[0]?.forecast;
  const basis = { immediate, forecast: decidedBy && { method: decidedBy.method, issuedAt: decidedBy.issuedAt }, estimate };

  if (schedule.mode === 'immediate') {
    const reason = `starts at once, as its schedule says; estimated to take ${hours(neededMs)} of grid time`;
    return { ok: true, plan: { mode: 'immediate', segments: [{ zone, interval }], expected: immediate.expected, ...basis, reason } };
  }
  const zones: ZoneSteps[] = [
    { zone, steps: steps && (request.permitted ? stepsWithin(steps, request.permitted) : steps) },
    ...elsewhere.map(({ forecast: other, permitted }) => ({
      zone: other.zone,
      steps: permitted ? stepsWithin(stepsOf(other), permitted) : stepsOf(other),
    })),
  ];
  const placed = placeWork(workOf(request), zones);
  if (!placed.ok) return { ok: false, refusal: refusalOf(placed.refusal, request) };
  const expected = emissionsOf(placed.intensityHours, request);
  const forecasts = [...(forecast === undefined ? [] : [forecast]), ...elsewhere.map((offer) => offer.forecast)];
  const expected80 = expectedRange(placed.segments, forecasts, expected);
  const reason = reasonFor(request, placed.segments, expected, immediate, basis.forecast);
  return { ok: true, plan: { mode: 'planned', segments: placed.segments, expected, ...(expected80 && { expected80 }), ...basis, reason } };
};

/** The planner counts grid time, and energy as time at the run's own power. The estimate includes one start. */
const workOf = (request: PlanRequest): Work => {
  const { estimate, gridSpeed, release, deadline, zone, interruptible, startCost, migration } = request;
  const gridCost = (cost: RealCost | undefined): StartCost =>
    cost === undefined ? NO_COST : { ms: cost.durationMs * gridSpeed, energyMs: (cost.energy / estimate.power) * 1000 * gridSpeed };
  const start = interruptible === undefined ? NO_COST : gridCost(startCost);
  return {
    release,
    deadline,
    workMs: estimate.durationMs * gridSpeed - start.ms,
    interruptible: interruptible !== undefined,
    rules: { minSegmentMs: interruptible?.minimumSegmentMs ?? 0, start, migration: gridCost(migration) },
    home: zone,
  };
};

const refusalOf = (refusal: WorkRefusal, { release, deadline }: PlanRequest): PlanRefusal => {
  switch (refusal.rule) {
    case 'deadline': {
      const { neededMs, nearest } = refusal;
      const message = `${refusal.message}; allow the run more time (finishWithin) or less work`;
      return { kind: 'no-window-before-deadline', deadline, release, neededMs, nearest, message };
    }
    case 'no-gap':
      return { kind: 'forecast-unknown', nearest: refusal.nearest, message: `${refusal.message} (schedule mode immediate)` };
    case 'zone-data':
      return { kind: 'forecast-unknown', nearest: undefined, message: `${refusal.message} (schedule mode immediate)` };
  }
};

const reasonFor = (
  request: PlanRequest,
  segments: readonly PlacedSegment[],
  expected: GramsCO2eq,
  { interval, expected: atOnce }: Placement,
  forecast: Plan['forecast'],
): string => {
  const [first] = segments;
  const gridHours = segments.reduce((sum, each) => sum + each.interval.end - each.interval.start, 0) / HOUR_MS;
  const mean = (emissions: GramsCO2eq | undefined): number | undefined => emissions && emissions / emissionsOf(gridHours, request);
  const needed = hours(gridHours * HOUR_MS);
  const by = forecast === undefined ? 'by no forecast' : `by the ${forecast.method} forecast issued ${minute(forecast.issuedAt)}`;
  if (segments.length === 1 && first!.interval.start === interval.start && first!.zone === request.zone)
    return `starts at once: ${by}, no window of ${needed} before the deadline is cleaner than now (${perKwh(mean(expected))})`;
  const comparison =
    atOnce === undefined || atOnce === 0
      ? 'starting at once cannot be compared, its forecast has a gap'
      : `against ${perKwh(mean(atOnce))} when starting at once (${(100 * (1 - expected / atOnce)).toFixed(1)} % less)`;
  const zones = new Set(segments.map(({ zone }) => zone));
  const where = zones.size === 1 && zones.has(request.zone) ? '' : ` in ${[...zones].join(', ')}`;
  const what =
    segments.length === 1
      ? `the ${needed} from then are the cleanest before the deadline`
      : `${segments.length} segments of together ${needed} are the cleanest before the deadline (${segments.map((each) => span(each.interval)).join(', ')})`;
  return `waits for ${minute(first!.interval.start)}${where}: ${by}, ${what}, at ${perKwh(mean(expected))} ${comparison}`;
};
