/** Series, policies and sites for the tests of policies. */
import type { IntensitySeries, Provenance } from '../../src/grid/reading.js';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import type { PolicyVersion } from '../../src/policy/policy.js';
import { carbonIntensity } from '../../src/units/quantities.js';
import { HOUR_MS, instant, parseInstant } from '../../src/units/time.js';

export const SITE = { zone: 'US-CAL-CISO', timeZone: 'America/Los_Angeles' };
/** A Monday, 17:00 in California. */
export const MONDAY = parseInstant('2022-06-06T17:00:00-07:00');
export const hoursLater = (hours: number, from = MONDAY) => instant(from + hours * HOUR_MS);

/** Hourly from `from`; null is a gap. */
export const hourly = (values: readonly (number | null)[], from = MONDAY, provenance: Provenance = 'forecast'): IntensitySeries => ({
  zone: SITE.zone,
  kind: 'average',
  factorType: 'lifecycle',
  readings: values.flatMap((value, hour) =>
    value === null
      ? []
      : [
          {
            zone: SITE.zone,
            interval: { start: hoursLater(hour, from), end: hoursLater(hour + 1, from) },
            intensity: carbonIntensity(value),
            kind: 'average',
            factorType: 'lifecycle',
            source: 'test',
            provenance,
            issuedAt: from,
          },
        ],
  ),
});

export const policyOf = (over: object, version = 1): PolicyVersion => {
  const parsed = parsePolicy({ name: 'test', ...over });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { policy: parsed.value, version };
};
