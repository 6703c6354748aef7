/** Commands that talk to a server: where it is, and a client that is closed after use. */
import { InvalidArgumentError, Option } from 'commander';
import WebSocket from 'ws';
import { graphqlClient, GraphqlFailure, type GraphqlClient } from '../client/graphql-client.js';

export interface ServerOptions {
  readonly url: string;
  readonly token?: string;
}

export const serverOptions = (): readonly Option[] => [
  new Option('--url <url>', 'address of the server').default('http://127.0.0.1:4000').env('LOWTIDE_URL').argParser(address),
  new Option('--token <token>', 'bearer token of the server').env('LOWTIDE_TOKEN'),
];

const address = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text))
    throw new InvalidArgumentError('Allowed is an address like http://127.0.0.1:4000.');
  return text;
};

/** Node 20 has no WebSocket of its own. */
export const openClient = (url: string, token: string | undefined): GraphqlClient =>
  graphqlClient(url, { token: () => token, webSocket: WebSocket });

export const withClient = async (options: ServerOptions, work: (client: GraphqlClient) => Promise<void>): Promise<void> => {
  const client = openClient(options.url, options.token);
  try {
    await work(client);
  } catch (failure) {
    if (!(failure instanceof GraphqlFailure) || !failure.isUnauthenticated) throw failure;
    const what = options.token === undefined ? 'wants a token' : 'refused the token it was given';
    throw new Error(`the server at ${options.url} ${what}: give its LOWTIDE_TOKEN with --token <token>, or in the variable LOWTIDE_TOKEN`, {
      cause: failure,
    });
  } finally {
    await client.close();
  }
};
