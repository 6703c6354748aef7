/** Where work goes: the cleanest placement that keeps to its release, deadline and rules, or why there is none. */
import { instant, type Instant, type Interval } from '../units/time.js';
import { cheapestSegments, type SegmentRules, type Segments, type ZoneSegment } from './cheapest-segments.js';
import { cheapestSlots, type Slots } from './cheapest-slots.js';
import { cleanestWindow, EQUAL, type StartCost } from './contiguous-window.js';
import { hours, minute, span } from './in-words.js';
import { earliestOpen, equalSteps, intensityHours, longestOpenMs, type IntensitySteps } from './intensity-steps.js';

export interface Work {
  /** Not before. */
  readonly release: Instant;
  /** Done by. */
  readonly deadline: Instant;
  /** Grid time of the work itself, starts excluded; above 0. */
  readonly workMs: number;
  readonly interruptible: boolean;
  readonly rules: SegmentRules;
  /** The zone its data lies in; moving elsewhere costs a migration. */
  readonly home: string;
  /** Of interruptible work: it runs in its home zone now, and has to go on for so long. */
  readonly running?: { readonly leastMs: number };
}

/** What is expected of a zone; undefined when nothing is known of it. */
export interface ZoneSteps {
  readonly zone: string;
  readonly steps: IntensitySteps | undefined;
}

export interface PlacedSegment {
  readonly zone: string;
  readonly interval: Interval;
}

/** Which rule a refusal rests on. */
export type WorkRefusal =
  | { readonly rule: 'deadline'; readonly neededMs: number; readonly nearest: Interval | undefined; readonly message: string }
  | { readonly rule: 'zone-data'; readonly zones: readonly string[]; readonly message: string }
  | { readonly rule: 'no-gap'; readonly neededMs: number; readonly nearest: Interval | undefined; readonly message: string };

export type Placed =
  | {
      readonly ok: true;
      /** In time order. */
      readonly segments: readonly PlacedSegment[];
      /** Integral of the intensity over them, a start's part as its energy weighs it, in gCO2eq/kWh × h. */
      readonly intensityHours: number;
    }
  | { readonly ok: false; readonly refusal: WorkRefusal };

/** Of equally clean placements the earliest, of equally early ones in the zone named first. */
export const placeWork = (work: Work, zones: readonly ZoneSteps[]): Placed => {
  const known = zones.flatMap(({ zone, steps }) => (steps === undefined ? [] : [{ zone, steps }]));
  if (known.length === 0) return refused(zoneRefusal(zones));
  const neededMs = work.workMs + (work.running === undefined ? work.rules.start.ms : 0);
  if (work.release + neededMs > work.deadline) return refused(deadlineRefusal(work, neededMs, known));
  const best = work.interruptible ? interrupted(work, withHome(work, known)) : inOnePiece(work, known);
  if (best === undefined) return refused(gapRefusal(work, neededMs, known));
  const segments = best.segments.map(({ zone, start, end }) => ({
    zone: known[zone]!.zone,
    interval: { start: instant(start), end: instant(end) },
  }));
  return { ok: true, segments, intensityHours: best.intensityHours };
};

type Known = readonly { readonly zone: string; readonly steps: IntensitySteps }[];
/** The home zone last when nothing is known of it: nothing is planned there, but all work has to move away from it. */
const withHome = ({ home, release, deadline }: Work, known: Known): Known =>
  known.some(({ zone }) => zone === home)
    ? known
    : [...known, { zone: home, steps: equalSteps(release, deadline - release, Float64Array.of(Number.NaN)) }];

type Candidate = Omit<Segments, 'exact'>;

const sumOf = (a: StartCost, b: StartCost): StartCost => ({ ms: a.ms + b.ms, energyMs: a.energyMs + b.energyMs });

const inOnePiece = ({ release, deadline, workMs, rules, home }: Work, known: Known): Candidate | undefined => {
  let best: Candidate | undefined;
  known.forEach(({ zone, steps }, index) => {
    const cost = zone === home ? rules.start : sumOf(rules.start, rules.migration);
    const window = cleanestWindow(steps, { start: release, end: deadline }, workMs, cost);
    if (window === undefined) return;
    const segment: ZoneSegment = { zone: index, start: window.interval.start, end: window.interval.end };
    if (cleaner(window.intensityHours, segment, best)) best = { segments: [segment], intensityHours: window.intensityHours };
  });
  return best;
};

