/** A grid zone, and the error for a name that is none. */

export interface Zone {
  /** Electricity Maps' key, like `US-CAL-CISO`. */
  readonly key: string;
  readonly name: string;
  /** IANA name of its local time, like `America/Los_Angeles`. */
  readonly timeZone: string;
}

/** A zone that is not known or that no configured source serves; the message names what would be. */
export class UnknownZone extends Error {
  constructor(
    readonly zone: string,
    readonly known: readonly string[],
  ) {
    super(`unknown grid zone ${JSON.stringify(zone)}; known zones: ${known.join(', ')}`);
    this.name = 'UnknownZone';
  }

  /** What may be given instead. */
  get allowed(): string {
    return `one of ${this.known.join(', ')}`;
  }
}
