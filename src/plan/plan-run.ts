/** When a run should train: at once, or in the cleanest window before its deadline. */
import type { ScheduleSpec } from '../experiment/spec.js';
import type { Forecast, IntensitySeries } from '../grid/reading.js';
import { emittedBy, carbonIntensity, energyOver, grams, type GramsCO2eq } from '../units/quantities.js';
import { HOUR_MS, instant, iso, type Instant, type Interval } from '../units/time.js';
import { cleanestWindow, intensityHours } from './contiguous-window.js';
import type { Placement, Plan, PlanRequest, Planning } from './plan.js';

/**
 * What a run emits in an interval of grid time: its mean power over the real time, times PUE, times the mean intensity.
 * Undefined where the series has a gap.
 */
export const expectedEmissions = (series: IntensitySeries, span: Interval, request: PlanRequest): GramsCO2eq | undefined => {
  const sum = intensityHours(series, span);
  if (sum === undefined) return undefined;
  const gridHours = (span.end - span.start) / HOUR_MS;
  const energy = energyOver(request.estimate.power, (span.end - span.start) / request.gridSpeed);
  return gridHours === 0 ? grams(0) : grams(emittedBy(energy, carbonIntensity(sum / gridHours)) * request.pue);
};

/** @param forecast what is expected of the zone from release to deadline; undefined when none was made */
export const planRun = (request: PlanRequest, schedule: ScheduleSpec, forecast: Forecast | undefined): Planning => {
  const neededMs = request.estimate.durationMs * request.gridSpeed;
  const { release, deadline, zone, estimate } = request;
  const interval = { start: release, end: instant(release + neededMs) };
  const immediate: Placement = { interval, expected: forecast && expectedEmissions(forecast, interval, request) };
  const basis = { immediate, forecast: forecast && { method: forecast.method, issuedAt: forecast.issuedAt }, estimate };
  const placed = (mode: Plan['mode'], span: Interval, expected: GramsCO2eq | undefined, reason: string): Planning => ({
    ok: true,
    plan: { mode, segments: [{ zone, interval: span }], expected, ...basis, reason },
  });

  if (schedule.mode === 'immediate') {
    return placed(
      'immediate',
      interval,
      immediate.expected,
      `starts at once, as its schedule says; estimated to take ${hours(neededMs)} of grid time`,
    );
  }
  if (release + neededMs > deadline) {
    const message = `the run is estimated to need ${hours(neededMs)} of grid time, but from ${minute(release)} to its deadline ${minute(deadline)} there are ${hours(deadline - release)}; allow it more time (finishWithin) or less work`;
    return { ok: false, refusal: { kind: 'no-window-before-deadline', deadline, release, neededMs, message } };
  }
  const best = forecast && cleanestWindow(forecast, { start: release, end: deadline }, neededMs);
  if (forecast === undefined || best === undefined) {
    const message = `no forecast of ${zone} covers any window of ${hours(neededMs)} between ${minute(release)} and ${minute(deadline)}; submit it with schedule mode immediate, or later`;
    return { ok: false, refusal: { kind: 'forecast-unknown', message } };
  }
  const expected = expectedEmissions(forecast, best.interval, request);
  return placed('planned', best.interval, expected, reasonFor(forecast, best.interval, immediate, neededMs));
};

const reasonFor = (forecast: Forecast, span: Interval, immediate: Placement, neededMs: number): string => {
  const mean = meanIntensity(forecast, span);
  const now = meanIntensity(forecast, immediate.interval);
  const by = `by the ${forecast.method} forecast issued ${minute(forecast.issuedAt)}`;
  if (span.start === immediate.interval.start) {
    return `starts at once: ${by}, no window of ${hours(neededMs)} before the deadline is cleaner than now (${perKwh(mean)})`;
  }
  const comparison =
    now === undefined || mean === undefined
      ? 'starting at once cannot be compared, its forecast has a gap'
      : `against ${perKwh(now)} when starting at once (${(100 * (1 - mean / now)).toFixed(1)} % less)`;
  return `waits for ${minute(span.start)}: ${by}, the ${hours(neededMs)} from then are the cleanest before the deadline, at ${perKwh(mean)} ${comparison}`;
};

const meanIntensity = (series: IntensitySeries, span: Interval): number | undefined => {
  const sum = intensityHours(series, span);
  return sum === undefined ? undefined : sum / ((span.end - span.start) / HOUR_MS);
};

/** To the minute, UTC. */
const minute = (at: Instant): string => `${iso(at).slice(0, 16).replace('T', ' ')} UTC`;
const hours = (ms: number): string => `${(ms / HOUR_MS).toFixed(2)} h`;
const perKwh = (intensity: number | undefined): string =>
  intensity === undefined ? 'an unknown intensity' : `${intensity.toFixed(0)} gCO2eq/kWh`;
