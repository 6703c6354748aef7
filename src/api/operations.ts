/** What is told of each GraphQL operation, through whichever door it came: how long it took, what failed, and a span around it. */
import { context, propagation, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestHandler } from 'express';
import {
  execute,
  getOperationAST,
  subscribe,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import {
  GRAPHQL_OPERATION_NAME,
  GRAPHQL_OPERATION_TYPE,
  HTTP_REQUEST_METHOD,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  URL_PATH,
} from '../telemetry/attributes.js';
import { inSpan } from '../telemetry/span.js';
import type { OperationType, ProcessMetrics } from './metrics/process-metrics.js';

/** Says on a span what is executed; the type is its name, as the operation's own is any user's choice. */
const describe = (span: Span | undefined, operation: OperationDefinitionNode | null | undefined): void => {
  if (span === undefined || !operation) return;
  span.updateName(operation.operation);
  span.setAttribute(GRAPHQL_OPERATION_TYPE, operation.operation);
  if (operation.name !== undefined) span.setAttribute(GRAPHQL_OPERATION_NAME, operation.name.value);
};

const failed = (span: Span | undefined, errors: readonly Pick<GraphQLError, 'message'>[]): void => {
  if (errors.length > 0) span?.setStatus({ code: SpanStatusCode.ERROR, message: `${errors.length} errors` });
};

/** Only codes of our own and Apollo's: what a resolver throws otherwise is one. */
const codesOf = (errors: readonly Pick<GraphQLError, 'extensions'>[]): readonly string[] =>
  errors.map(({ extensions: { code } }) => (typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR'));

/** A span around each request of GraphQL over HTTP; it goes on a trace whose context the request brings. */
export const httpSpans: RequestHandler = (request, response, next): void => {
  const around = propagation.extract(context.active(), request.headers);
  const span = trace.getTracer('lowtide').startSpan(
    `${request.method} /graphql`,
    {
      kind: SpanKind.SERVER,
      attributes: { [HTTP_REQUEST_METHOD]: request.method, [URL_PATH]: '/graphql', [HTTP_ROUTE]: '/graphql' },
    },
    around,
  );
  response.once('close', () => {
    span.setAttribute(HTTP_RESPONSE_STATUS_CODE, response.statusCode).end();
  });
  context.with(trace.setSpan(around, span), next);
};

/** Over HTTP, by Apollo. */
export const operationsPlugin = (metrics: ProcessMetrics): ApolloServerPlugin => ({
  requestDidStart: () => {
    const began = performance.now();
    const span = trace.getActiveSpan();
    return Promise.resolve({
      didResolveOperation: ({ operation }) => {
        describe(span, operation);
        return Promise.resolve();
      },
      willSendResponse: ({ operation, errors = [] }) => {
        failed(span, errors);
        metrics.answered(operation?.operation ?? 'unknown', (performance.now() - began) / 1000, codesOf(errors));
        return Promise.resolve();
      },
    });
  },
});

/** Over a WebSocket: graphql's own functions, told of. */
export const socketOperations = (metrics: ProcessMetrics) => ({
  execute: (args: ExecutionArgs) => told(metrics, args, async () => execute(args)),
  subscribe: (args: ExecutionArgs) => told(metrics, args, async () => subscribe(args)),
  /** An operation that was turned away. */
  refused: (errors: readonly GraphQLError[]): void => {
    metrics.answered('unknown', 0, codesOf(errors));
  },
});

const told = <T extends ExecutionResult | AsyncIterable<unknown>>(
  metrics: ProcessMetrics,
  { document, operationName }: ExecutionArgs,
  work: () => Promise<T>,
): Promise<T> => {
  const began = performance.now();
  const operation = getOperationAST(document, operationName);
  const type: OperationType = operation?.operation ?? 'unknown';
  return inSpan(type, { kind: SpanKind.SERVER }, async (span) => {
    describe(span, operation);
    const result = await work();
    const errors = 'errors' in result ? (result.errors ?? []) : [];
    failed(span, errors);
    metrics.answered(type, (performance.now() - began) / 1000, codesOf(errors));
    return result;
  });
};
