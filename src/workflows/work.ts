/** A worker: takes due segments of its zones from the queue, one at a time on its host, and brings back lost runs. */
import type { SegmentQueue } from '../execution/segment-queue.js';
import { stoppingCost } from '../policy/budget.js';
import { everyRun } from '../record/every-run.js';
import type { RunWish, StoredRun } from '../record/run-log.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import { MINUTE_MS, SECOND_MS, instant } from '../units/time.js';
import { decideStart } from './decide-start.js';
import { currentReading } from './expected-grid.js';
import type { Ports } from './ports.js';
import { resumeHalted } from './resume-halted.js';
import { rulesOf } from './rules-of.js';
import { runSegment, type RunningSegment } from './run-segment.js';
import { isWaiting, replanWaiting, startWhenAllowed } from './tend-run.js';

export interface WorkerOptions {
  readonly zones: readonly string[];
  readonly queue: SegmentQueue;
  /** Names this worker in the runs it holds. */
  readonly worker: string;
  /** A worker silent for so long has lost its runs. */
  readonly leaseMs: number;
  /** Whether a worker of this host is certainly gone. */
  isGone(worker: string): boolean;
  /** Calls back with what users want of running runs; returns how to stop listening. */
  onWish(listener: (runId: string, wish: RunWish) => void): () => void;
  /** Told of faults that end a segment or delay the upkeep; the work goes on. */
  onFault(fault: Error): void;
}

export interface RunningWorker {
  /** Takes no more segments, has the running one checkpoint, and resolves when nothing runs. */
  drain(): Promise<void>;
}

const UPKEEP_MS = SECOND_MS;
/** Rounds of upkeep between two looks at halted runs. */
const HALTED_ROUNDS = 5;
const RETRY_BUSY_MS = SECOND_MS;
/** A job may come this much before its time. */
const EARLY_MS = 20;

export const startWorker = async (ports: Ports, options: WorkerOptions): Promise<RunningWorker> => {
  const { queue, zones } = options;
  const running = new Map<string, RunningSegment>();
  let draining = false;
  const take = (runId: string) => takeSegment(ports, options, runId, running, () => draining);

  const stopListening = options.onWish((runId, wish) => running.get(runId)?.interrupt(wish));
  await lookAfter(ports, options);
  let upkeep: Promise<void> = Promise.resolve();
  let round = 0;
  const timer = setInterval(() => {
    upkeep = upkeep
      .then(() => lookAfter(ports, options))
      .then(() => (round++ % HALTED_ROUNDS === 0 ? resumeHalted(ports, zones) : undefined))
      .catch((failure: unknown) => {
        options.onFault(new Error('upkeep of waiting runs failed, tried again', { cause: failure }));
      });
  }, UPKEEP_MS);
  for (const zone of zones) await queue.work(zone, take);
  return {
    async drain() {
      draining = true;
      clearInterval(timer);
      for (const segment of running.values()) segment.interrupt('drain');
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
      await upkeep;
      stopListening();
    },
  };
};

const takeSegment = async (
  ports: Ports,
  options: WorkerOptions,
  runId: string,
  running: Map<string, RunningSegment>,
  draining: () => boolean,
): Promise<void> => {
  const { queue, worker, leaseMs } = options;
  const run = await ports.reader.run(runId);
  if (run === undefined || (run.state !== 'queued' && !isWaiting(run))) return; // Paused by its user, ended or held: this job is stale.
  const now = ports.clock.now();
  if (draining()) return queue.again(runId, run.zone, instant(now + RETRY_BUSY_MS));
  if (run.startAt > now + EARLY_MS) return queue.again(runId, run.zone, run.startAt);
  if (!options.zones.includes(run.zone)) return; // It moved to another zone, and has a job there.
  if (isWaiting(run)) await startWhenAllowed(ports, run);
  else if (!(await mayStillStart(ports, run))) return;
  const claim = await ports.writer.claim(runId, { host: ports.host, worker }, nowOf(ports), await startingCost(ports, run));
  if (claim.kind === 'halted') return;
  const claimed = await ports.reader.run(runId);
  if (claim.kind === 'not-now' || claimed === undefined) {
    if (claimed?.state === 'queued') await queue.again(runId, claimed.zone, instant(ports.clock.now() + RETRY_BUSY_MS));
    return;
  }
  const segment = runSegment(ports, claimed, claim.fence, leaseMs);
  running.set(runId, segment);
  try {
    await segment.ended;
  } catch (failure) {
    options.onFault(
      new Error(`the segment of run ${runId} ended on a fault; the run is brought back from its last checkpoint`, { cause: failure }),
    );
    const left = await ports.reader.run(runId);
    if (left?.state === 'running' && left.holder?.worker === worker) await bringBack(ports, left);
  } finally {
    running.delete(runId);
  }
};