const cleaner = (cost: number, { start }: ZoneSegment, than: Candidate | undefined): boolean => {
  if (than === undefined) return true;
  const margin = EQUAL * Math.abs(than.intensityHours);
  return cost < than.intensityHours - margin || (cost <= than.intensityHours + margin && start < than.segments[0]!.start);
};

/** A run that is under way, without a break: a coarse grid of times may miss it. */
const goingOn = ({ release, workMs, home }: Work, known: Known): Candidate | undefined => {
  const zone = known.findIndex((each) => each.zone === home);
  const interval = { start: release, end: instant(release + workMs) };
  const sum = intensityHours(known[zone]!.steps, interval);
  return sum === undefined ? undefined : { segments: [{ zone, ...interval }], intensityHours: sum };
};

const isFree = ({ ms, energyMs }: StartCost): boolean => ms === 0 && energyMs === 0;

const interrupted = (work: Work, known: Known): Candidate | undefined => {
  const { rules, workMs, release, deadline, running } = work;
  const room = { start: release, end: deadline };
  const [only] = known;
  if (known.length === 1 && only!.zone === work.home && isFree(rules.start) && rules.minSegmentMs === 0 && !((running?.leastMs ?? 0) > 0)) {
    const slots = cheapestSlots(only!.steps, room, workMs);
    return slots && { segments: segmentsOf(slots), intensityHours: slots.intensityHours };
  }
  const whole = running === undefined ? inOnePiece(work, known) : goingOn(work, known);
  if (known.length === 1 && running === undefined && 2 * (rules.minSegmentMs - rules.start.ms) > workMs) return whole; // Room for one segment only.
  const segments = cheapestSegments(
    known.map(({ steps }) => steps),
    { room, workMs, rules, home: known.findIndex(({ zone }) => zone === work.home), ...(running && { running }) },
  );
  if (segments === undefined || whole === undefined) return segments ?? whole;
  return whole.intensityHours < segments.intensityHours * (1 - EQUAL) ? whole : segments;
};

const segmentsOf = ({ bounds }: Slots): readonly ZoneSegment[] => {
  const segments: ZoneSegment[] = [];
  for (let index = 0; index < bounds.length; index += 2) segments.push({ zone: 0, start: bounds[index]!, end: bounds[index + 1]! });
  return segments;
};

const refused = (refusal: WorkRefusal): Placed => ({ ok: false, refusal });

const zoneRefusal = (zones: readonly ZoneSteps[]): WorkRefusal => {
  const names = zones.map(({ zone }) => zone);
  const message = `nothing is known of the intensity of ${names.join(', ')}; name a zone with data, or start at once without a plan`;
  return { rule: 'zone-data', zones: names, message };
};

const deadlineRefusal = ({ release, deadline }: Work, neededMs: number, known: Known): WorkRefusal => {
  const nearest = earliestOf(known, release, neededMs);
  const there = `from ${minute(release)} to the deadline ${minute(deadline)} there are ${hours(Math.max(0, deadline - release))}`;
  const slackMs = (nearest?.end ?? release + neededMs) - deadline;
  const message = `${hours(neededMs)} of grid time are needed, but ${there}; with ${hours(slackMs)} more slack${nearest === undefined ? '' : `, ${span(nearest)}`} it would fit`;
  return { rule: 'deadline', neededMs, nearest, message };
};

const gapRefusal = ({ release, deadline }: Work, neededMs: number, known: Known): WorkRefusal => {
  const nearest = earliestOf(known, release, neededMs);
  const zones = known.map(({ zone }) => zone).join(', ');
  const what = `no placement of ${hours(neededMs)} between ${minute(release)} and ${minute(deadline)} keeps clear of what is unknown of ${zones}`;
  const longest = Math.max(0, ...known.map(({ steps }) => longestOpenMs(steps, { start: release, end: deadline })));
  const instead =
    nearest === undefined
      ? `the longest stretch that is known lasts ${hours(longest)}; ask for less time, or start at once without a plan`
      : `with ${hours(nearest.end - deadline)} more slack, ${span(nearest)} would do`;
  return { rule: 'no-gap', neededMs, nearest, message: `${what}; ${instead}` };
};

const earliestOf = (known: Known, from: Instant, lengthMs: number): Interval | undefined =>
  known
    .flatMap(({ steps }) => earliestOpen(steps, from, lengthMs) ?? [])
    .reduce<Interval | undefined>((least, each) => (least === undefined || each.start < least.start ? each : least), undefined);
