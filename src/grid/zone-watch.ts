/** Polls the sources of one zone, keeps what they say, and issues the built-in forecast once an hour. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../units/clock.js';
import { DAY_MS, HOUR_MS, instant, iso, later, MINUTE_MS, type Instant } from '../units/time.js';
import { MOST_FORECAST_HOURS } from './grid.js';
import { historyForecaster } from './history-forecaster.js';
import { SourceFault, type IntensitySource, type SourceFaultKind } from './intensity-source.js';
import { hourOf, strandOf, toldHistory, type SourcedZone } from './live-grid.js';
import { persistenceForecaster } from './persistence-forecast.js';
import { readingAt, type IntensityKind, type IntensitySeries } from './reading.js';
import type { ReadingStore } from './reading-store.js';
import { isFailing, type SourceState } from './source-state.js';
import { withinTime } from '../calls/abortable.js';

export interface WatchPorts {
  readonly store: ReadingStore;
  readonly clock: Clock;
  /** Told when a source begins or ceases to fail, and of faults of our own. */
  readonly log: (line: string) => void;
}

export interface ZoneWatch {
  /** Resolves when every source has been asked once, or another process is found to poll the zone. */
  readonly firstRound: Promise<void>;
  close(): Promise<void>;
}

/** What is asked for again at every poll, so that estimates are superseded when the measured value comes. */
const SETTLING_MS = DAY_MS;
/** How far back the history of a zone is filled: a season's shape, and more than the four weeks the forecaster needs. */
const HISTORY_MS = 90 * DAY_MS;
const BACKFILL_PIECE_MS = 10 * DAY_MS;
const NOT_COVERED: readonly SourceFaultKind[] = ['unauthorized', 'forbidden', 'refused', 'not-offered'];
/** A source that has not answered by then is given up for this round. */
const ANSWER_MS = 2 * MINUTE_MS;
/** How soon the sources are asked again when none told of the step in progress. */
const TRY_AGAIN_MS = 5 * MINUTE_MS;
const PUBLISHED_AFTER_MS = 20_000;
/** How often a process that does not poll the zone asks whether it should. */
const STANDBY_MS = 30_000;

/** One poller a zone: of several processes on one database only the one that holds the zone's lease polls. */
export const watchZone = (zone: SourcedZone, ports: WatchPorts): ZoneWatch => {
  const closing = new AbortController();
  let firstDone: () => void = () => undefined;
  const firstRound = new Promise<void>((resolve) => (firstDone = resolve));
  const watch = new Watch(zone, ports, closing.signal);
  const polled = zone.sources.map((source) => source.pollMs).filter((ms) => ms > 0);
  const pollMs = polled.length > 0 ? Math.min(...polled) : HOUR_MS;
  const run = async (): Promise<void> => {
    while (!watch.isClosing()) {
      let waitMs = STANDBY_MS;
      try {
        if (await ports.store.mayPoll(zone.zone.key)) {
          const told = await watch.round();
          firstDone();
          await watch.backfill();
          const untilDue = untilNextStep(ports.clock.now(), pollMs);
          waitMs = told ? untilDue : Math.min(untilDue, TRY_AGAIN_MS);
        }
      } catch (failure) {
        if (watch.isClosing()) break;
        ports.log(`the watch over ${zone.zone.key} failed and goes on: ${String(failure)}`);
      }
      firstDone();
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined); // Closing is the only way it rejects.
    }
  };
  const ended = run();
  return {
    firstRound,
    async close() {
      closing.abort(new Error('the service closes'));
      await ended;
    },
  };
};

/** Shortly after the step in progress has ended, when the source tells of the next one. */
const untilNextStep = (now: Instant, stepMs: number): number => stepMs - (now % stepMs) + Math.min(PUBLISHED_AFTER_MS, stepMs / 10);

