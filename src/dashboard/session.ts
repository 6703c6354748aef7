/** The page's one connection to its server: the client, whether it is stale, and the token if the server wants one. */
import { signal } from '@preact/signals';
import type { ServiceQuery } from '../client/documents.js';
import { graphqlClient, GraphqlFailure, type ConnectionState } from '../client/graphql-client.js';

/** `returned`: it was lost, and is back. Instants are epoch ms of this browser. */
export type Connection =
  | { readonly kind: 'connecting' | 'open' }
  | { readonly kind: 'lost'; readonly since: number }
  | { readonly kind: 'returned'; readonly lostAt: number; readonly at: number };

export const connection = signal<Connection>({ kind: 'connecting' });
/** Whether the server waits for a token, and what it said of the one it got. */
export const tokenAsked = signal(false);
export const service = signal<(ServiceQuery['service'] & { readonly toldAt: number }) | undefined>(undefined);

const TOKEN = 'lowtide-token';

/** Kept for this tab alone. */
export const givenToken = (): string | undefined => sessionStorage.getItem(TOKEN) ?? undefined;

/** Starts again with another token. */
export const giveToken = (token: string): void => {
  sessionStorage.setItem(TOKEN, token);
  location.reload();
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
  token: givenToken,
  retries: Number.POSITIVE_INFINITY,
  eager: true,
  onConnection,
});

/** For what is asked over HTTP: notices that a token is wanted, and passes the failure on. */
export const noticingToken = (failure: unknown): never => {
  if (failure instanceof GraphqlFailure && failure.isUnauthenticated) tokenAsked.value = true;
  throw failure;
};

/** Now on the grid's clock, as far as is known, in epoch ms. */
export const gridNow = (): number | undefined => {
  const known = service.peek();
  if (known === undefined) return undefined;
  return Date.parse(known.gridNow) + (Date.now() - known.toldAt) * (known.replay?.speed ?? 1);
};
