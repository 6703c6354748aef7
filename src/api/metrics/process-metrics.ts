/** Metrics of this process, which begin with it: its processor time, memory and event loop, and the operations it answered. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown';

export interface ProcessMetrics {
  readonly registry: Registry;
  /** An operation was answered, or a subscription accepted; `codes` of its errors. */
  answered(type: OperationType, seconds: number, codes: readonly string[]): void;
}

/** Seconds; an estimate that probes takes several. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const processMetrics = (): ProcessMetrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'lowtide_graphql_request_duration_seconds',
    help: 'Time to answer a GraphQL operation, over HTTP and WebSocket; of a subscription, to accept it.',
    labelNames: ['operation_type', 'outcome'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const errors = new Counter({
    name: 'lowtide_graphql_errors_total',
    help: 'Errors of GraphQL operations by code.',
    labelNames: ['code'],
    registers: [registry],
  });
  return {
    registry,
    answered(type, seconds, codes) {
      durations.observe({ operation_type: type, outcome: codes.length === 0 ? 'ok' : 'error' }, seconds);
      for (const code of codes) errors.inc({ code });
    },
  };
};
