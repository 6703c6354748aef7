/** A real HTTP server on this machine that answers like a provider, or as badly as a test wants. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, everything else as JSON. */
  readonly body?: unknown;
  readonly delayMs?: number;
  /** Sent only after this. */
  readonly after?: Promise<unknown>;
  /** Only so many characters are sent, and the answer ends as if that were all. */
  readonly cutAfter?: number;
  /** `hangs`: nothing is ever sent; `resets`: the connection is torn down after some of the body. */
  readonly fault?: 'hangs' | 'resets';
}

export interface Provider {
  readonly url: string;
  /** Every request so far, in order. */
  readonly asked: readonly Asked[];
  /** Answers from now on; `nth` counts from 0 since it was set. */
  answer(reply: (asked: Asked, nth: number) => Reply): void;
  /** Resolves when a client has closed the connection of a request that hangs. */
  readonly hungUp: Promise<void>;
  close(): Promise<void>;
}

export const startProvider = async (): Promise<Provider> => {
  const asked: Asked[] = [];
  let reply: (asked: Asked, nth: number) => Reply = () => ({ status: 404 });
  let nth = 0;
  let hangUp: () => void = () => undefined;
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  const server = http.createServer((request, response) => {
    const url = new URL(request.url!, 'http://provider');
    const one = { path: decodeURIComponent(url.pathname), query: url.searchParams, headers: request.headers };
    asked.push(one);
    send(response, reply(one, nth++), hangUp);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (next) => {
      reply = next;
      nth = 0;
    },
    hungUp,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const send = (response: http.ServerResponse, reply: Reply, hangUp: () => void): void => {
  const { status = 200, headers = {}, body, delayMs = 0, after, cutAfter, fault } = reply;
  if (fault === 'hangs') {
    response.on('close', hangUp);
    return;
  }
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const write = (): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(fault === 'resets' ? { 'content-length': text.length } : {}),
      ...headers,
    });
    if (fault === 'resets') response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text.slice(0, cutAfter));
  };
  void Promise.resolve(after).then(() => setTimeout(write, delayMs));
};

/** The JSON of a fixture, to be changed freely. */
export const fixture = (name: string): any => JSON.parse(fs.readFileSync(path.resolve('tests/fixtures', name), 'utf8'));
