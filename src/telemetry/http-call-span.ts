/** The span of one attempt at a call to another service, by the semantic conventions of HTTP clients. */
import { SpanKind } from '@opentelemetry/api';
import { HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE, SERVER_ADDRESS, SERVER_PORT, URL_FULL } from './attributes.js';
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
    [HTTP_REQUEST_METHOD]: method,
    [URL_FULL]: `${url.origin}${url.pathname}`,
    [SERVER_ADDRESS]: url.hostname,
    [SERVER_PORT]: port,
  };
  return inSpan(method, { kind: SpanKind.CLIENT, attributes }, (span) =>
    work((status) => {
      span.setAttribute(HTTP_RESPONSE_STATUS_CODE, status);
    }),
  );
};
