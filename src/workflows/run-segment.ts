/** One segment of a run on this host: trains, meters, books, and writes all of it to the run's log, in order. */
import { bookSample } from '../emissions/book-sample.js';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import { threadName } from '../energy/run-cpu-time.js';
import type { EnergySample, MeterSession } from '../energy/sample.js';
import { stepsPerEpoch } from '../experiment/spec.js';
import { exhaustedInWords, stoppingCost } from '../policy/budget.js';
import type { RunFact } from '../record/run-event.js';
import { StaleFence, type BudgetAnswer, type Fence, type NewFact, type RunWish, type StoredRun } from '../record/run-log.js';
import type { TrainerFact, TrainerPhase } from '../training/protocol.js';
import { carbonIntensity, watts, type GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import { refinedEstimate } from './estimate-run.js';
import type { Ports } from './ports.js';
import { predictRun } from './predict-run.js';
import { silenceWatch } from './silent-sources.js';
import { watchSegment, type SegmentEnding, type SegmentWatch } from './watch-segment.js';

/** Real milliseconds after which gathered facts are written. */
const FLUSH_MS = 250;

/** Why a segment is to end before its run does. */
export type Interruption = RunWish | 'drain' | SegmentEnding;

/** A user's wish goes before what the service decided, and an end before a pause; else the first reason holds. */
const rankOf = (why: Interruption | undefined): number => (why === undefined ? 0 : why === 'cancel' ? 3 : why === 'pause' ? 2 : 1);

/** Real ms a checkpoint and an optimiser step are taken to need before either was seen. */
const CHECKPOINT_MS = 1000;
const STEP_MS = 1000;

export interface RunningSegment {
  interrupt(why: Interruption): void;
  /** Resolves when the run's log holds the segment's end; rejects on a fault of the database or the meter. */
  readonly ended: Promise<void>;
}

export const runSegment = (ports: Ports, run: StoredRun, fence: Fence, leaseMs: number): RunningSegment => {
  const segment = new Segment(ports, run, fence, leaseMs);
  return { interrupt: (why) => segment.interrupt(why), ended: segment.run() };
};

class Segment {
  private facts: NewFact[] = [];
  private writing: Promise<void> = Promise.resolve();
  private booking: Promise<void> = Promise.resolve();
  private fault: unknown;
  private readonly warned = new Set<string>();
  private purpose: EnergyPurpose = 'overhead';
  private meter: MeterSession | undefined;
  private interruption: Interruption | undefined;
  private halt: ((fast: boolean) => void) | undefined;
  private readonly silence: ReturnType<typeof silenceWatch>;
  private watch: SegmentWatch | undefined;
  private stepsDone: number;
  /** For what it holds back on its budgets: the most it drew, W, and how long it takes to stop, real ms. */
  private peakPower: number;
  private checkpointMs = CHECKPOINT_MS;
  private stepMs = STEP_MS;
  private toldDryRun = false;

  constructor(
    private readonly ports: Ports,
    private readonly stored: StoredRun,
    private readonly fence: Fence,
    private readonly leaseMs: number,
  ) {
    this.silence = silenceWatch(ports.grid, stored.zone);
    const { summary } = stored;
    this.stepsDone = summary.lastCheckpoint?.step ?? 0;
    this.peakPower = summary.estimate?.spread.power[1] ?? 0;
  }

  interrupt(why: Interruption): void {
    if (rankOf(why) > rankOf(this.interruption)) this.interruption = why;
    this.halt?.(this.interruption === 'cancel');
  }

  async run(): Promise<void> {
    const { ports, stored } = this;
    const threads = threadName(stored.id);
    this.meter = await ports.meter.start(threads, (sample) => {
      this.bookLater(sample, this.purpose);
    });
    const directory = ports.checkpointDirectory(stored.id);
    const thread = ports.trainer.start(stored.spec.training, directory, threads, (fact) => this.onFact(fact));
    this.halt = (fast) => {
      if (fast) thread.stop();
      else thread.pause();
    };
    if (this.interruption !== undefined) this.interrupt(this.interruption);
    this.watch = watchSegment(ports, stored, {
      state: () => ({ stepsDone: this.stepsDone }),
      reread: () => ports.reader.run(stored.id),
      note: (fact) => {
        this.add(fact);
      },
      end: (ending) => {
        this.interrupt(ending);
      },
      fail: (failure) => {
        this.fail(failure);
      },
    });
    const flushing = setInterval(() => {
      this.flush(this.stoppingCost());
    }, FLUSH_MS);
    const renewing = setInterval(() => {
      ports.writer.renew(this.fence).catch((failure: unknown) => {
        this.fail(failure);
      });
    }, this.leaseMs / 3);
    try {
      const last = await this.lastFact(thread.ended);
      await this.meter.stop();
      await this.booking;
      if (this.fault !== undefined) throw toError(this.fault);
      await this.finish(last);
    } catch (failure) {
      thread.stop();
      await thread.ended.catch(() => undefined); // It was told above; only its end matters here.
      if (!(failure instanceof StaleFence)) throw failure;
    } finally {
      this.watch.stop();
      clearInterval(flushing);
      clearInterval(renewing);
      await this.meter.stop();
    }
  }

  /** The trainer's last word; a thread that crashes is a failed run, not a fault of the service. */
  private async lastFact(ended: Promise<TrainerFact>): Promise<TrainerFact> {
    try {
      return await ended;
    } catch (failure) {
      if (this.fault !== undefined) throw toError(this.fault);
      const error = toError(failure);
      return { kind: 'failed', error: { name: error.name, message: error.message, stack: error.stack } };
    }
  }

  private async onFact(fact: TrainerFact): Promise<void> {
    if (this.fault !== undefined) throw toError(this.fault);
    switch (fact.kind) {
      case 'ready': {
        const { backend, trainableParameters, totalSteps, microBatchSize, step, resumedFrom } = fact;
        const segment = this.stored.summary.segments.length + 1;
        this.add({
          kind: 'segment-started',
          segment,
          host: this.ports.host,
          zone: this.stored.zone,
          backend,
          hardware: this.ports.meter.hardware,
          meter: this.ports.meter.coverage,
          trainableParameters,
          totalSteps,
          microBatchSize,
          step,
          resumedFrom,
        });
        break;
      }
      case 'phase':
        await this.turnTo(fact.phase);
        this.add(fact);
        break;
      case 'evaluation':
        await this.settle();
        this.add(fact);
        break;
      case 'progress':
        this.stepsDone = fact.step;
        this.stepMs = (1000 * this.stored.spec.training.batchSize) / fact.imagesPerSecond;
        this.add(fact);
        break;
      case 'checkpoint':
        this.checkpointMs = Math.max(CHECKPOINT_MS, fact.durationMs);
        this.add(fact);
        break;
      case 'epoch':
        this.add(fact);
        if (fact.epoch === 1) {
          await this.predict();
          await this.refineEstimate(fact.step);
        }
        break;
      case 'warning':
        this.add(fact);
        break;
      case 'finished':
      case 'paused':
      case 'stopped':
      case 'failed':
      case 'probed':
        break;
    }
  }

  /** A forecast that fails costs the prediction, not the run. */
  private async predict(): Promise<void> {
    await this.settle();
    await this.flushAll();
    const run = await this.ports.reader.run(this.stored.id);
    if (run === undefined) return;
    try {
      const prediction = await predictRun(this.ports, run);
      if (prediction !== undefined) this.add({ kind: 'predicted', ...prediction });
    } catch (failure) {
      this.add({ kind: 'warning', message: `no prediction after the first epoch: ${toError(failure).message}` });
    }
  }

  /** Ends the sample of the phase before, so that overhead and active energy are booked apart. */
  private async turnTo(phase: TrainerPhase): Promise<void> {
    const next: EnergyPurpose = phase === 'preparing' || phase === 'training' || phase === 'evaluating' ? 'active' : 'overhead';
    if (next === this.purpose) return;
    await this.meter?.cut();
    this.purpose = next;
  }

  /** Books everything up to now, so that what follows stands at the right emissions. */
  private async settle(): Promise<void> {
    await this.meter?.cut();
    await this.booking;
  }

  /** After the first epoch the rest is known better than any estimate before it. */
  private async refineEstimate(step: number): Promise<void> {
    const { training } = this.stored.spec;
    if (step !== stepsPerEpoch(training) || training.epochs === 1) return;
    await this.settle();
    await this.flushAll();
    const run = await this.ports.reader.run(this.stored.id);
    const estimate = run && refinedEstimate(training, step, run.summary.booked);
    if (estimate !== undefined) this.add({ kind: 'estimated', estimate });
  }

  /** What the run must hold back on its budgets to go on until the next sample is booked; undefined while it ends. */
  private stoppingCost(): GramsCO2eq | undefined {
    const { sampleIntervalMs, pue } = this.ports;
    const intensity = this.watch?.worstIntensity();
    if (this.interruption !== undefined || intensity === undefined) return undefined;
    const durationMs = sampleIntervalMs + 2 * FLUSH_MS + this.stepMs + this.checkpointMs;
    return stoppingCost({ power: watts(this.peakPower), intensity: carbonIntensity(intensity), pue, durationMs });
  }

  private heed({ enforced, dryRun }: BudgetAnswer): void {
    const { zone } = this.stored;
    if (enforced.kind === 'exhausted') {
      const reason = `halts before a budget is passed: ${exhaustedInWords(enforced)}`;
      this.interrupt({ kind: 'halt', decision: { decision: 'halt', zone, reason, rules: [enforced.budget.budget] } });
    }
    if (dryRun.kind !== 'exhausted' || this.toldDryRun) return;
    this.toldDryRun = true;
    const wouldHaveRefused = [dryRun.budget.budget];
    this.add({ kind: 'decided', decision: { decision: 'keep', zone, reason: `goes on; ${exhaustedInWords(dryRun)}`, wouldHaveRefused } });
  }

  private bookLater(sample: EnergySample, purpose: EnergyPurpose): void {
    this.booking = this.booking
      .then(() => this.book(sample, purpose))
      .catch((failure: unknown) => {
        this.fail(failure);
      });
  }

  private async book(sample: EnergySample, purpose: EnergyPurpose): Promise<void> {
    const { gridClock, grid, pue } = this.ports;
    const { zone } = this.stored;
    const span = { start: gridClock.toGrid(sample.interval.start), end: gridClock.toGrid(sample.interval.end) };
    const series = await grid.readings(zone, span, span.end);
    const warning = await this.silence(series, span.end);
    if (warning !== undefined) this.add({ kind: 'warning', message: warning }, sample.interval.end);
    const entries = bookSample(sample, purpose, { zone, pue, clock: gridClock }, series);
    const { interval, ...rest } = sample;
    this.add({ kind: 'energy', ...rest, entries }, interval.end);
    const realMs = interval.end - interval.start;
    const microjoules = entries.reduce((sum, { energy }) => sum + energy, 0);
    if (realMs >= FLUSH_MS) this.peakPower = Math.max(this.peakPower, microjoules / 1000 / realMs);
    for (const { component, reason } of sample.unknown)
      this.warnOnce(`the energy of ${component} is unknown for a while, and not counted: ${reason}`);
  }

  /** What goes on is told once; the coverage says how long it took. */
  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.add({ kind: 'warning', message });
  }

  private async finish(last: TrainerFact): Promise<void> {
    const from = 'running' as const;
    switch (last.kind) {
      case 'finished':
        this.add({
          kind: 'state',
          from,
          to: 'succeeded',
          message: last.how ?? `trained all ${last.step} optimiser steps`,
        });
        break;
      case 'paused':
        if (this.interruption === 'drain') return this.handBack(last.step);
        if (typeof this.interruption === 'object') return this.endAs(this.interruption, last.step);
        this.add({
          kind: 'state',
          from,
          to: 'paused',
          pauseReason: 'by-user',
          message: `paused by its user after optimiser step ${last.step}`,
        });
        break;
      case 'stopped':
        this.add({ kind: 'state', from, to: 'cancelled', message: `cancelled by its user after optimiser step ${last.step}` });
        break;
      case 'failed':
        this.add({ kind: 'failed', message: last.error.message });
        this.add({ kind: 'state', from, to: 'failed', message: last.error.message });
        break;
      default:
        throw new Error(`a trainer thread ended a run with ${last.kind}`);
    }
    await this.flushAll();
  }

  /** The next segment is queued for its time; a halted run waits for a larger budget. */
  private async endAs(ending: SegmentEnding, step: number): Promise<void> {
    const message = `${ending.decision.reason}; checkpointed after optimiser step ${step}`;
    this.add({ kind: 'decided', decision: ending.decision });
    if (ending.kind === 'halt') {
      this.add({ kind: 'state', from: 'running', to: 'halted', message });
      return this.flushAll();
    }
    const { reason, plan, until, zone } = ending;
    if (plan !== undefined) this.add({ kind: 'planned', plan });
    await this.flushAll();
    const paused = this.stamped({ kind: 'state', from: 'running', to: 'paused', pauseReason: reason, message });
    await this.ports.writer.requeue(this.fence, [paused], { startAt: this.ports.gridClock.toReal(until), zone });
  }

  /** The service is going down: the run waits, checkpointed, for the next worker. */
  private async handBack(step: number): Promise<void> {
    await this.flushAll();
    const now = this.ports.clock.now();
    await this.ports.writer.requeue(
      this.fence,
      [
        this.stamped({
          kind: 'state',
          from: 'running',
          to: 'paused',
          pauseReason: 'preempted',
          message: `the service shuts down; checkpointed after optimiser step ${step}`,
        }),
        this.stamped({ kind: 'state', from: 'paused', to: 'queued', message: 'goes on when a worker is there again' }),
      ],
      { startAt: now },
    );
  }

  private stamped(fact: RunFact, at: Instant = this.ports.clock.now()): NewFact {
    return { at, gridAt: this.ports.gridClock.toGrid(at), fact };
  }

  private add(fact: RunFact, at?: Instant): void {
    this.facts.push(this.stamped(fact, at));
  }

  /** @param reserve what it wants to hold back on its budgets; undefined when it ends */
  private flush(reserve?: GramsCO2eq): void {
    if (this.facts.length === 0) return;
    const facts = this.facts;
    this.facts = [];
    this.writing = this.writing.then(async () => {
      const answer = await this.ports.writer.append(this.fence, facts, reserve);
      if (answer !== undefined) this.heed(answer);
    });
    this.writing.catch((failure: unknown) => {
      this.fail(failure);
    });
  }

  private async flushAll(): Promise<void> {
    this.flush();
    await this.writing;
  }

  /** The first fault ends the segment: the trainer is stopped, and the fault is thrown when it has. */
  private fail(failure: unknown): void {
    this.fault ??= failure;
    this.halt?.(true);
  }
}

const toError = (failure: unknown): Error => (failure instanceof Error ? failure : new Error(String(failure)));
