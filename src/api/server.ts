/** The HTTP server: GraphQL over HTTP and WebSocket behind one guard, the dashboard, the explorers, the health check and the metrics. */
import http from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { expressMiddleware } from '@as-integrations/express5';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Lowtide } from '../workflows/lowtide.js';
import { contextFor, type Context } from './context.js';
import { serveDashboard } from './dashboard.js';
import { guardOf, LIMITS, type Guard } from './guard.js';
import { inProcessQuery } from './in-process-query.js';
import { loginPages, pageGuard } from './login.js';
import { reportPages } from './report-pages.js';
import { processMetrics, type ProcessMetrics } from './metrics/process-metrics.js';
import { scrape } from './metrics/scrape.js';
import { httpSpans, operationsPlugin, socketOperations } from './operations.js';
import { buildApiSchema } from './schema.js';

export interface ApiOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Bearer token every operation must carry; needed to listen anywhere but on loopback. */
  readonly token: string | undefined;
  /** No introspection, no explorers. */
  readonly production: boolean;
  readonly allowedOrigins: readonly string[];
  log(line: string): void;
}

export interface RunningApi {
  readonly url: string;
  readonly port: number;
  /** Ends subscriptions, answers what is under way, and closes. */
  close(): Promise<void>;
}

/** Longer than clients and proxies usually keep a connection, so that the server is not the one to close it under a request. */
const KEEP_ALIVE_MS = 65_000;
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** @throws Error when others could reach it and no token is asked for */
export const expectGuarded = ({ host, token }: Pick<ApiOptions, 'host' | 'token'>): void => {
  if (token === undefined && !LOOPBACK.includes(host))
    throw new Error(`refusing to listen on ${host} without a token: set LOWTIDE_TOKEN, or listen on 127.0.0.1`);
};

