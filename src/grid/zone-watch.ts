/** Polls the sources of one zone, keeps what they say, and issues the built-in forecast once an hour. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../units/clock.js';
import { DAY_MS, HOUR_MS, instant, iso, later, MINUTE_MS, type Instant, type Interval } from '../units/time.js';
import { MOST_FORECAST_HOURS } from './grid.js';
import { historyForecaster } from './history-forecaster.js';
import { SourceFault, type IntensitySource } from './intensity-source.js';
import { hourOf, strandOf, toldHistory, type SourcedZone } from './live-grid.js';
import { persistenceForecaster } from './persistence-forecast.js';
import { readingAt, type IntensityKind } from './reading.js';
import type { ReadingStore } from './reading-store.js';
import { isFailing, type SourceState } from './source-state.js';

export interface WatchPorts {
  readonly store: ReadingStore;
  readonly clock: Clock;
  /** Told when a source begins or ceases to fail, and of faults of our own. */
  log(line: string): void;
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
/** A source that has not answered by then is given up for this round. */
const ANSWER_MS = 2 * MINUTE_MS;
/** How often a process that does not poll the zone asks whether it should. */
const STANDBY_MS = 30_000;

/** One poller a zone: of several processes on one database only the one that holds the zone's lease polls. */
export const watchZone = (zone: SourcedZone, ports: WatchPorts): ZoneWatch => {
  const closing = new AbortController();
  let firstDone: () => void = () => undefined;
  const firstRound = new Promise<void>((resolve) => (firstDone = resolve));
  const watch = new Watch(zone, ports, closing.signal);
  const pollMs = Math.max(0, ...zone.sources.map((source) => source.pollMs));
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      let waitMs = STANDBY_MS;
      try {
        if (await ports.store.mayPoll(zone.zone.key)) {
          waitMs = pollMs === 0 ? untilNextHour(ports.clock.now()) : pollMs;
          await watch.round();
          firstDone();
          await watch.backfill();
        }
      } catch (failure) {
        if (closing.signal.aborted) break;
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

const untilNextHour = (now: Instant): number => hourOf(now) + HOUR_MS - now + 1000;

class Watch {
  private readonly states = new Map<string, SourceState>();
  private readonly forecastIssued = new Map<string, Instant>();
  private loaded = false;
  /** The source that told of the step in progress in the last round, of each kind. */
  private readonly telling = new Map<IntensityKind, IntensitySource>();
  private readonly exhausted = new Set<string>();
  private readonly notOffered = new Set<string>();

  constructor(
    private readonly zone: SourcedZone,
    private readonly ports: WatchPorts,
    private readonly closing: AbortSignal,
  ) {}

  /** Of each kind: the sources in order until one has told of the step in progress; then the forecasts that are due. */
  async round(): Promise<void> {
    await this.load();
    for (const kind of new Set(this.zone.sources.map((source) => source.kind))) {
      const { sources } = strandOf(this.zone, kind);
      for (const source of sources.filter(({ pollMs }) => pollMs > 0)) {
        const now = this.ports.clock.now();
        const told = await this.ask(source, { start: instant(now - SETTLING_MS), end: later(now, 1) });
        if (told !== undefined && readingAt(told, now) !== undefined) {
          this.telling.set(kind, source);
          break;
        }
      }
      await this.forecasts(kind);
    }
  }

  /** Fetches older and older pieces, as fast as the source's rate allows, until the history is long enough or ends. */
  async backfill(): Promise<void> {
    const { store, clock } = this.ports;
    for (const source of this.telling.values()) {
      if (this.exhausted.has(source.name)) continue;
      const { strand } = strandOf(this.zone, source.kind);
      for (;;) {
        const oldest = await store.oldest(strand, source.name);
        if (this.closing.aborted || oldest === undefined || oldest <= clock.now() - HISTORY_MS) return;
        const piece = { start: instant(oldest - BACKFILL_PIECE_MS), end: oldest };
        const told = await this.ask(source, piece);
        if (told === undefined) return; // It failed: the next round tries again.
        if (told.readings.every(({ interval }) => interval.start >= oldest)) {
          this.exhausted.add(source.name);
          break;
        }
      }
      await this.forecasts(source.kind, true);
    }
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

  /** Undefined when the source failed; its state then says how. */
  private async ask(source: IntensitySource, span: Interval) {
    const series = await this.attempt(source, (signal) => source.readings({ zone: this.zone.zone.key, span, signal }));
    if (series === undefined) return undefined;
    const { store, clock } = this.ports;
    await store.keep(series.readings, clock.now());
    const newest = series.readings.at(-1)?.interval.end;
    const before = this.states.get(source.name)!.newestEnd;
    if (newest !== undefined && (before === undefined || newest > before)) await this.note(source, { newestEnd: newest });
    return series;
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

  private async attempt<T>(source: IntensitySource, call: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.ports;
    const before = this.states.get(source.name)!;
    const failing = isFailing(before);
    try {
      const answer = await call(AbortSignal.any([this.closing, AbortSignal.timeout(ANSWER_MS)]));
      if (failing) log(`${source.name} answers again for ${before.zone}; it had failed since ${iso(before.lastFailure!.since)}`);
      await this.note(source, { lastSuccessAt: clock.now() });
      return answer;
    } catch (failure) {
      if (this.closing.aborted) throw failure;
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
