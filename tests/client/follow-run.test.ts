import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import { followRun, type RunEvent } from '../../src/client/follow-run.js';
import { graphqlClient, GraphqlFailure, type ConnectionState } from '../../src/client/graphql-client.js';

const END = 9;
const event = (sequence: number) =>
  sequence === END ? { __typename: 'RunStateChanged', sequence, to: 'SUCCEEDED' } : { __typename: 'TrainingProgressed', sequence };

/** A graphql-transport-ws server with a log of nine events, that breaks each connection after a number of them. */
const logServer = async (
  breakAfter: (connection: number) => number,
  repeat = 0,
): Promise<{ server: Server; url: string; asked: number[] }> => {
  const asked: number[] = [];
  let connections = 0;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { run: { state: 'RUNNING', lastSequence: END } } }));
  });
  new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' }).on('connection', (socket) => {
    const most = breakAfter(++connections);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString());
      if (message.type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (message.type !== 'subscribe') return;
      const { after } = message.payload.variables;
      asked.push(after);
      for (let sequence = Math.max(1, after + 1 - repeat), sent = 0; sequence <= END; sequence += 1, sent += 1) {
        if (sent === most) {
          socket.terminate();
          return;
        }
        socket.send(JSON.stringify({ type: 'next', id: message.id, payload: { data: { runEvents: event(sequence) } } }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const sequencesOf = async (events: AsyncIterable<RunEvent>): Promise<number[]> => {
  const seen: number[] = [];
  for await (const { sequence } of events) seen.push(sequence);
  return seen;
};

test('a connection that breaks again and again loses and doubles nothing: each time it goes on from the last event seen', async () => {
  const { server, url, asked } = await logServer((connection) => (connection < 4 ? 2 : END), 1);
  const states: ConnectionState['kind'][] = [];
  const client = graphqlClient(url, { webSocket: WebSocket, onConnection: ({ kind }) => states.push(kind) });
  try {
    expect(await sequencesOf(followRun(client, 'r'))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(asked[0]).toBe(0);
    expect(asked.slice(1)).toEqual([...asked.slice(1)].sort((a, b) => a - b));
    expect(asked.length).toBeGreaterThan(3);
    expect(states.slice(0, 3)).toEqual(['open', 'lost', 'open']);
  } finally {
    await client.close();
    server.close();
  }
});

test('a reader that comes back with a cursor is told only what is above it', async () => {
  const { server, url } = await logServer(() => END);
  const client = graphqlClient(url, { webSocket: WebSocket });
  try {
    expect(await sequencesOf(followRun(client, 'r', { after: 6 }))).toEqual([7, 8, 9]);
  } finally {
    await client.close();
    server.close();
  }
});

test('an aborted reader ends at once, also while it waits', async () => {
  const { server, url } = await logServer(() => END);
  const client = graphqlClient(url, { webSocket: WebSocket });
  const ending = new AbortController();
  try {
    const events = followRun(client, 'r', { after: END, signal: ending.signal });
    const next = events.next();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  } finally {
    await client.close();
    server.close();
  }
});

test('a hole in the log is an error, not a smaller log', async () => {
  const { server, url } = await logServer(() => END, -2);
  const client = graphqlClient(url, { webSocket: WebSocket });
  try {
    await expect(sequencesOf(followRun(client, 'r'))).rejects.toThrow('event 3 came after 0');
  } finally {
    await client.close();
    server.close();
  }
});

test('a failure names each problem of the input once', () => {
  const problem = { path: 'spec.zone', given: '"X"', allowed: 'a zone' };
  const failure = new GraphqlFailure([{ message: 'bad', extensions: { code: 'BAD_USER_INPUT', problems: [problem] } }, { message: 'bad' }]);
  expect(failure.message).toBe('bad');
  expect(failure.problems).toEqual([problem]);
  expect(failure.isUnauthenticated).toBe(false);
});
