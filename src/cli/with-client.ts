/** Commands that talk to a server: where it is, and a client that is closed after use. */
import { Option } from 'commander';
import WebSocket from 'ws';
import { graphqlClient, type GraphqlClient } from '../client/graphql-client.js';

export interface ServerOptions {
  readonly url: string;
  readonly token?: string;
}

export const serverOptions = (): readonly Option[] => [
  new Option('--url <url>', 'address of the server').default('http://127.0.0.1:4000').env('LOWTIDE_URL'),
  new Option('--token <token>', 'bearer token of the server').env('LOWTIDE_TOKEN'),
];

/** Node 20 has no WebSocket of its own. */
export const openClient = (url: string, token: string | undefined): GraphqlClient =>
  graphqlClient(url, { token: () => token, webSocket: WebSocket });

export const withClient = async (options: ServerOptions, work: (client: GraphqlClient) => Promise<void>): Promise<void> => {
  const client = openClient(options.url, options.token);
  try {
    await work(client);
  } finally {
    await client.close();
  }
};
