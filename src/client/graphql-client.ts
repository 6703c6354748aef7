/** A typed GraphQL client over HTTP, and over one graphql-ws connection for subscriptions; for browsers and Node alike. */
import { createClient, type Client } from 'graphql-ws';

/** A document that knows what it answers and which variables it takes, see `documents.ts`. */
export interface TypedDocument<Answer, Variables> {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Answer;
}

export type ConnectionState =
  | { readonly kind: 'open' }
  /** It broke, and is tried again. */
  | { readonly kind: 'lost' }
  /** The server wants another token. */
  | { readonly kind: 'refused' };

export interface ClientOptions {
  /** Bearer token, read again at each connection. */
  readonly token?: () => string | undefined;
  /** Class of WebSockets where the platform has none (Node 20): the one of `ws`. */
  readonly webSocket?: unknown;
  /** How often a broken connection is tried again, with growing waits; 5 when absent. */
  readonly retries?: number;
  /** Whether the connection is opened at once and kept, so that a break is seen also while nothing is subscribed. */
  readonly eager?: boolean;
  /** Told of each change of the connection that carries subscriptions. */
  readonly onConnection?: (state: ConnectionState) => void;
}

type Variables = Readonly<Record<string, unknown>>;

export interface GraphqlClient {
  /** @throws GraphqlFailure when the answer has errors, NoAnswer when there is none */
  query<Answer, Given extends Variables>(document: TypedDocument<Answer, Given>, variables: Given): Promise<Answer>;
  query<Answer>(document: string, variables?: Variables): Promise<Answer>;
  /**
   * Ends when the server completes it or `signal` aborts. After a broken connection it is sent again with the variables as
   * they are then. @throws GraphqlFailure; NoAnswer when the retries are used up
   */
  subscribe<Answer, Given extends Variables>(
    document: TypedDocument<Answer, Given>,
    variables: Given,
    signal?: AbortSignal,
  ): AsyncGenerator<Answer, void>;
  subscribe<Answer>(document: string, variables?: Variables, signal?: AbortSignal): AsyncGenerator<Answer, void>;
  close(): Promise<void>;
}

/** Something wrong with the input: where, what was given, what is allowed. */
export interface InputProblem {
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

interface GraphqlProblem {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The server answered with errors. */
export class GraphqlFailure extends Error {
  constructor(readonly errors: readonly GraphqlProblem[]) {
    super([...new Set(errors.map(({ message }) => message))].join('\n'));
    this.name = 'GraphqlFailure';
  }

  /** Whether the server wants another token. */
  get isUnauthenticated(): boolean {
    return this.errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED');
  }

  /** What is wrong with the input, place by place. */
  get problems(): readonly InputProblem[] {
    return this.errors.flatMap(({ extensions }) => (extensions?.['problems'] as readonly InputProblem[] | undefined) ?? []);
  }
}

/** The server could not be reached, or broke off. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const FORBIDDEN = 4403;
const LONGEST_WAIT_MS = 3000;
/** A connection that answers no ping for so long is given up, though its socket looks open. */
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5000;

/** @param url of the server, like http://127.0.0.1:4000 */
export const graphqlClient = (url: string, options: ClientOptions = {}): GraphqlClient => {
  const endpoint = new URL('/graphql', url);
  const authorization = (): Readonly<Record<string, string>> => {
    const token = options.token?.();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };
  let sockets: Client | undefined;
  const socketClient = (): Client => (sockets ??= connection(endpoint, authorization, options));
  if (options.eager === true) socketClient();

  const query = async (document: TypedDocument<unknown, unknown>, variables: Variables = {}): Promise<unknown> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization() },
      body: JSON.stringify({ query: document.toString(), variables }),
    }).catch((failure: unknown) => {
      throw new NoAnswer(`no answer from ${endpoint.href}: is the server running (npm start)?`, { cause: failure });
    });
    const text = await response.text();
    const answer = parsed(text);
    if (answer?.errors !== undefined) throw new GraphqlFailure(answer.errors);
    if (answer?.data === undefined || answer.data === null) throw new NoAnswer(`${endpoint.href} answered ${response.status} without data`);
    return answer.data;
  };

  return {
    query,
    subscribe: (document: TypedDocument<unknown, unknown>, variables: Variables = {}, signal?: AbortSignal) =>
      values(socketClient(), document.toString(), variables, signal),
    async close() {
      await sockets?.dispose();
    },
  } as GraphqlClient;
};

