/** Sends spans to a collector by OTLP over HTTP. Only then is the SDK loaded, so that a start without it stays as fast. */
import { context, propagation, trace } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { HOST_NAME } from './attributes.js';
import { nextIds } from './run-trace.js';

export interface TracingOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  readonly version: string;
  readonly host: string;
  /** Names this process. */
  readonly instance: string;
  /** Told when the collector begins or ceases to fail. */
  readonly log: (line: string) => void;
}

/** How long spans are gathered. */
const BATCH_MS = 1000;
/** For one attempt at sending, and for the rest at the end. */
const SEND_MS = 3000;

/** A collector that is slow or gone costs its spans and nothing else. Returns how to send the rest and stop. */
export const openTracing = async ({ endpoint, version, host, instance, log }: TracingOptions): Promise<() => Promise<void>> => {
  const [sdk, { OTLPTraceExporter }, resources, { AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
  ]);
  const own = resources.resourceFromAttributes({
    'service.name': 'lowtide',
    'service.version': version,
    'service.instance.id': instance,
    [HOST_NAME]: host,
  });
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: SEND_MS });
  const random = new sdk.RandomIdGenerator();
  const provider = new sdk.TracerProvider({
    // What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say goes before.
    resource: own.merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: telling(exporter, endpoint, log),
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: SEND_MS,
      }),
    ],
    idGenerator: {
      generateTraceId: () => nextIds()?.traceId ?? random.generateTraceId(),
      generateSpanId: () => nextIds()?.spanId ?? random.generateSpanId(),
    },
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    await Promise.race([
      provider.shutdown().catch(() => undefined), // Told by the exporter below.
      new Promise((resolve) => setTimeout(resolve, SEND_MS).unref()),
    ]);
    trace.disable();
    context.disable();
    propagation.disable();
  };
};

const telling = (exporter: SpanExporter, endpoint: string, log: (line: string) => void): SpanExporter => {
  let failing = false;
  const heard = ({ code, error }: ExportResult): void => {
    const failed = (code as number) !== 0; // ExportResultCode.SUCCESS, whose module is loaded only when needed.
    if (failed !== failing)
      log(failed ? `traces do not reach ${endpoint} and are dropped: ${error?.message ?? 'no answer'}` : `traces reach ${endpoint} again`);
    failing = failed;
  };
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exporter.export(spans, (result) => {
        heard(result);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
};
