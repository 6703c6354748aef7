/** The span of one attempt at a call to another service, by the semantic conventions of HTTP clients. */
import { SpanKind } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';
import { inSpan } from './span.js';

/** Without the query: nobody can say what lies in it. */
export const inHttpCall = <T>(
  method: string,
  address: string | URL,
  work: (answered: (status: number) => void) => Promise<T>,
): Promise<T> => {
  const url = new URL(address);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const attributes = {
    [ATTR_HTTP_REQUEST_METHOD]: method,
    [ATTR_URL_FULL]: `${url.origin}${url.pathname}`,
    [ATTR_SERVER_ADDRESS]: url.hostname,
    [ATTR_SERVER_PORT]: port,
  };
  return inSpan(method, { kind: SpanKind.CLIENT, attributes }, (span) =>
    work((status) => {
      span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    }),
  );
};
