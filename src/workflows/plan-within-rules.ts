/** A run's plan under the rules of its project: the planner sees permitted time only, and a refusal says which rule it is. */
import type { ForecastMethod, PlannedSchedule } from '../experiment/schedule.js';
import type { RunSpec } from '../experiment/spec.js';
import type { Forecast } from '../grid/reading.js';
import { hours } from '../plan/in-words.js';
import { stepsOf } from '../plan/intensity-steps.js';
import type { Estimate, Placement, Plan, PlanRefusal, PlanRequest, Planning } from '../plan/plan.js';
import { expectedEmissions, planRun } from '../plan/plan-run.js';
import { ruleInWords, rulesInWords } from '../policy/in-words.js';
import { permittedTime, rulesBehind, type PermittedTime } from '../policy/permitted-time.js';
import { isOf, type Rule } from '../policy/policy.js';
import { policyRefusal, type PolicyRefusal, type TimeNeed } from '../policy/refusal.js';
import { dryRun, enforced } from '../policy/rules.js';
import type { Site } from '../policy/violations.js';
import { currentOrRun } from '../telemetry/run-trace.js';
import { inSpan } from '../telemetry/span.js';
import { energyOver, type GramsCO2eq } from '../units/quantities.js';
import { instant, later, type Instant } from '../units/time.js';
import { latestForecast, timeZoneOf } from './expected-grid.js';
import { budgetsOnPlan, type BudgetRefusal } from './plan-within-budgets.js';
import type { Ports } from './ports.js';

export type Refusal = PlanRefusal | PolicyRefusal | BudgetRefusal;

