/** Refusals by policy: which rules forbid a run, and the nearest thing they would allow. */
import { piecesOf, type IntensitySeries } from '../grid/reading.js';
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import { HOUR_MS, instant, iso, later, type Instant, type Interval } from '../units/time.js';
import { rulesInWords } from './in-words.js';
import { permittedTime, rulesBehind } from './permitted-time.js';
import { isOf, type Rule } from './policy.js';
import { rulesAgainstZone, type Site } from './violations.js';

/** What a run needs of time: in one piece, or in pieces of at least a length; 0 when it only needs to start. */
export interface TimeNeed {
  /** Grid ms. */
  readonly neededMs: number;
  readonly contiguous: boolean;
  readonly minimumSegmentMs: number;
  /** Grid ms that every piece after the first takes besides. */
  readonly restartMs: number;
}

export type Nearest =
  /** With so much more time the rules would allow these segments. */
  | { readonly kind: 'more-slack'; readonly extraMs: number; readonly segments: readonly Interval[] }
  /** No time as far as is forecast would do, but a ceiling this high would. */
  | { readonly kind: 'higher-ceiling'; readonly ceiling: CarbonIntensity }
  | { readonly kind: 'zones'; readonly zones: readonly string[] };

export interface PolicyRefusal {
  readonly kind: 'policy-forbids';
  readonly rules: readonly Rule[];
  /** Undefined: nothing near is known. */
  readonly nearest: Nearest | undefined;
  readonly message: string;
}

/** The earliest segments within permitted time that are long enough; undefined when there are none. */
export const earliestFit = (permitted: readonly Interval[], need: TimeNeed): readonly Interval[] | undefined => {
  if (need.contiguous) {
    const room = permitted.find(({ start, end }) => end - start >= need.neededMs);
    return room && [{ start: room.start, end: later(room.start, need.neededMs) }];
  }
  const segments: Interval[] = [];
  let left = need.neededMs;
  for (const { start, end } of permitted) {
    const overhead = segments.length === 0 ? 0 : need.restartMs;
    const length = Math.min(end - start, left + overhead);
    if (length - overhead < Math.min(need.minimumSegmentMs, left) || length <= overhead) continue;
    segments.push({ start, end: later(start, length) });
    left -= length - overhead;
    if (left <= 0) return segments;
  }
  return undefined;
};

/**
 * The refusal of a run that would fit before its deadline but for the rules; undefined when they leave room for it, or when there
 * is too little time even without them.
 * @param forecast from the release as far as there is one; what lies after the deadline shows what more time would allow
 * @param zones every zone there is, to name those that would be allowed
 */
export const policyRefusal = (
  rules: readonly Rule[],
  site: Site,
  forecast: IntensitySeries,
  { start: release, end: deadline }: Interval,
  need: TimeNeed,
  zones: readonly string[],
): PolicyRefusal | undefined => {
  const closed = rulesAgainstZone(rules, site.zone, forecast.kind);
  if (closed.length > 0) return zoneRefusal(closed, rules, site.zone, zones);
  const room = { start: release, end: deadline };
  const { permitted, forbidden } = permittedTime(rules, site, forecast, room);
  const isTimeEnough = earliestFit([room], need) !== undefined;
  if (!isTimeEnough || forbidden.length === 0 || earliestFit(permitted, need) !== undefined) return undefined;
  const horizon = instant(Math.max(deadline, forecast.readings.at(-1)?.interval.end ?? deadline));
  const further = earliestFit(permittedTime(rules, site, forecast, { start: release, end: horizon }).permitted, need);
  const against = rulesBehind(forbidden);
  const nearest: Nearest | undefined =
    further === undefined
      ? ceilingThatWould(rules, site, forecast, room, need)
      : { kind: 'more-slack', extraMs: further.at(-1)!.end - deadline, segments: further };
  const pieces = need.contiguous ? `every window of ${hours(need.neededMs)}` : `all but too little of the ${hours(need.neededMs)} needed`;
  const window = need.neededMs === 0 ? 'every start' : pieces;
  const message = `the rules forbid ${window} from ${minute(release)} to ${minute(deadline)} in ${site.zone}: ${rulesInWords(against)}; ${nearestInWords(nearest)}`;
  return { kind: 'policy-forbids', rules: against, nearest, message };
};

const zoneRefusal = (closed: readonly Rule[], rules: readonly Rule[], zone: string, zones: readonly string[]): PolicyRefusal => {
  const allowed = zones.filter((each) => rules.filter(isOf('allowed-zones')).every((rule) => rule.zones.includes(each)));
  const kinds = rules.filter(isOf('required-kind')).length > 0 && closed.some(({ kind }) => kind === 'required-kind');
  const nearest: Nearest | undefined = allowed.length === 0 || kinds ? undefined : { kind: 'zones', zones: allowed };
  const message = `the rules forbid training in ${zone} at any time: ${rulesInWords(closed)}; ${nearestInWords(nearest)}`;
  return { kind: 'policy-forbids', rules: closed, nearest, message };
};

/** The lowest ceiling under which the run would fit before its deadline, when a ceiling is what forbids it. */
const ceilingThatWould = (
  rules: readonly Rule[],
  site: Site,
  forecast: IntensitySeries,
  room: Interval,
  need: TimeNeed,
): Nearest | undefined => {
  if (!rules.some(isOf('ceiling'))) return undefined;
  const others = rules.filter((rule) => rule.kind !== 'ceiling');
  const levels = [...new Set(piecesOf(forecast, room).flatMap(({ reading }) => reading?.intensity ?? []))].sort((a, b) => a - b);
  const origin = { policy: 'nearest', version: 0, project: undefined, dryRun: false };
  const fits = (most: CarbonIntensity): boolean =>
    earliestFit(permittedTime([...others, { kind: 'ceiling', most, origin }], site, forecast, room).permitted, need) !== undefined;
  let [low, high] = [0, levels.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(levels[middle]!)) high = middle;
    else low = middle + 1;
  }
  const enough = levels[low];
  return enough === undefined ? undefined : { kind: 'higher-ceiling', ceiling: carbonIntensity(Math.ceil(enough)) };
};

const nearestInWords = (nearest: Nearest | undefined): string => {
  switch (nearest?.kind) {
    case undefined:
      return 'nothing near that the rules would allow is known; change the rules, or the run';
    case 'more-slack':
      return `nearest thing allowed: with ${hours(nearest.extraMs)} more slack, ${nearest.segments.map(spanInWords).join(', ')}`;
    case 'higher-ceiling':
      return `nearest thing allowed: as far as is forecast no time would do, but a ceiling of ${nearest.ceiling} gCO2eq/kWh would`;
    case 'zones':
      return `nearest thing allowed: ${nearest.zones.join(', ')}`;
  }
};

const spanInWords = ({ start, end }: Interval): string => (start === end ? `from ${minute(start)}` : `${minute(start)} to ${minute(end)}`);
const minute = (at: Instant): string => `${iso(at).slice(0, 16).replace('T', ' ')} UTC`;
const hours = (ms: number): string => `${(ms / HOUR_MS).toFixed(2)} h`;
