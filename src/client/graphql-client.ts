/** A GraphQL client over HTTP, and over graphql-ws for subscriptions. */
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphqlClient {
  /** @throws GraphqlFailure when the answer has errors, Error when there is no answer */
  query<T>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Ends when the server completes it. @throws GraphqlFailure */
  subscribe<T>(document: string, variables?: Readonly<Record<string, unknown>>): AsyncIterableIterator<T>;
  close(): Promise<void>;
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
}

/** @param url of the server, like http://127.0.0.1:4000 */
export const graphqlClient = (url: string, token: string | undefined): GraphqlClient => {
  const endpoint = new URL('/graphql', url);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let sockets: Client | undefined;
  const socketClient = (): Client =>
    (sockets ??= createClient({
      url: endpoint.href.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: authorization,
      retryAttempts: 5,
    }));
  return {
    async query<T>(document: string, variables: Readonly<Record<string, unknown>> = {}) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
        body: JSON.stringify({ query: document, variables }),
      }).catch((failure: unknown) => {
        throw new Error(`no answer from ${endpoint.href}: is the server running (npm start)?`, { cause: failure });
      });
      const answer = (await response.json()) as { readonly data?: T | null; readonly errors?: readonly GraphqlProblem[] };
      if (answer.errors !== undefined) throw new GraphqlFailure(answer.errors);
      if (answer.data === undefined || answer.data === null) throw new Error(`${endpoint.href} answered ${response.status} without data`);
      return answer.data;
    },
    async *subscribe<T>(document: string, variables: Readonly<Record<string, unknown>> = {}) {
      for await (const { data, errors } of socketClient().iterate<T>({ query: document, variables })) {
        if (errors !== undefined) throw new GraphqlFailure(errors as readonly GraphqlProblem[]);
        if (data !== undefined && data !== null) yield data;
      }
    },
    async close() {
      await sockets?.dispose();
    },
  };
};