class Watch {
  private readonly states = new Map<string, SourceState>();
  private readonly forecastIssued = new Map<string, Instant>();
  private loaded = false;
  /** Of each kind the first source that answered in the last round. */
  private readonly answering = new Map<IntensityKind, IntensitySource>();
  private readonly exhausted = new Set<string>();
  private readonly notOffered = new Set<string>();

  constructor(
    private readonly zone: SourcedZone,
    private readonly ports: WatchPorts,
    private readonly closing: AbortSignal,
  ) {}

  /**
   * Of each kind: the sources in order until one has told of the step in progress; then the forecasts that are due. Resolves
   * with whether every kind's polled sources have told.
   */
  async round(): Promise<boolean> {
    await this.load();
    let told = true;
    for (const kind of new Set(this.zone.sources.map((source) => source.kind))) {
      const { sources } = strandOf(this.zone, kind);
      const polled = sources.filter(({ pollMs }) => pollMs > 0);
      this.answering.delete(kind);
      if ((await this.firstToTell(polled)) === undefined && polled.length > 0) told = false;
      await this.forecasts(kind);
    }
    return told;
  }

  /** Asks in order; sources that answer without the step in progress have still told of the steps before it. */
  private async firstToTell(sources: readonly IntensitySource[]): Promise<IntensitySource | undefined> {
    for (const source of sources) {
      const now = this.ports.clock.now();
      const since = Math.min(now, this.states.get(source.name)!.newestEnd ?? now) - SETTLING_MS;
      const series = await this.attempt(source, (signal) =>
        source.readings({ zone: this.zone.zone.key, span: { start: instant(since), end: later(now, 1) }, signal }),
      );
      if (series === undefined) continue;
      await this.keep(source, series);
      this.answering.set(source.kind, this.answering.get(source.kind) ?? source);
      if (readingAt(series, now) !== undefined) return source;
    }
    return undefined;
  }

  /** Fetches older and older pieces, as fast as the source's rate allows, until the history is long enough or ends. */
  async backfill(): Promise<void> {
    for (const source of this.answering.values()) if (!this.exhausted.has(source.name)) await this.fillHistory(source);
  }

  private async fillHistory(source: IntensitySource): Promise<void> {
    const { store, clock, log } = this.ports;
    const { strand } = strandOf(this.zone, source.kind);
    let filled = false;
    let end = (await store.oldest(strand, source.name)) ?? instant(clock.now() - SETTLING_MS);
    while (!this.exhausted.has(source.name)) {
      if (this.isClosing() || end <= clock.now() - HISTORY_MS) break;
      const span = { start: instant(end - BACKFILL_PIECE_MS), end };
      try {
        const series = await this.limited(source, (signal) => source.readings({ zone: strand.zone, span, signal }));
        await this.keep(source, series);
        const first = series.readings[0]?.interval.start;
        if (first === undefined || first >= end) this.exhausted.add(source.name);
        else [end, filled] = [first, true];
      } catch (failure) {
        if (!(failure instanceof SourceFault) || this.isClosing()) throw failure;
        // What a key does not cover stays so; of anything else the next round tells, and goes on here.
        if (NOT_COVERED.includes(failure.kind)) {
          log(`${strand.zone}: no older history to learn from: ${failure.message}`);
          this.exhausted.add(source.name);
        } else break;
      }
    }
    if (filled) await this.forecasts(source.kind, true);
  }

  private async load(): Promise<void> {
    if (this.loaded) return;
    const states = await this.ports.store.states();
    for (const source of this.zone.sources) {
      const kept = states.find((state) => state.source === source.name && state.zone === this.zone.zone.key);
      this.states.set(source.name, { ...freshState(source, this.zone.zone.key), ...(kept && lastKnown(kept)) });
      await this.ports.store.keepState(this.states.get(source.name)!);
    }
    this.loaded = true;
  }

  private async keep(source: IntensitySource, { readings }: IntensitySeries): Promise<void> {
    const { store, clock } = this.ports;
    await store.keep(readings, clock.now());
    const newest = readings.at(-1)?.interval.end;
    const before = this.states.get(source.name)!.newestEnd;
    if (newest !== undefined && (before === undefined || newest > before)) await this.note(source, { newestEnd: newest });
  }

