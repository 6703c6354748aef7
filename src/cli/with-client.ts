/** Commands that talk to a server: where it is, and a client that is closed after use. */
import { Option } from 'commander';
import { graphqlClient, type GraphqlClient } from '../client/graphql-client.js';

export interface ServerOptions {
  readonly url: string;
  readonly token?: string;
}

export const serverOptions = (): readonly Option[] => [
  new Option('--url <url>', 'address of the server').default('http://127.0.0.1:4000').env('LOWTIDE_URL'),
  new Option('--token <token>', 'bearer token of the server').env('LOWTIDE_TOKEN'),
];

export const withClient = async (options: ServerOptions, work: (client: GraphqlClient) => Promise<void>): Promise<void> => {
  const client = graphqlClient(options.url, options.token);
  try {
    await work(client);
  } finally {
    await client.close();
  }
};
