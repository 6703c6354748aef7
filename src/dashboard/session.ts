/** The page's one connection to its server: the client, whether it is stale, and whether the server wants a login. */
import { signal } from '@preact/signals';
import type { ServiceQuery } from '../client/documents.js';
import { graphqlClient, GraphqlFailure, NoAnswer, type ConnectionState, type TypedDocument } from '../client/graphql-client.js';

/** `returned`: it was lost, and is back. Instants are epoch ms of this browser. */
export type Connection =
  | { readonly kind: 'connecting' | 'open' }
  | { readonly kind: 'lost'; readonly since: number }
  | { readonly kind: 'returned'; readonly lostAt: number; readonly at: number };

export const connection = signal<Connection>({ kind: 'connecting' });
/** Whether the server waits for its token. */
export const tokenAsked = signal(false);
export const service = signal<(ServiceQuery['service'] & { readonly toldAt: number }) | undefined>(undefined);

/**
 * Opens the session that `/login` opens, for every page of the server, and starts again with it. The token is sent once, in a
 * body, and kept nowhere: what proves the session is a cookie that no script can read.
 * @returns what is wrong with it, undefined when the page starts again
 */
export const logIn = async (token: string): Promise<string | undefined> => {
  try {
    // Where the form would lead to is not followed: the reader stays where they are.
    const answer = await fetch('/login', { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });
    if (answer.type !== 'opaqueredirect')
      return answer.status === 401 ? 'That is not the token of this server.' : `The server refused the login (${answer.status}).`;
  } catch (failure) {
    return `The server does not answer: ${failure instanceof Error ? failure.message : String(failure)}`;
  }
  location.reload();
  return undefined;
};

const after = (before: Connection, state: ConnectionState): Connection => {
  if (state.kind === 'lost') return before.kind === 'lost' ? before : { kind: 'lost', since: Date.now() };
  if (state.kind === 'refused') return before;
  return before.kind === 'lost' ? { kind: 'returned', lostAt: before.since, at: Date.now() } : { kind: 'open' };
};

const onConnection = (state: ConnectionState): void => {
  if (state.kind === 'refused') tokenAsked.value = true;
  connection.value = after(connection.peek(), state);
};

export const client = graphqlClient(location.origin, {
  retries: Number.POSITIVE_INFINITY,
  eager: true,
  onConnection,
});

const isForToken = (failure: unknown): boolean => failure instanceof GraphqlFailure && failure.isUnauthenticated;

/** For what is asked over HTTP: notices that a token is wanted, and passes the failure on. */
export const noticingToken = (failure: unknown): never => {
  if (isForToken(failure)) tokenAsked.value = true;
  throw failure;
};

/** How a failure reads on the page; undefined where the dialog that asks for the token says it. */
export const problemOf = (failure: unknown): string | undefined => {
  if (isForToken(failure)) return undefined;
  return failure instanceof Error ? failure.message : String(failure);
};

/** Asks what the page can be without: undefined while the server is away or wants a token, which the page says by itself. */
export const askedIfThere = async <Answer>(document: TypedDocument<Answer, Record<string, never>>): Promise<Answer | undefined> => {
  try {
    return await client.query(document, {}).catch(noticingToken);
  } catch (failure) {
    if (failure instanceof NoAnswer || tokenAsked.peek()) return undefined;
    throw failure;
  }
};

/** Now on the grid's clock, as far as is known, in epoch ms. */
export const gridNow = (): number | undefined => {
  const known = service.peek();
  if (known === undefined) return undefined;
  return Date.parse(known.gridNow) + (Date.now() - known.toldAt) * (known.replay?.speed ?? 1);
};