const parsed = (text: string): { readonly data?: unknown; readonly errors?: readonly GraphqlProblem[] } | undefined => {
  try {
    return JSON.parse(text) as { data?: unknown; errors?: readonly GraphqlProblem[] };
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined; // A proxy's page: the caller says that there is no data.
    throw failure;
  }
};

const connection = (endpoint: URL, authorization: () => Readonly<Record<string, string>>, options: ClientOptions): Client => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let open: { close(code: number, reason: string): void } | undefined;
  const client = createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    ...(options.webSocket === undefined ? {} : { webSocketImpl: options.webSocket }),
    connectionParams: authorization,
    retryAttempts: options.retries ?? 5,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, waitMs(retries))),
    shouldRetry: (closed) => codeOf(closed) !== FORBIDDEN,
    keepAlive: PING_EVERY_MS,
    lazy: options.eager !== true,
    onNonLazyError: () => undefined, // `closed` below has told of it.
    on: {
      connected: (socket) => {
        open = socket as typeof open;
        options.onConnection?.({ kind: 'open' });
      },
      ping: (received) => {
        if (!received) timer = setTimeout(() => open?.close(4408, 'no pong'), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(timer);
      },
      closed: (event) => {
        clearTimeout(timer);
        const { code, wasClean } = event as { readonly code?: number; readonly wasClean?: boolean };
        if (code === FORBIDDEN) options.onConnection?.({ kind: 'refused' });
        else if (code !== 1000 || wasClean === false) options.onConnection?.({ kind: 'lost' });
      },
    },
  });
  return client;
};

/** Doubled from a quarter of a second, with chance so that many clients do not come back at once. */
const waitMs = (retries: number): number => Math.min(LONGEST_WAIT_MS, 250 * 2 ** retries) * (0.75 + Math.random() / 2);

const codeOf = (closed: unknown): number | undefined =>
  typeof closed === 'object' && closed !== null && 'code' in closed ? Number(closed.code) : undefined;

/** What a subscription sends, in order; nothing is lost between two pulls. */
async function* values(client: Client, query: string, variables: Variables, signal?: AbortSignal): AsyncGenerator<unknown, void> {
  let arrived: unknown[] = [];
  let end: { readonly failure?: Error } | undefined;
  let wake = (): void => undefined;
  const finish = (failure?: Error): void => {
    end ??= failure === undefined ? {} : { failure };
    wake();
  };
  const abort = (): void => finish();
  const stopped = (): boolean => signal?.aborted === true;
  if (stopped()) return;
  signal?.addEventListener('abort', abort, { once: true });
  const leave = client.subscribe<unknown>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (errors !== undefined) finish(new GraphqlFailure(errors as readonly GraphqlProblem[]));
        else if (data !== undefined && data !== null) arrived.push(data);
        wake();
      },
      error: (failure) => finish(failureOf(failure)),
      complete: () => finish(),
    },
  );
  try {
    for (;;) {
      const batch = arrived;
      arrived = [];
      for (const value of batch) {
        if (stopped()) return;
        yield value;
      }
      if (arrived.length > 0) continue;
      if (end !== undefined) {
        if (end.failure !== undefined) throw end.failure;
        return;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    leave();
  }
}

const failureOf = (failure: unknown): Error => {
  if (Array.isArray(failure)) return new GraphqlFailure(failure as readonly GraphqlProblem[]);
  const code = codeOf(failure);
  return new NoAnswer(code === FORBIDDEN ? 'the server refused the token' : 'the connection to the server is lost', { cause: failure });
};