export type RulesPlanning =
  | {
      readonly ok: true;
      readonly plan: Plan;
      /** Dry-run rules that would have decided otherwise, in words. */
      readonly wouldHaveRefused: readonly string[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Question {
  readonly project: string;
  /** Undefined before it is stored. */
  readonly runId: string | undefined;
  readonly spec: RunSpec;
  /** Its own budget as it stands; undefined: it has none. */
  readonly ownBudget: GramsCO2eq | undefined;
  /** Of the work that is left. */
  readonly estimate: Estimate;
  readonly rules: readonly Rule[];
  /** Grid time of the submission, from which delays count. */
  readonly submitted: Instant;
  /** Not before. */
  readonly release: Instant;
  /** Booked already. */
  readonly spent: GramsCO2eq;
}

/** The cleanest plan in the zones the run may train in; of equally clean ones the earliest, then its own zone. */
export const planWithinRules = (ports: Ports, question: Question): Promise<RulesPlanning> => {
  const { runId, spec } = question;
  const attributes = { 'lowtide.run.name': spec.name, 'lowtide.zone': spec.zone, 'lowtide.schedule': spec.schedule.mode };
  const parent = runId === undefined ? undefined : currentOrRun(runId);
  return inSpan('plan run', { attributes, ...(parent === undefined ? {} : { parent }) }, async (span) => {
    const planned = await plan(ports, question);
    span.setAttribute('lowtide.outcome', planned.ok ? 'planned' : planned.refusal.kind);
    return planned;
  });
};

const plan = async (ports: Ports, question: Question): Promise<RulesPlanning> => {
  const { spec, estimate, release } = question;
  const { gridClock, pue } = ports;
  const neededMs = estimate.durationMs * gridClock.speed;
  const forecasts = await Promise.all(zonesOf(spec).map((zone) => latestForecast(ports, zone, release, methodOf(spec))));
  const horizon = instant(Math.max(release + neededMs, ...forecasts.map(({ readings }) => readings.at(-1)?.interval.end ?? release)));
  const deadline = deadlineOf(question, gridClock.speed) ?? horizon;
  const rules = enforced(question.rules);
  const request: PlanRequest = { zone: spec.zone, estimate, gridSpeed: gridClock.speed, pue, release, deadline };
  // A run that asks for no window only needs a permitted start; what comes later may pause it.
  const lastStart = spec.schedule.mode === 'planned' || deadline === horizon ? deadline : deadline - neededMs + 1;
  const room = { start: release, end: instant(Math.max(release, lastStart)) };
  const places = forecasts.map((forecast): Place => {
    const site = { zone: forecast.zone, timeZone: timeZoneOf(ports, forecast.zone) };
    return { site, forecast, ...permittedTime(rules, site, forecast, room) };
  });
  const planning =
    spec.schedule.mode === 'planned' ? planned(request, spec.schedule, places) : soonest(request, spec.schedule.mode, places[0]!);
  if (!planning.ok) {
    const [{ site, forecast }] = places as [Place];
    const zones = ports.grid.zones().map(({ key }) => key);
    const refusal = policyRefusal(rules, site, forecast, room, needOf(spec, estimate, gridClock.speed), zones);
    return { ok: false, refusal: refusal ?? planning.refusal };
  }
  const plan = { ...planning.plan, immediate: atOnce(planning.plan, request, places[0]!) };
  const forecastOf = (zone: string) => places.find(({ site }) => site.zone === zone)!.forecast;
  const budgets = await budgetsOnPlan(ports, question, question.rules, { plan, request, forecastOf });
  if (!budgets.ok) return budgets;
  const { warnings, wouldHaveRefused } = budgets;
  return { ok: true, plan, wouldHaveRefused: [...refusedByDryRun(question.rules, plan, places), ...wouldHaveRefused], warnings };
};

/** A zone the run may train in, with what the rules permit there. */
interface Place extends PermittedTime {
  readonly site: Site;
  readonly forecast: Forecast;
}

const methodOf = ({ schedule }: RunSpec): ForecastMethod => (schedule.mode === 'planned' ? schedule.forecast : 'best');

const needOf = ({ schedule }: RunSpec, estimate: Estimate, gridSpeed: number): TimeNeed => ({
  neededMs: schedule.mode === 'planned' ? estimate.durationMs * gridSpeed : 0,
  contiguous: !(schedule.mode === 'planned' && schedule.interruptible),
  minimumSegmentMs: schedule.mode === 'planned' ? schedule.minimumSegmentMs : 0,
  restartMs: estimate.overheadMs * gridSpeed,
});

/** A start costs what starts take; a move to another zone as much again, for the checkpoint's way there. */
const planned = (request: PlanRequest, schedule: PlannedSchedule, places: readonly Place[]): Planning => {
  const { estimate } = request;
  const start = { durationMs: estimate.overheadMs, energy: energyOver(estimate.power, estimate.overheadMs) };
  const [home, ...others] = places as readonly [Place, ...Place[]];
  const elsewhere = others.filter(({ permitted }) => permitted.length > 0).map(({ forecast, permitted }) => ({ forecast, permitted }));
  const interruptible = schedule.interruptible ? { interruptible: { minimumSegmentMs: schedule.minimumSegmentMs } } : {};
  return planRun(
    { ...request, ...interruptible, startCost: start, migration: start, permitted: home.permitted },
    schedule,
    home.forecast,
    elsewhere,
  );
};

/** What starting at once would be expected to emit, permitted or not. */
const atOnce = ({ immediate }: Plan, request: PlanRequest, { forecast }: Place): Placement => ({
  ...immediate,
  expected: expectedEmissions(stepsOf(forecast), immediate.interval, request),
});

/** The zones a run may train in, its own first. */
export const zonesOf = ({ zone, schedule }: RunSpec): readonly string[] =>
  schedule.mode === 'planned' ? [...new Set([zone, ...schedule.allowedZones])] : [zone];

/** Grid time a run must end by when it starts at its submission or later: its own deadline, and what maximum delays leave. */
export const deadlineOf = ({ spec, rules, submitted, estimate }: Question, gridSpeed: number): Instant | undefined => {
  const own = spec.schedule.mode === 'planned' ? [submitted + spec.schedule.finishWithinMs] : [];
  const delays = enforced(rules)
    .filter(isOf('maximum-delay'))
    .map(({ ms }) => submitted + estimate.durationMs * gridSpeed + ms);
  return own.length + delays.length === 0 ? undefined : instant(Math.min(...own, ...delays));
};

/** Runs that ask for no window start as soon as the rules let them. */
const soonest = (request: PlanRequest, mode: Plan['mode'], { forecast, permitted, forbidden }: Place): Planning => {
  const { zone, estimate, gridSpeed, release } = request;
  const [first] = permitted;
  if (first === undefined) {
    const message = `no forecast of ${zone} says when the rules would let it train; submit it later`;
    return { ok: false, refusal: { kind: 'forecast-unknown', nearest: undefined, message } };
  }
  const lengthMs = estimate.durationMs * gridSpeed;
  const at = (from: Instant) => ({ start: from, end: later(from, lengthMs) });
  const against = rulesInWords(rulesBehind(forbidden.filter(({ interval }) => interval.start < first.start)));
  const reasons = {
    threshold: 'starts when the intensity is at or below its ceiling, as its schedule says',
    waits: `would start at once, but until then the rules forbid it: ${against}`,
    starts: `starts at once, as its schedule says; estimated to take ${hours(lengthMs)} of grid time`,
  };
  const reason = mode === 'threshold' ? reasons.threshold : first.start > release ? reasons.waits : reasons.starts;
  const plan: Plan = {
    mode,
    segments: [{ zone, interval: at(first.start) }],
    expected: mode === 'threshold' ? undefined : expectedEmissions(stepsOf(forecast), at(first.start), request),
    immediate: { interval: at(release), expected: undefined },
    forecast: { method: forecast.method, issuedAt: forecast.issuedAt },
    estimate,
    reason,
  };
  return { ok: true, plan };
};

/** Dry-run rules that forbid some of a plan, in words. */
const refusedByDryRun = (rules: readonly Rule[], plan: Plan, places: readonly Place[]): readonly string[] => {
  const trial = dryRun(rules);
  const broken = plan.segments.flatMap(({ zone, interval }) => {
    const place = places.find(({ site }) => site.zone === zone);
    return place === undefined ? [] : rulesBehind(permittedTime(trial, place.site, place.forecast, interval).forbidden);
  });
  const end = plan.segments.at(-1)!.interval.end;
  const late = trial.filter(isOf('maximum-delay')).filter(({ ms }) => end > plan.immediate.interval.end + ms);
  return [...new Set([...broken, ...late])].map(ruleInWords);
};