/** @throws Error when it may not or cannot listen there */
export const startApi = async (lowtide: Lowtide, options: ApiOptions): Promise<RunningApi> => {
  expectGuarded(options);
  const schema = await buildApiSchema();
  const guard = guardOf(schema, options);
  const app = express();
  app.disable('x-powered-by');
  const server = http.createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const pages = reportPages(lowtide.reports, inProcessQuery(schema, guard, lowtide));
  const metrics = processMetrics();
  const sockets = serveWebSocket(server, schema, guard, lowtide, metrics);
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: !options.production,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    cache: 'bounded',
    parseOptions: { maxLexicalTokens: LIMITS.tokens },
    validationRules: [...guard.rules],
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => guard.format(formatted, error),
    plugins: [
      ApolloServerPluginDrainHttpServer({ httpServer: server }),
      options.production
        ? ApolloServerPluginLandingPageDisabled()
        : ApolloServerPluginLandingPageLocalDefault({ embed: true, footer: false }),
      operationsPlugin(metrics),
      complexityPlugin(guard),
      drainPlugin(async () => {
        pages.close();
        await sockets.dispose();
      }),
    ],
  });
  await apollo.start();

  const guarded: RequestHandler = (request, response, next): void => {
    const explorerPage = request.method === 'GET' && request.query['query'] === undefined;
    if (!guard.allowsOrigin(request.headers.origin, request.headers.host)) {
      answer(response, 403, 'FORBIDDEN', `requests from ${request.headers.origin ?? 'there'} are not allowed; see LOWTIDE_ALLOWED_ORIGINS`);
    } else if (!explorerPage && !guard.allowsRequest(request.headers)) {
      answer(response, 401, 'UNAUTHENTICATED', 'send the header Authorization: Bearer <token>');
    } else {
      next();
    }
  };
  app.get('/healthz', async (_request, response) => {
    try {
      await lowtide.runs.experiments(1, undefined);
      response.json({ status: 'ok', version: lowtide.version });
    } catch (failure) {
      options.log(`health check: ${String(failure)}`);
      response.status(503).json({ status: 'unavailable' });
    }
  });
  app.get('/metrics', async (request, response) => {
    if (!guard.allowsRequest(request.headers)) {
      answer(response, 401, 'UNAUTHENTICATED', 'send the header Authorization: Bearer <token>');
      return;
    }
    try {
      await scrape(lowtide, metrics, response);
    } catch (failure) {
      options.log(`metrics: ${String(failure)}`);
      answer(response, 503, 'UNAVAILABLE', 'the figures cannot be read now');
    }
  });
  if (!options.production) app.get('/graphiql', (_request, response) => void response.type('html').send(explorer()));
  app.use(loginPages(guard, lowtide.reports));
  app.use('/reports', pageGuard(guard));
  app.use(pages.router);
  app.use(
    '/graphql',
    guarded,
    express.json({ limit: LIMITS.bodyBytes }),
    httpSpans,
    expressMiddleware(apollo, { context: () => Promise.resolve(contextFor(lowtide)) }),
  );
  serveDashboard(app, (line) => options.log(line));
  app.use(jsonErrors);

  await listen(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`, port, close: () => apollo.stop() };
};

const explorer = (): string =>
  renderGraphiQL({ title: 'Lowtide', endpoint: '/graphql', subscriptionsProtocol: 'WS', defaultQuery: FIRST_QUERY });

const FIRST_QUERY = `# Runs, newest first
{
  runs(first: 5) {
    edges { node { name state emissionsGco2eq energyKwh accuracy plan { reason } } }
  }
}
`;

const serveWebSocket = (server: http.Server, schema: GraphQLSchema, guard: Guard, lowtide: Lowtide, metrics: ProcessMetrics) => {
  const { execute, subscribe, refused } = socketOperations(metrics);
  // Not handed the server itself, whose failure to listen is told where it listens.
  const sockets = new WebSocketServer({
    noServer: true,
    path: '/graphql',
    maxPayload: LIMITS.bodyBytes,
    perMessageDeflate: false,
    verifyClient: ({ origin, req }: { origin: string | undefined; req: http.IncomingMessage }) =>
      guard.allowsOrigin(origin, req.headers.host),
  });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
  });
  return useServer(
    {
      schema,
      execute,
      subscribe,
      connectionInitWaitTimeout: 5000,
      onConnect: ({ connectionParams, extra }) =>
        guard.allowsToken(connectionParams?.['authorization']) || guard.allowsRequest(extra.request.headers),
      onSubscribe: (_context, _id, { query, operationName, variables }) => {
        const admitted = guard.admit(query, operationName ?? undefined, variables ?? {});
        if ('errors' in admitted) {
          refused(admitted.errors);
          return admitted.errors;
        }
        return { schema, document: admitted.document, operationName, variableValues: variables, contextValue: contextFor(lowtide) };
      },
      onError: (_context, _id, _payload, errors) => errors.map((error) => guard.format(error.toJSON(), error)),
      onNext: (_context, _id, _payload, _arguments, result) => {
        const { data, errors } = result;
        return errors === undefined
          ? undefined
          : { data: data ?? null, errors: errors.map((error) => guard.format(error.toJSON(), error)) };
      },
    },
    sockets,
    15_000,
  );
};

const complexityPlugin = (guard: Guard): ApolloServerPlugin<Context> => ({
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ request, document, operationName }) => {
        guard.expectSimple(document, operationName ?? undefined, request.variables ?? {});
        return Promise.resolve();
      },
    }),
});

const drainPlugin = (drain: () => Promise<void>): ApolloServerPlugin<Context> => ({
  serverWillStart: () => Promise.resolve({ drainServer: drain }),
});

const answer = (response: express.Response, status: number, code: string, message: string): void => {
  response.status(status).json({ errors: [{ message, extensions: { code } }] });
};

/** Bodies that are too large or no JSON, answered in JSON without a stack. */
const jsonErrors: ErrorRequestHandler = (failure: { status?: number; type?: string }, _request, response, _next) => {
  if (failure.type === 'entity.too.large') answer(response, 413, 'BAD_REQUEST', `the body is larger than ${LIMITS.bodyBytes} bytes`);
  else if (failure.status !== undefined && failure.status < 500) answer(response, failure.status, 'BAD_REQUEST', 'the body is not JSON');
  else answer(response, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error');
};

const listen = (server: http.Server, { host, port }: ApiOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (failure: NodeJS.ErrnoException) => {
      const why =
        failure.code === 'EADDRINUSE'
          ? `port ${port} of ${host} is in use; set LOWTIDE_PORT to another`
          : `cannot listen on port ${port} of ${host} (LOWTIDE_PORT, LOWTIDE_HOST): ${failure.message}`;
      reject(new Error(why, { cause: failure }));
    });
    server.listen(port, host, resolve);
  });
