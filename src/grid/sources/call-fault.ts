/** What can go wrong with one call to a source, and, in one table, what is done about it. */
import { SourceFault, type SourceFaultKind } from '../intensity-source.js';

interface Handling {
  /** How the source's callers see it. */
  readonly kind: SourceFaultKind;
  /** Whether another attempt may succeed. */
  readonly retried: boolean;
  /** Whether it counts towards leaving the source alone. */
  readonly trips: boolean;
}

const HANDLING = {
  'no-connection': { kind: 'unavailable', retried: true, trips: true },
  /** A name that does not resolve, a certificate that is not valid: another attempt meets the same. */
  'no-such-host': { kind: 'unavailable', retried: false, trips: true },
  'no-answer-in-time': { kind: 'timed-out', retried: true, trips: true },
  /** Cut short, or a page of a proxy in between. */
  'not-json': { kind: 'malformed', retried: true, trips: true },
  'other-shape': { kind: 'malformed', retried: false, trips: false },
  'http-401': { kind: 'unauthorized', retried: false, trips: false },
  'http-403': { kind: 'forbidden', retried: false, trips: false },
  'http-429': { kind: 'rate-limited', retried: true, trips: false },
  /** Any other 4xx, and 3xx: redirects are not followed, as they would carry the key to another host. */
  'http-refused': { kind: 'refused', retried: false, trips: false },
  'http-501': { kind: 'not-offered', retried: false, trips: false },
  'http-5xx': { kind: 'unavailable', retried: true, trips: true },
  'left-alone': { kind: 'unavailable', retried: false, trips: false },
} as const satisfies Record<string, Handling>;

export type Trouble = keyof typeof HANDLING;

/** A call that failed in one of the ways of the table. */
export class CallFault extends SourceFault {
  constructor(
    source: string,
    readonly trouble: Trouble,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(source, HANDLING[trouble].kind, message, options);
  }
  get retried(): boolean {
    return HANDLING[this.trouble].retried;
  }
  get trips(): boolean {
    return HANDLING[this.trouble].trips;
  }
}

export const troubleOfStatus = (status: number): Trouble => {
  if (status === 401) return 'http-401';
  if (status === 403) return 'http-403';
  if (status === 429) return 'http-429';
  if (status === 501) return 'http-501';
  return status >= 500 ? 'http-5xx' : 'http-refused';
};
