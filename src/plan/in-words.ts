/** Times, lengths and intensities as plans and refusals say them. */
import { HOUR_MS, iso, type Instant, type Interval } from '../units/time.js';

/** To the minute, UTC. */
export const minute = (at: Instant): string => `${day(at)} ${clock(at)} UTC`;
export const hours = (ms: number): string => `${(ms / HOUR_MS).toFixed(2)} h`;
export const perKwh = (intensity: number | undefined): string =>
  intensity === undefined ? 'an unknown intensity' : `${intensity.toFixed(0)} gCO2eq/kWh`;

/** Like `2022-06-01 14:00-18:00 UTC`, with the second day where it is another. */
export const span = ({ start, end }: Interval): string =>
  `${day(start)} ${clock(start)}-${day(start) === day(end) ? '' : `${day(end)} `}${clock(end)} UTC`;

const day = (at: Instant): string => iso(at).slice(0, 10);
const clock = (at: Instant): string => iso(at).slice(11, 16);
