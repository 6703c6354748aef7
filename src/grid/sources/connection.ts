/** The one HTTP client below every source: JSON over GET with a time limit, retries, a circuit breaker and a rate. */
import { setTimeout as pause } from 'node:timers/promises';
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, ConstantBackoff, ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import pThrottle from 'p-throttle';
import { untilAborted, withinTime } from '../../calls/abortable.js';
import { redacted } from '../../calls/redaction.js';
import { monotonicClock, type Clock } from '../../units/clock.js';
import { SECOND_MS, type Instant } from '../../units/time.js';
import type { SourceHealth } from '../intensity-source.js';
import { CallFault, type Trouble } from './call-fault.js';
import { callJson, FailedAttempt, type JsonRequest } from './json-call.js';

/** How calls are made; what is left out has the default named. */
export interface CallOptions {
  /** For one attempt, headers and body; 15 s. */
  readonly timeoutMs?: number;
  /** Attempts after the first; 3. */
  readonly retries?: number;
  /** Wait before the second attempt, about doubled for each further one, with jitter; 500 ms. */
  readonly retryDelayMs?: number;
  /** The longest Retry-After that is waited for; a longer one is told to the caller instead; 30 s. */
  readonly longestRetryAfterMs?: number;
  /** Attempts that fail in a row before the source is left alone; 8, which is two calls with all their retries. */
  readonly failuresToOpen?: number;
  /** How long it is left alone before one call may try again; 60 s. */
  readonly leftAloneMs?: number;
  /** Further attempts wait their turn; what the provider allows, with room for others who use the same key. */
  readonly callsPerSecond?: number;
}

export interface ConnectionOptions extends CallOptions {
  readonly source: string;
  readonly url: string;
  readonly clock: Clock;
  readonly callsPerSecond: number;
  /** Everything that must not appear in a fault, asked for anew each time. */
  readonly secrets: () => readonly string[];
}

export interface Answer<T> {
  readonly value: T;
  /** When it was complete, by our clock. */
  readonly at: Instant;
}

export interface Connection {
  readonly health: SourceHealth;
  /** @throws CallFault; the signal's reason once that is aborted */
  get<T>(request: JsonRequest<T>): Promise<Answer<T>>;
}

export const openConnection = (options: ConnectionOptions): Connection => {
  const { clock, timeoutMs = 15_000, retryDelayMs = 500 } = options;
  const retrying = retryPolicy(options);
  const circuit = circuitOf(options);
  const inTurn = pThrottle({ limit: options.callsPerSecond, interval: SECOND_MS, strict: true })((call: () => Promise<unknown>) => call());
  let clockSkewMs: number | undefined;
  const heard = (headers: Headers): void => {
    clockSkewMs = skewOf(headers, clock.now()) ?? clockSkewMs;
  };
  const faultOf = (url: URL, trouble: Trouble, words: string, waitMs?: number): CallFault => {
    // Never a library's failure as the cause, nor an address with its query: nobody can say what lies in them.
    const message = redacted(`${url.origin}${url.pathname} ${words}`, options.secrets());
    return new CallFault(options.source, trouble, message, waitMs === undefined ? {} : { retryAfterMs: waitMs });
  };

  const get = async <T>(request: JsonRequest<T>): Promise<Answer<T>> => {
    const { signal } = request;
    const url = addressOf(options.url, request);
    const timedOut = (): Error => new FailedAttempt('no-answer-in-time', `did not answer within ${timeoutMs} ms`);
    const attempt = async (): Promise<Answer<T>> => {
      signal.throwIfAborted(); // The caller may have left while this call waited for its turn.
      try {
        const value = await withinTime(timeoutMs, signal, (own) => callJson(url, { ...request, signal: own }, heard), timedOut);
        return { value, at: clock.now() };
      } catch (failure) {
        throw failure instanceof FailedAttempt ? faultOf(url, failure.trouble, failure.message, failure.retryAfterMs) : failure;
      }
    };
    let backoff = new ExponentialBackoff({ initialDelay: retryDelayMs }).next();
    let waitMs = 0;
    return retrying.execute(async ({ attempt: number }) => {
      if (number > 0) await pause(waitMs, undefined, { signal });
      try {
        return await circuit.run(() => inTurn(attempt) as Promise<Answer<T>>);
      } catch (failure) {
        if (failure instanceof BrokenCircuitError) throw faultOf(url, 'left-alone', circuit.whyOpen());
        waitMs = (failure instanceof CallFault ? failure.retryAfterMs : undefined) ?? backoff.duration;
        backoff = backoff.next(undefined);
        throw failure;
      }
    });
  };
  return {
    health: {
      get circuit() {
        return circuit.state();
      },
      get clockSkewMs() {
        return clockSkewMs;
      },
    },
    get: (request) => untilAborted(request.signal, () => get(request)),
  };
};

/** Which faults get another attempt; the wait lies in the attempt, as cockatiel's own does not end when the caller leaves. */
const retryPolicy = ({ retries = 3, longestRetryAfterMs = 30_000 }: ConnectionOptions) =>
  retry(
    handleWhen((fault) => fault instanceof CallFault && fault.retried && (fault.retryAfterMs ?? 0) <= longestRetryAfterMs),
    { maxAttempts: retries, backoff: new ConstantBackoff(0) },
  );

/** Leaves a source alone once it has failed so often in a row. */
const circuitOf = ({ failuresToOpen = 8, leftAloneMs = 60_000 }: ConnectionOptions) => {
  const breaker = circuitBreaker(
    handleWhen((fault) => fault instanceof CallFault && fault.trips),
    { halfOpenAfter: leftAloneMs, breaker: new ConsecutiveBreaker(failuresToOpen) },
  );
  let openedAtMs = 0;
  breaker.onBreak(() => {
    openedAtMs = monotonicClock.elapsedMs();
  });
  return {
    run: <T>(call: () => Promise<T>): Promise<T> => breaker.execute(call),
    state: (): SourceHealth['circuit'] => {
      const state = CIRCUITS[breaker.state];
      return state === 'open' && monotonicClock.elapsedMs() - openedAtMs >= leftAloneMs ? 'half-open' : state;
    },
    whyOpen: (): string => {
      const last = breaker.lastFailure;
      return `is left alone for a while after failures in a row${last !== undefined && 'error' in last ? `; the last: ${last.error.message}` : ''}`;
    },
  };
};

/** By cockatiel's CircuitState; nobody isolates the breaker by hand. */
const CIRCUITS = ['closed', 'open', 'half-open', 'open'] as const;

const addressOf = (base: string, { path, query = {} }: Pick<JsonRequest<unknown>, 'path' | 'query'>): URL => {
  const url = new URL(base.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
};

/** The source's clock minus ours, from the Date header (whole seconds) and the time the answer lay in caches (Age). */
const skewOf = (headers: Headers, now: Instant): number | undefined => {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : date + 1000 * Number(headers.get('age') ?? 0) - now;
};
