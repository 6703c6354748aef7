/** What a call that failed on the way to an answer, or with one that says when to come back, means for a later attempt. */

/** Codes of Node and undici after which a later attempt may connect. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** What a failure of `fetch` is: its code lies on it or on one of its causes, and the innermost says it best. */
export const troubleOfConnection = (failure: unknown): { readonly trouble: 'no-connection' | 'no-such-host'; readonly words: string } => {
  let words = String(failure);
  for (let each = failure as Partial<NodeJS.ErrnoException> | undefined; each !== undefined; each = each.cause as typeof each) {
    words = each.message || words;
    // When several addresses were tried, the message is empty and their errors say it all alike.
    if (typeof each.code === 'string')
      return { trouble: PASSING.has(each.code) ? 'no-connection' : 'no-such-host', words: `${each.code} ${each.message ?? ''}`.trim() };
  }
  return { trouble: 'no-connection', words };
};

/**
 * How long an answer asks to be left alone, from its Retry-After: seconds, or an HTTP date (RFC 9110, 10.2.3). A date is
 * counted from the answer's own Date, so that no clock here matters; without one it says nothing.
 */
export const retryAfterMs = (headers: Headers): number | undefined => {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  const sentAt = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(until) || Number.isNaN(sentAt) ? undefined : Math.max(0, until - sentAt);
};
