/** One run in full: what the server told, and its log followed from there. */
import { effect, signal } from '@preact/signals';
import { RunCurvesDocument, RunDetailDocument, type RunDetailQuery } from '../client/documents.js';
import { followRun, type RunEvent } from '../client/follow-run.js';
import { announceStates } from './announce.js';
import { inNextFrame } from './frame.js';
import { isLive, withEvent } from './live-run.js';
import { oneAtATime } from './one-at-a-time.js';
import { CURVE_POINTS, emptySeries, seriesOf, withPoint, type Series } from './series.js';
import { client, connection, noticingToken, problemOf } from './session.js';

export type RunDetail = NonNullable<RunDetailQuery['run']>;

export interface OpenedRun {
  readonly detail: RunDetail;
  readonly series: Series;
}

/** What only the server works out anew: asked for when one of these has come. */
const NEWS: readonly RunEvent['__typename'][] = ['RunStateChanged', 'LedgerRestated', 'RunPredicted', 'SegmentStarted', 'RunFailed'];
const MOST_WAITING = 1000;

export class OpenRun {
  /** Undefined until the server has answered; null when there is no such run. */
  readonly opened = signal<OpenedRun | null | undefined>(undefined);
  readonly failure = signal<string | undefined>(undefined);
  private waiting: RunEvent[] = [];
  private following = false;
  private readonly ending = new AbortController();
  private readonly unwatch: () => void;

  constructor(readonly id: string) {
    this.unwatch = effect(() => {
      if (connection.value.kind !== 'lost') this.ask();
    });
  }

  close(): void {
    this.unwatch();
    this.ending.abort();
  }

  /** Asks for the run anew. */
  private readonly ask = oneAtATime(
    () => this.refresh(),
    (failure) => (this.failure.value = problemOf(failure)),
  );

  private async refresh(): Promise<void> {
    const { run } = await client.query(RunDetailDocument, { run: this.id }).catch(noticingToken);
    if (this.ending.signal.aborted) return;
    if (run === null) {
      this.opened.value = null;
      return;
    }
    const before = this.opened.peek();
    const series = before?.series ?? (await this.curves());
    this.opened.value = { detail: newer(run, before?.detail), series };
    if (!this.following && isLive(run.state)) void this.follow(run.lastSequence);
  }

  /** As they are now; what is told again by the log, followed from before, adds nothing. */
  private async curves(): Promise<Series> {
    const { run } = await client.query(RunCurvesDocument, { run: this.id, points: CURVE_POINTS });
    return run === null ? emptySeries : seriesOf(run);
  }

  private async follow(after: number): Promise<void> {
    this.following = true;
    try {
      for await (const event of followRun(client, this.id, { after, signal: this.ending.signal })) {
        this.waiting.push(event);
        if (this.waiting.length >= MOST_WAITING) this.fold();
        else inNextFrame(this.fold);
      }
    } catch (failure) {
      this.failure.value = problemOf(failure);
    } finally {
      this.fold();
      this.following = false;
    }
  }

  private readonly fold = (): void => {
    const events = this.waiting;
    this.waiting = [];
    const before = this.opened.peek();
    if (events.length === 0 || before === null || before === undefined) return;
    let { detail, series } = before;
    for (const event of events) {
      series = withPoint(series, event);
      if (event.sequence > detail.lastSequence) detail = withDetail(detail, event);
    }
    this.opened.value = { detail, series };
    announceStates(detail.name, events);
    if (events.some(({ __typename }) => NEWS.includes(__typename)) && !this.ending.signal.aborted) this.ask();
  };
}

/** What was asked for may be behind what was followed meanwhile: then the followed part stays. */
const newer = (asked: RunDetail, known: RunDetail | undefined): RunDetail => {
  if (known === undefined || asked.lastSequence >= known.lastSequence) return asked;
  const { savings, coverage, delaySeconds, startedAt, startedGridAt, segments } = asked;
  return { ...known, savings, coverage, delaySeconds, startedAt, startedGridAt, segments };
};

const withDetail = (detail: RunDetail, event: RunEvent): RunDetail => {
  const next = { ...detail, ...withEvent(detail, event), plan: detail.plan };
  switch (event.__typename) {
    case 'PlanDecided':
      return { ...next, plan: event.plan };
    case 'DecisionMade':
      return { ...next, decisions: [...detail.decisions, event.decision] };
    case 'WarningRaised':
      return { ...next, warnings: [...detail.warnings, event.message] };
    case 'RunFailed':
      return { ...next, failure: event.message };
    default:
      return next;
  }
};
