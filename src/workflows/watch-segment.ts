/**
 * Looks after a run while it trains: at each new hour of the grid, at the end of a planned segment, and every half minute it
 * asks whether the run may and should go on. What ends a segment is handed down as an ending; nothing waits here for clean power.
 */
import type { PauseReason } from '../experiment/run-state.js';
import { totalSteps } from '../experiment/spec.js';
import type { Forecast, Reading } from '../grid/reading.js';
import { readingsWithin } from '../grid/reading.js';
import type { Decision } from '../plan/decision.js';
import { minute } from '../plan/in-words.js';
import type { Plan } from '../plan/plan.js';
import type { Rule } from '../policy/policy.js';
import type { RunFact } from '../record/run-event.js';
import type { StoredRun } from '../record/run-log.js';
import { HOUR_MS, instant, later, type Instant } from '../units/time.js';
import { decideOnSpending } from './decide-on-spending.js';
import { dryViolations, forbiddenNow, waitFor } from './decide-start.js';
import { currentReading, latestForecast, timeZoneOf } from './expected-grid.js';
import type { Ports } from './ports.js';
import { isToReconsider, planElsewhere, reconsider } from './reconsider-plan.js';
import { rulesOf } from './rules-of.js';

/** Why and how a segment ends before its run does. */
export type SegmentEnding =
  | {
      readonly kind: 'pause';
      readonly reason: PauseReason;
      /** Grid time at which the next segment starts, and the zone it starts in. */
      readonly until: Instant;
      readonly zone: string;
      readonly plan: Plan | undefined;
      readonly decision: Decision;
    }
  | { readonly kind: 'halt'; readonly decision: Decision };

/** What the segment knows of itself, for whoever looks after it. */
export interface SegmentState {
  readonly stepsDone: number;
}

export interface SegmentWatch {
  /** The most intensity expected until the next look, gCO2eq/kWh; undefined while nothing is known. */
  worstIntensity(): number | undefined;
  stop(): void;
}

export interface WatchedSegment {
  state(): SegmentState;
  /** The run as its log stands now. */
  reread(): Promise<StoredRun | undefined>;
  note(fact: RunFact): void;
  end(ending: SegmentEnding): void;
  fail(failure: unknown): void;
}

/** Least and most real ms between two looks: policies and budgets change at any time. */
const LEAST_MS = 100;
const MOST_MS = 30_000;
/** A pause that leaves so little grid time of the work undone is not worth it. */
const LEAST_LEFT_SHARE = 0.02;

