/** One segment of a run on this host: trains, meters, books, and writes all of it to the run's log, in order. */
import { threadName } from '../energy/run-cpu-time.js';
import { stepsPerEpoch } from '../experiment/spec.js';
import { exhaustedInWords, stoppingCost } from '../policy/budget.js';
import { StaleFence, type BudgetAnswer, type Fence, type StoredRun } from '../record/run-log.js';
import type { Span } from '@opentelemetry/api';
import { HOST_NAME } from '../telemetry/attributes.js';
import { runAttributes, runContext } from '../telemetry/run-trace.js';
import { failSpan, inSpan, recordSpan } from '../telemetry/span.js';
import type { TrainerFact } from '../training/protocol.js';
import { carbonIntensity, watts, type GramsCO2eq } from '../units/quantities.js';
import { endSegment, type Interruption } from './end-segment.js';
import { refinedEstimate } from './estimate-run.js';
import type { Ports } from './ports.js';
import { predictRun } from './predict-run.js';
import { SegmentLog } from './segment-log.js';
import { SegmentMeter } from './segment-meter.js';
import { watchSegment, type SegmentWatch } from './watch-segment.js';

/** Real milliseconds after which gathered facts are written. */
const FLUSH_MS = 250;

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
  private readonly log: SegmentLog;
  private readonly meter: SegmentMeter;
  private fault: unknown;
  private interruption: Interruption | undefined;
  private halt: ((fast: boolean) => void) | undefined;
  private watch: SegmentWatch | undefined;
  private stepsDone: number;
  /** For what it holds back on its budgets: how long it takes to stop, real ms. */
  private checkpointMs = CHECKPOINT_MS;
  private stepMs = STEP_MS;
  private toldDryRun = false;

  constructor(
    private readonly ports: Ports,
    private readonly stored: StoredRun,
    private readonly fence: Fence,
    private readonly leaseMs: number,
  ) {
    const { summary } = stored;
    this.stepsDone = summary.lastCheckpoint?.step ?? 0;
    const fail = (failure: unknown) => {
      this.fail(failure);
    };
    this.log = new SegmentLog(ports, fence, {
      heed: (answer) => {
        this.heed(answer);
      },
      fail,
    });
    this.meter = new SegmentMeter(ports, stored.zone, this.log, summary.estimate?.spread.power[1] ?? 0, fail);
  }

  interrupt(why: Interruption): void {
    if (rankOf(why) > rankOf(this.interruption)) this.interruption = why;
    this.halt?.(this.interruption === 'cancel');
  }

  /** In the run's own trace. */
  run(): Promise<void> {
    const { id, name, zone, summary } = this.stored;
    const attributes = { ...runAttributes(id, name, zone), 'lowtide.segment': summary.segments.length + 1, [HOST_NAME]: this.ports.host };
    return inSpan('segment', { attributes, parent: runContext(id) }, (span) => this.train(span));
  }

  private async train(span: Span): Promise<void> {
    const { ports, stored } = this;
    const threads = threadName(stored.id);
    await this.meter.start(threads);
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
        this.log.add(fact);
      },
      end: (ending) => {
        this.interrupt(ending);
      },
      fail: (failure) => {
        this.fail(failure);
      },
    });
    const flushing = setInterval(() => {
      this.log.flush(this.stoppingCost());
    }, FLUSH_MS);
    const renewing = setInterval(() => {
      ports.writer.renew(this.fence).catch((failure: unknown) => {
        this.fail(failure);
      });
    }, this.leaseMs / 3);
    try {
      const last = await this.lastFact(thread.ended);
      span.setAttribute('lowtide.outcome', last.kind);
      if (last.kind === 'failed') failSpan(span, last.error);
      await this.meter.stop();
      await this.meter.booked();
      if (this.fault !== undefined) throw toError(this.fault);
      await endSegment({ ports, fence: this.fence, log: this.log }, last, this.interruption);
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
        this.log.add({
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
        await this.meter.turnTo(fact.phase);
        this.log.add(fact);
        break;
      case 'evaluation':
        await this.meter.settle();
        this.log.add(fact);
        break;
      case 'progress':
        this.stepsDone = fact.step;
        this.stepMs = (1000 * this.stored.spec.training.batchSize) / fact.imagesPerSecond;
        this.log.add(fact);
        break;
      case 'checkpoint':
        this.checkpointMs = Math.max(CHECKPOINT_MS, fact.durationMs);
        this.traceCheckpoint(fact);
        this.log.add(fact);
        break;
      case 'epoch':
        this.log.add(fact);
        if (fact.epoch === 1) {
          await this.predict();
          await this.refineEstimate(fact.step);
        }
        break;
      case 'warning':
        this.log.add(fact);
        break;
      case 'finished':
      case 'paused':
      case 'stopped':
      case 'failed':
      case 'probed':
        break;
    }
  }

  /** Of what the trainer's thread has just done. */
  private traceCheckpoint({ durationMs, step, bytes }: TrainerFact & { readonly kind: 'checkpoint' }): void {
    const { id, name, zone } = this.stored;
    const now = this.ports.clock.now();
    recordSpan('checkpoint', now - durationMs, now, {
      ...runAttributes(id, name, zone),
      'lowtide.step': step,
      'lowtide.checkpoint.bytes': bytes,
    });
  }

  /** A forecast that fails costs the prediction, not the run. */
  private async predict(): Promise<void> {
    await this.meter.settle();
    await this.log.flushAll();
    const run = await this.ports.reader.run(this.stored.id);
    if (run === undefined) return;
    try {
      const prediction = await predictRun(this.ports, run);
      if (prediction !== undefined) this.log.add({ kind: 'predicted', ...prediction });
    } catch (failure) {
      this.log.add({ kind: 'warning', message: `no prediction after the first epoch: ${toError(failure).message}` });
    }
  }

  /** After the first epoch the rest is known better than any estimate before it. */
  private async refineEstimate(step: number): Promise<void> {
    const { training } = this.stored.spec;
    if (step !== stepsPerEpoch(training) || training.epochs === 1) return;
    await this.meter.settle();
    await this.log.flushAll();
    const run = await this.ports.reader.run(this.stored.id);
    const estimate = run && refinedEstimate(training, step, run.summary.booked);
    if (estimate !== undefined) this.log.add({ kind: 'estimated', estimate });
  }

  /** What the run must hold back on its budgets to go on until the next sample is booked; undefined while it ends. */
  private stoppingCost(): GramsCO2eq | undefined {
    const { sampleIntervalMs, pue } = this.ports;
    const intensity = this.watch?.worstIntensity();
    if (this.interruption !== undefined || intensity === undefined) return undefined;
    const durationMs = sampleIntervalMs + 2 * FLUSH_MS + this.stepMs + this.checkpointMs;
    return stoppingCost({ power: watts(this.meter.peakPower), intensity: carbonIntensity(intensity), pue, durationMs });
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
    this.log.add({
      kind: 'decided',
      decision: { decision: 'keep', zone, reason: `goes on; ${exhaustedInWords(dryRun)}`, wouldHaveRefused },
    });
  }

  /** The first fault ends the segment: the trainer is stopped, and the fault is thrown when it has. */
  private fail(failure: unknown): void {
    this.fault ??= failure;
    this.halt?.(true);
  }
}

const toError = (failure: unknown): Error => (failure instanceof Error ? failure : new Error(String(failure)));
