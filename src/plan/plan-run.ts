/** Decides when one run trains, and says why. */
import type { ScheduleSpec } from '../experiment/spec.js';
import { piecesOf, type Forecast } from '../grid/reading.js';
import { interval, later, lengthMs, type Instant, type Interval } from '../units/time.js';
import { bestWindow } from './contiguous-window.js';
import { expectedEmissions, meanIntensity } from './expected-emissions.js';
import type { Placement, Plan, PlanRefusal, PlanRequest, Planning } from './plan.js';
import { describeDuration, describeEmissions, describeInstant, describeInterval, describePercent } from './wording.js';

const neededMs = ({ estimate, gridSpeed }: PlanRequest): number => estimate.durationMs * gridSpeed;

const emissionsOver = (request: PlanRequest, forecast: Forecast | undefined, span: Interval): Placement => ({
  interval: span,
  expected: forecast && expectedEmissions(forecast, span, request.estimate.power, request.gridSpeed, request.pue),
});

/** Like `0.412 gCO2eq at a mean of 231.0 gCO2eq/kWh`; undefined where that is unknown. */
const emissionsText = (forecast: Forecast, { interval: span, expected }: Placement): string | undefined => {
  const mean = meanIntensity(forecast, span);
  return expected === undefined || mean === undefined ? undefined : describeEmissions(expected, mean);
};

const forecastName = (forecast: Forecast): string => `the ${forecast.method} forecast issued ${describeInstant(forecast.issuedAt)}`;

const planAt = (request: PlanRequest, mode: Plan['mode'], forecast: Forecast | undefined, start: Instant, immediate: Placement, reason: string): Plan => {
  const chosen = start === immediate.interval.start ? immediate : emissionsOver(request, forecast, interval(start, later(start, neededMs(request))));
  return {
    mode,
    segments: [{ zone: request.zone, interval: chosen.interval }],
    expected: chosen.expected,
    immediate,
    forecast: forecast && { method: forecast.method, issuedAt: forecast.issuedAt },
    estimate: request.estimate,
    reason,
  };
};

const immediateReason = (forecast: Forecast | undefined, immediate: Placement): string => {
  const starts = `Starts at once, as its schedule asks: ${describeInterval(immediate.interval)}.`;
  if (forecast === undefined) return `${starts} No forecast was consulted, so what it will emit is not known in advance.`;
  const emits = emissionsText(forecast, immediate);
  return emits === undefined
    ? `${starts} What it will emit is not known in advance: ${forecastName(forecast)} has a gap there.`
    : `${starts} Expected are ${emits} by ${forecastName(forecast)}.`;
};

const plannedReason = (request: PlanRequest, forecast: Forecast, immediate: Placement, chosen: Placement): string => {
  const emits = emissionsText(forecast, chosen);
  const atOnce = emissionsText(forecast, immediate);
  if (chosen.interval.start === request.release) {
    return (
      `Starts at once (${describeInterval(chosen.interval)}): by ${forecastName(forecast)} no later start that ends by ` +
      `${describeInstant(request.deadline)} is expected to emit less than its ${emits}.`
    );
  }
  const waits = `Waits ${describeDuration(chosen.interval.start - request.release)} and runs ${describeInterval(chosen.interval)}`;
  if (immediate.expected === undefined || chosen.expected === undefined) {
    return `${waits}: by ${forecastName(forecast)} it then emits ${emits}. What starting at once would emit is unknown, because the forecast has a gap there.`;
  }
  const less = describePercent(1 - chosen.expected / immediate.expected);
  return `${waits}: by ${forecastName(forecast)} it then emits ${emits}, ${less} less than starting at once (${atOnce}).`;
};

const tooLong = (request: PlanRequest): PlanRefusal => {
  const { release, deadline, gridSpeed, estimate } = request;
  const needed = neededMs(request);
  const replayed = gridSpeed === 1 ? '' : ` (${describeDuration(estimate.durationMs)} of work on a grid replayed at ${gridSpeed} times its speed)`;
  const message =
    `The run is estimated to need ${describeDuration(needed)}${replayed}, but from ${describeInstant(release)} to the deadline ` +
    `${describeInstant(deadline)} there are ${describeDuration(Math.max(0, deadline - release))}: ` +
    `allow at least ${describeDuration(needed)}, or shorten the training.`;
  return { kind: 'no-window-before-deadline', deadline, release, neededMs: needed, message };
};

const unknownForecast = (request: PlanRequest, forecast: Forecast | undefined): PlanRefusal => {
  const room = interval(request.release, request.deadline);
  if (forecast === undefined) {
    return { kind: 'forecast-unknown', message: `No forecast for ${request.zone} was available to plan ${describeInterval(room)} on.` };
  }
  const known = piecesOf(forecast, room).reduce((sum, piece) => sum + (piece.reading === undefined ? 0 : lengthMs(piece.interval)), 0);
  const message =
    `No stretch of ${describeDuration(neededMs(request))} in ${describeInterval(room)} is without a gap in ${forecastName(forecast)} for ` +
    `${request.zone}, which knows ${describeDuration(known)} of ${describeDuration(lengthMs(room))}: submit again when it knows more, or start immediately.`;
  return { kind: 'forecast-unknown', message };
};

const requireOwnForecast = (request: PlanRequest, schedule: ScheduleSpec, forecast: Forecast | undefined): void => {
  if (forecast !== undefined && forecast.zone !== request.zone) throw new RangeError(`a run in ${request.zone} cannot be planned on a forecast of ${forecast.zone}`);
  if (forecast !== undefined && schedule.mode === 'planned' && forecast.method !== schedule.forecast) {
    throw new RangeError(`the schedule asks for a ${schedule.forecast} forecast, got ${forecast.method}`);
  }
};

/**
 * Plans one run in its zone as one contiguous segment.
 *
 * `immediate`: at the release, never refused; the deadline is not consulted. `planned`: the window of least expected
 * emissions between release and deadline that the forecast knows without a gap; if none is expected to emit less than
 * starting at once, that is the plan. The segment spans `durationMs × gridSpeed` of grid time. The schedule's
 * `finishWithinMs` counts only through `request.deadline`.
 *
 * @throws RangeError when the forecast is of another zone or method than asked, which is a caller's error
 */
export const planRun = (request: PlanRequest, schedule: ScheduleSpec, forecast: Forecast | undefined): Planning => {
  requireOwnForecast(request, schedule, forecast);
  const { release, deadline } = request;
  const durationMs = neededMs(request);
  const immediate = emissionsOver(request, forecast, interval(release, later(release, durationMs)));
  if (schedule.mode === 'immediate') {
    return { ok: true, plan: planAt(request, 'immediate', forecast, release, immediate, immediateReason(forecast, immediate)) };
  }
  if (durationMs > deadline - release) return { ok: false, refusal: tooLong(request) };
  const window = forecast && bestWindow(forecast, { release, deadline, durationMs });
  if (forecast === undefined || window === undefined) return { ok: false, refusal: unknownForecast(request, forecast) };
  const chosen = emissionsOver(request, forecast, window.interval);
  return { ok: true, plan: planAt(request, 'planned', forecast, chosen, immediate, plannedReason(request, forecast, immediate, chosen)) };
};