export const watchSegment = (ports: Ports, run: StoredRun, segment: WatchedSegment): SegmentWatch => {
  let worst: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let told = '';
  const look = async (): Promise<void> => {
    const now = ports.gridClock.now();
    const rules = await rulesOf(ports, run.project);
    const reading = await currentReading(ports, run.zone, now);
    const forecast = await latestForecast(ports, run.zone, now);
    worst = worstOf(reading, forecast, now);
    const current = await segment.reread();
    if (stopped || current?.state !== 'running') return;
    const ending = await endingNow(ports, current, rules, now, reading, segment);
    if (ending !== undefined) {
      segment.end(ending);
      return;
    }
    const trial = dryViolations(rules, { zone: run.zone, timeZone: timeZoneOf(ports, run.zone) }, now, reading);
    const words = JSON.stringify(trial);
    if (trial.wouldHaveRefused !== undefined && words !== told)
      segment.note({
        kind: 'decided',
        decision: { decision: 'keep', zone: run.zone, reason: 'goes on; the rules of a dry-run policy forbid it now', ...trial },
      });
    told = words;
    schedule(current);
  };
  const schedule = (current: StoredRun | undefined): void => {
    if (stopped) return;
    const now = ports.gridClock.now();
    const ends = (current?.summary.plan?.segments ?? []).map(({ interval }) => interval.end).filter((end) => end > now);
    const next = Math.min(Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS, ...ends);
    timer = setTimeout(
      () => {
        look().catch((failure: unknown) => {
          segment.fail(failure);
        });
      },
      Math.min(MOST_MS, Math.max(LEAST_MS, (next - now) / ports.gridClock.speed + 1)),
    );
  };
  schedule(undefined);
  currentReading(ports, run.zone, ports.gridClock.now()).then(
    (reading) => {
      worst ??= reading?.intensity;
    },
    (failure: unknown) => {
      segment.fail(failure);
    },
  );
  return {
    worstIntensity: () => worst,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

/** Of this hour and the next two, by reading and by the upper end of the forecast. */
const worstOf = (reading: Reading | undefined, forecast: Forecast, now: Instant): number | undefined => {
  const ahead = readingsWithin(forecast, { start: now, end: later(now, 2 * HOUR_MS) });
  const values = [
    ...(reading === undefined ? [] : [reading.intensity]),
    ...ahead.map(({ intensity, intervals }) => intervals?.p95.high ?? intensity),
  ];
  return values.length === 0 ? undefined : Math.max(...values);
};

/** Rules first, then budgets, then the plan, then what a new forecast says. */
const endingNow = async (
  ports: Ports,
  run: StoredRun,
  rules: readonly Rule[],
  now: Instant,
  reading: Reading | undefined,
  segment: WatchedSegment,
): Promise<SegmentEnding | undefined> => {
  const found = { zone: run.zone, ...(reading === undefined ? {} : { intensity: reading.intensity }) };
  const forbidden = await forbiddenNow(ports, run.zone, rules, now, reading);
  if (forbidden !== undefined) {
    const { until, decision } = waitFor(forbidden, found, 'pauses');
    const plan = await planElsewhere(ports, run, rules, now, segment.state().stepsDone);
    const first = plan?.segments[0];
    if (first !== undefined && first.zone !== run.zone) {
      const reason = `moves to ${first.zone}: ${decision.reason}`;
      return pauseUntil(run, instant(Math.max(now, first.interval.start)), first.zone, plan, { ...decision, decision: 'migrate', reason });
    }
    return { kind: 'pause', reason: 'high-carbon', until, zone: run.zone, plan: undefined, decision: { ...decision, decision: 'pause' } };
  }
  const { stepsDone } = segment.state();
  const overspends = await decideOnSpending(ports, run, rules, now, stepsDone);
  for (const { budget, message } of overspends.warnings) {
    segment.note({ kind: 'warning', message });
    segment.note({ kind: 'decided', decision: { ...found, decision: 'keep', reason: `goes on, but ${message}`, rules: [budget] } });
  }
  if (overspends.halt !== undefined) return { kind: 'halt', decision: { ...found, ...overspends.halt } };
  if (stepsDone / totalSteps(run.spec.training) > 1 - LEAST_LEFT_SHARE) return undefined;
  const planned = plannedPause(run, now, found);
  if (planned !== undefined) return planned;
  if (!isToReconsider(run, now)) return undefined;
  const answer = await reconsider(ports, run, rules, now, { stepsDone, running: true });
  return answer === undefined ? undefined : followed(run, now, answer, segment);
};

/** The end of a planned segment, when another is to follow later. */
const plannedPause = (run: StoredRun, now: Instant, found: Pick<Decision, 'zone' | 'intensity'>): SegmentEnding | undefined => {
  const segments = run.summary.plan?.segments ?? [];
  const next = segments.find(({ interval }) => interval.start > now);
  const within = segments.some(({ zone, interval }) => zone === run.zone && interval.start <= now && now < interval.end);
  if (run.spec.schedule.mode !== 'planned' || !run.spec.schedule.interruptible || next === undefined || within) return undefined;
  const reason = `its planned segment is over, the next one starts at ${minute(next.interval.start)} in ${next.zone}`;
  return pauseUntil(run, next.interval.start, next.zone, undefined, { ...found, decision: 'pause', until: next.interval.start, reason });
};

/** Acts on a reconsidered plan: goes on by the new one, or ends the segment when it starts later or elsewhere. */
const followed = (
  run: StoredRun,
  now: Instant,
  { plan, decision }: { readonly plan: Plan | undefined; readonly decision: Decision },
  segment: WatchedSegment,
): SegmentEnding | undefined => {
  const first = plan?.segments[0];
  if (first !== undefined && (first.interval.start > now || first.zone !== run.zone))
    return pauseUntil(run, instant(Math.max(now, first.interval.start)), first.zone, plan, {
      ...decision,
      decision: first.zone === run.zone ? 'pause' : 'migrate',
    });
  segment.note({ kind: 'decided', decision });
  if (plan !== undefined) segment.note({ kind: 'planned', plan });
  return undefined;
};

const pauseUntil = (run: StoredRun, until: Instant, zone: string, plan: Plan | undefined, decision: Decision): SegmentEnding => ({
  kind: 'pause',
  reason: zone === run.zone ? 'high-carbon' : 'migrating',
  until,
  zone,
  plan,
  decision: zone === run.zone ? decision : { ...decision, decision: 'migrate' },
});