/** Marks due runs as queued, and brings back runs whose worker is gone. */
const lookAfter = async (ports: Ports, options: WorkerOptions): Promise<void> => {
  const now = ports.clock.now();
  for await (const run of everyRun(ports.reader, { states: ['planned', 'running', 'paused'] })) {
    if (!options.zones.includes(run.zone)) continue;
    if (isWaiting(run)) await (run.startAt <= now ? startWhenAllowed(ports, run) : replanWaiting(ports, run));
    if (run.state === 'running' && isLost(run, ports, options)) await bringBack(ports, run);
    if (run.state === 'paused' && run.summary.pauseReason === 'preempted') await requeue(ports, run);
  }
};

/** A run that waited for a free host is looked at again: what forbids it now sends it back to wait. */
const mayStillStart = async (ports: Ports, run: StoredRun): Promise<boolean> => {
  const moment = nowOf(ports);
  const answer = await decideStart(
    ports,
    { ...run, hasStarted: run.summary.started !== undefined },
    await rulesOf(ports, run.project),
    moment.gridAt,
  );
  if (answer.kind === 'start') return true;
  const facts = [{ kind: 'decided', decision: answer.decision }] as const;
  const base = { runId: run.id, from: ['queued'], ifSequence: run.lastSequence, facts, ...moment } as const;
  const { reason } = answer.decision;
  await ports.writer.move(
    answer.kind === 'wait'
      ? { ...base, to: 'planned', message: reason, startAt: ports.gridClock.toReal(answer.until) }
      : { ...base, to: 'failed', message: `refused: ${reason}` },
  );
  return false;
};

/** What a start, the first sample and a checkpoint may emit: what a run must have room for on its budgets. */
const startingCost = async (ports: Ports, { zone, summary }: StoredRun): Promise<GramsCO2eq> => {
  const now = ports.gridClock.now();
  const reading = await currentReading(ports, zone, now);
  const { estimate } = summary;
  if (reading === undefined || estimate === undefined) return grams(0); // Unknown: the first booking will tell.
  const durationMs = estimate.overheadMs + 2 * ports.sampleIntervalMs + SECOND_MS;
  return stoppingCost({ power: estimate.spread.power[1], intensity: reading.intensity, pue: ports.pue, durationMs });
};

const isLost = ({ holder }: StoredRun, ports: Ports, options: WorkerOptions): boolean =>
  holder !== undefined &&
  holder.worker !== options.worker &&
  ((holder.host === ports.host && options.isGone(holder.worker)) || holder.leaseUntil + MINUTE_MS / 12 < ports.clock.now());

const bringBack = async (ports: Ports, run: StoredRun): Promise<void> => {
  const { holder, summary } = run;
  if (holder === undefined) return;
  const checkpoint =
    summary.lastCheckpoint === undefined
      ? 'it begins again, there is no checkpoint yet'
      : `it goes on from the checkpoint after optimiser step ${summary.lastCheckpoint.step}`;
  const answer = await ports.writer.move({
    runId: run.id,
    from: ['running'],
    to: 'paused',
    pauseReason: 'preempted',
    message: `worker ${holder.worker} on ${holder.host} is gone; ${checkpoint}`,
    heldBy: holder.worker,
    ...nowOf(ports),
  });
  if (answer.kind === 'moved') await requeue(ports, run);
};

const requeue = async (ports: Ports, run: StoredRun): Promise<void> => {
  const moment = nowOf(ports);
  await ports.writer.move({
    runId: run.id,
    from: ['paused'],
    to: 'queued',
    message: 'waits for a free host',
    startAt: moment.at,
    ...moment,
  });
};

const nowOf = (ports: Ports) => {
  const at = ports.clock.now();
  return { at, gridAt: ports.gridClock.toGrid(at) };
};
