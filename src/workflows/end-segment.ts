/** How a segment ends in its run's log: the run's end, a pause, a halt, or another segment to come. */
import type { Fence, RunWish } from '../record/run-log.js';
import type { TrainerFact } from '../training/protocol.js';
import type { Ports } from './ports.js';
import type { SegmentLog } from './segment-log.js';
import type { SegmentEnding } from './watch-segment.js';

/** Why a segment is to end before its run does. */
export type Interruption = RunWish | 'drain' | SegmentEnding;

interface EndedSegment {
  readonly ports: Pick<Ports, 'clock' | 'gridClock' | 'writer'>;
  readonly fence: Fence;
  readonly log: SegmentLog;
}

/** Writes the last facts of a segment, and queues the next one where the run is to go on. */
export const endSegment = async (segment: EndedSegment, last: TrainerFact, interruption: Interruption | undefined): Promise<void> => {
  const { log } = segment;
  const from = 'running' as const;
  switch (last.kind) {
    case 'finished':
      log.add({
        kind: 'state',
        from,
        to: 'succeeded',
        message: last.how ?? `trained all ${last.step} optimiser steps`,
      });
      break;
    case 'paused':
      if (interruption === 'drain') return handBack(segment, last.step);
      if (typeof interruption === 'object') return endAs(segment, interruption, last.step);
      log.add({
        kind: 'state',
        from,
        to: 'paused',
        pauseReason: 'by-user',
        message: `paused by its user after optimiser step ${last.step}`,
      });
      break;
    case 'stopped':
      log.add({ kind: 'state', from, to: 'cancelled', message: `cancelled by its user after optimiser step ${last.step}` });
      break;
    case 'failed':
      log.add({ kind: 'failed', message: last.error.message });
      log.add({ kind: 'state', from, to: 'failed', message: last.error.message });
      break;
    default:
      throw new Error(`a trainer thread ended a run with ${last.kind}`);
  }
  await log.flushAll();
};

/** The next segment is queued for its time; a halted run waits for a larger budget. */
const endAs = async ({ ports, fence, log }: EndedSegment, ending: SegmentEnding, step: number): Promise<void> => {
  const message = `${ending.decision.reason}; checkpointed after optimiser step ${step}`;
  log.add({ kind: 'decided', decision: ending.decision });
  if (ending.kind === 'halt') {
    log.add({ kind: 'state', from: 'running', to: 'halted', message });
    return log.flushAll();
  }
  const { reason, plan, until, zone } = ending;
  if (plan !== undefined) log.add({ kind: 'planned', plan });
  await log.flushAll();
  const paused = log.stamped({ kind: 'state', from: 'running', to: 'paused', pauseReason: reason, message });
  await ports.writer.requeue(fence, [paused], { startAt: ports.gridClock.toReal(until), zone });
};

/** The service is going down: the run waits, checkpointed, for the next worker. */
const handBack = async ({ ports, fence, log }: EndedSegment, step: number): Promise<void> => {
  await log.flushAll();
  const now = ports.clock.now();
  await ports.writer.requeue(
    fence,
    [
      log.stamped({
        kind: 'state',
        from: 'running',
        to: 'paused',
        pauseReason: 'preempted',
        message: `the service shuts down; checkpointed after optimiser step ${step}`,
      }),
      log.stamped({ kind: 'state', from: 'paused', to: 'queued', message: 'goes on when a worker is there again' }),
    ],
    { startAt: now },
  );
};
