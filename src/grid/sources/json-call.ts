/** One attempt at one call: an address in, checked JSON or a named trouble out. */
import type { z } from 'zod';
import { retryAfterMs, troubleOfConnection } from '../../calls/connection-trouble.js';
import { inHttpCall } from '../../telemetry/http-call-span.js';
import { troubleOfStatus, type Trouble } from './call-fault.js';

export interface JsonRequest<T> {
  /** Begins with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly shape: z.ZodType<T>;
  /** What an answer without content (204) stands for; without it that answer is malformed. */
  readonly empty?: T;
  readonly signal: AbortSignal;
}

/** An attempt that failed. Its words may repeat a secret: they are for who takes those out. */
export class FailedAttempt extends Error {
  constructor(
    readonly trouble: Trouble,
    words: string,
    readonly retryAfterMs?: number,
  ) {
    super(words);
    this.name = 'FailedAttempt';
  }
}

/**
 * Redirects are not followed: fetch would send a key in a header on to the new host.
 * @throws FailedAttempt; whatever the signal was aborted with
 */
export const callJson = async <T>(
  url: URL,
  request: Omit<JsonRequest<T>, 'path' | 'query'>,
  heard: (headers: Headers) => void,
): Promise<T> => {
  const headers = { accept: 'application/json', 'user-agent': 'lowtide', ...request.headers };
  let response: Response;
  let text: string;
  try {
    ({ response, text } = await inHttpCall('GET', url, async (answered) => {
      const answer = await fetch(url, { headers, signal: request.signal, redirect: 'manual' });
      answered(answer.status);
      heard(answer.headers);
      return { response: answer, text: await answer.text() };
    }));
  } catch (failure) {
    if (request.signal.aborted) throw failure;
    const { trouble, words } = troubleOfConnection(failure);
    throw new FailedAttempt(trouble, `could not be reached: ${words}`);
  }
  return checked(response, text, request);
};

const checked = <T>(response: Response, text: string, { shape, empty }: Pick<JsonRequest<T>, 'shape' | 'empty'>): T => {
  if (!response.ok)
    throw new FailedAttempt(
      troubleOfStatus(response.status),
      `answered ${response.status}${wordsOf(text)}`,
      retryAfterMs(response.headers),
    );
  if (response.status === 204 && empty !== undefined) return empty;
  const json = parsed(text);
  if (json === NOT_JSON) throw new FailedAttempt('not-json', `answered ${text.length} characters that are not JSON, or not all of it`);
  const result = shape.safeParse(json);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const where = first!.path.map(String).join('.') || 'the whole';
  throw new FailedAttempt('other-shape', `answered another shape than documented: ${where}: ${first!.message}`);
};

const NOT_JSON = Symbol('not JSON');

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON; // The parser's own message quotes the text; the fault says enough without it.
  }
};

/** What an error answer says: the sources write `message`, `error`, `error.message` or problem details (RFC 9457). */
const wordsOf = (text: string): string => {
  const json = parsed(text);
  if (typeof json !== 'object' || json === null) return '';
  const { message, error, detail, title } = json as Readonly<Record<string, unknown>>;
  const inner = typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>)['message'] : undefined;
  const words = [message, error, inner, detail, title].find((each) => typeof each === 'string' && each.trim() !== '');
  return typeof words === 'string' ? `: ${words.replace(/\s+/g, ' ').trim().slice(0, 200)}` : '';
};