  isClosing(): boolean {
    return this.closing.aborted;
  }

  private limited<T>({ name }: IntensitySource, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withinTime(
      ANSWER_MS,
      this.closing,
      call,
      () => new SourceFault(name, 'timed-out', `no answer within ${ANSWER_MS / MINUTE_MS} min`),
    );
  }

  private async forecasts(kind: IntensityKind, anew = false): Promise<void> {
    const { store, clock } = this.ports;
    const { strand, sources } = strandOf(this.zone, kind);
    const now = clock.now();
    const span = { start: now, end: later(now, MOST_FORECAST_HOURS * HOUR_MS) };
    const due = (name: string) => (this.forecastIssued.get(`${kind} ${name}`) ?? -Infinity) < hourOf(now);
    for (const source of sources.filter(({ pollMs, forecastHours }) => pollMs > 0 && forecastHours > 0)) {
      if (!due(source.name)) break;
      const reach = { start: now, end: later(now, Math.min(MOST_FORECAST_HOURS, source.forecastHours) * HOUR_MS) };
      const forecast = await this.attempt(source, (signal) => source.forecast({ zone: strand.zone, span: reach, signal }));
      if (forecast === undefined) continue;
      await store.keepForecast(forecast, now);
      this.forecastIssued.set(`${kind} ${source.name}`, now);
      break;
    }
    if (!anew && !due('')) return;
    const history = toldHistory(this.zone, store, kind);
    const builtin = await historyForecaster(history, persistenceForecaster(history)).forecast(strand.zone, span, now);
    if (builtin.readings.length > 0) await store.keepForecast(builtin, now);
    this.forecastIssued.set(`${kind} `, now);
  }

  /** Undefined when the source failed; its state then says how. */
  private async attempt<T>(source: IntensitySource, call: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.ports;
    const before = this.states.get(source.name)!;
    const failing = isFailing(before);
    try {
      const answer = await this.limited(source, call);
      if (failing) log(`${source.name} answers again for ${before.zone}; it had failed since ${iso(before.lastFailure!.since)}`);
      await this.note(source, { lastSuccessAt: clock.now() });
      return answer;
    } catch (failure) {
      if (this.isClosing()) throw failure;
      const kind = failure instanceof SourceFault ? failure.kind : 'fault';
      const message = failure instanceof Error ? failure.message : String(failure);
      if (kind === 'not-offered') {
        if (!this.notOffered.has(message)) log(message);
        this.notOffered.add(message);
        return undefined;
      }
      if (!failing || before.lastFailure?.kind !== kind) log(`${source.name} fails for ${before.zone} (${kind}): ${message}`);
      await this.note(source, { lastFailure: { since: failing ? before.lastFailure!.since : clock.now(), kind, message } });
      return undefined;
    }
  }

  private async note(source: IntensitySource, change: Partial<SourceState>): Promise<void> {
    const state = { ...this.states.get(source.name)!, ...change, ...connectionOf(source) };
    this.states.set(source.name, state);
    await this.ports.store.keepState(state);
  }
}

const connectionOf = (source: IntensitySource): Pick<SourceState, 'circuit' | 'clockSkewMs'> => ({
  circuit: source.pollMs === 0 ? 'local' : (source.health?.circuit ?? 'closed'),
  clockSkewMs: source.health?.clockSkewMs,
});

const freshState = (source: IntensitySource, zone: string): SourceState => ({
  source: source.name,
  zone,
  kind: source.kind,
  factorType: source.factorType,
  attribution: source.attribution,
  forecastHours: source.forecastHours,
  ...connectionOf(source),
  lastSuccessAt: undefined,
  lastFailure: undefined,
  newestEnd: undefined,
});

const lastKnown = ({ lastSuccessAt, lastFailure, newestEnd }: SourceState) => ({ lastSuccessAt, lastFailure, newestEnd });
