/** A grid zone, and the error for a name that is none. */
import { nearestNames } from './nearest-names.js';

export interface Zone {
  /** Electricity Maps' key, like `US-CAL-CISO`, or one of Lowtide's own (see `configs/zones/README.md`). */
  readonly key: string;
  readonly name: string;
  /** IANA name of its local time, like `America/Los_Angeles`. */
  readonly timeZone: string;
}

const MOST_LISTED = 20;

/** A zone that is not known, that is named ambiguously or that no configured source serves. */
export class UnknownZone extends Error {
  /** Of the names that would do, the nearest to the one given; none when all are far from it. */
  readonly suggestions: readonly string[];
  /** What would be allowed, in words. */
  readonly allowed: string;

  /**
   * @param known every name that would do
   * @param why replaces "unknown grid zone ..."; then all of `known` are named
   */
  constructor(
    readonly zone: string,
    readonly known: readonly string[],
    why?: string,
  ) {
    const suggestions = why === undefined ? nearestNames(zone, known) : [];
    const allowed = allowedOf(known, suggestions);
    const hint = suggestions.length > 0 ? `did you mean ${suggestions.join(' or ')}?` : `name ${allowed}`;
    super(`${why ?? `unknown grid zone ${JSON.stringify(zone)}`}; ${hint}`);
    this.name = 'UnknownZone';
    this.suggestions = suggestions;
    this.allowed = allowed;
  }
}

const allowedOf = (known: readonly string[], suggestions: readonly string[]): string => {
  if (suggestions.length > 0) return `a grid zone; the nearest: ${suggestions.join(', ')}`;
  return known.length <= MOST_LISTED
    ? `one of ${known.join(', ')}`
    : `a zone by its Electricity Maps key (US-CAL-CISO), a country (DE), a country and region (USA + california) or a cloud region (aws:us-west-1)`;
};
