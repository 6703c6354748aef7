/** Spans of what the service does, by the OpenTelemetry API alone: without a collector set they cost next to nothing. */
import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api';
import { ERROR_TYPE } from './attributes.js';

const tracer = () => trace.getTracer('lowtide');

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The span in force when absent. */
  readonly parent?: Context;
  readonly links?: readonly Link[];
}

/** Does work within a span, which ends with it and says how it failed. */
export const inSpan = <T>(name: string, { kind, attributes, parent, links }: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> => {
  const around = parent ?? context.active();
  const options = { kind: kind ?? SpanKind.INTERNAL, attributes: attributes ?? {}, links: [...(links ?? [])] };
  const span = tracer().startSpan(name, options, around);
  return context.with(trace.setSpan(around, span), async () => {
    try {
      return await work(span);
    } catch (failure) {
      failSpan(span, failure);
      throw failure;
    } finally {
      span.end();
    }
  });
};

/** A span of what is over: real time in epoch ms. */
export const recordSpan = (name: string, startedAt: number, endedAt: number, attributes: Attributes): void => {
  // As dates: the API takes a number from before the process began for one of its monotonic clock.
  tracer()
    .startSpan(name, { startTime: new Date(startedAt), attributes })
    .end(new Date(endedAt));
};

export const failSpan = (span: Span, failure: unknown): void => {
  const { name = typeof failure, message = String(failure) } = (failure ?? {}) as Partial<Error>;
  span.setAttribute(ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
};
