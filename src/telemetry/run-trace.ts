/**
 * One trace per run, whichever hosts it trains on and however long it waits between its segments: the trace's id is the
 * run's, and the id of its first span is made of it too, so that nothing has to be handed on.
 */
import { context, ROOT_CONTEXT, trace, TraceFlags, type Attributes, type Context, type Link, type SpanContext } from '@opentelemetry/api';

/** Ids come from users. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const contextOf = (runId: string): SpanContext => {
  const hex = runId.replaceAll('-', '');
  return { traceId: hex, spanId: hex.slice(16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
};

/** What spans of a run's work stand under. */
export const runContext = (runId: string): Context => trace.setSpanContext(ROOT_CONTEXT, contextOf(runId));

/** The span in force; where there is none, the run's trace. */
export const currentOrRun = (runId: string): Context => (trace.getActiveSpan() === undefined ? runContext(runId) : context.active());

/** For a span of somebody else's trace that is about a run; none where the id is no run's. */
export const runLinks = (runId: string): readonly Link[] => (UUID.test(runId) ? [{ context: contextOf(runId) }] : []);

/** What every span of a run's own says. */
export const runAttributes = (id: string, name: string, zone: string): Attributes => ({
  'lowtide.run.id': id,
  'lowtide.run.name': name,
  'lowtide.zone': zone,
});

/** Ids for the next span that is started: for the maker of ids of the tracing that is open. */
let next: Pick<SpanContext, 'traceId' | 'spanId'> | undefined;
export const nextIds = (): typeof next => next;

/** The first span of a run's trace: its submission, linked to the operation that asked for it. */
export const beginRunTrace = (runId: string, startedAt: number, attributes: Attributes): void => {
  const asked = trace.getSpanContext(context.active());
  next = contextOf(runId);
  try {
    const links = asked === undefined ? [] : [{ context: asked }];
    trace
      .getTracer('lowtide')
      .startSpan('run', { root: true, startTime: new Date(startedAt), attributes, links }, ROOT_CONTEXT)
      .end();
  } finally {
    next = undefined;
  }
};
