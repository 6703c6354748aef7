/** Pausing, resuming and cancelling a run: refusals name the state; a running run is asked, its worker does it. */
import type { RunState } from '../experiment/run-state.js';
import type { Move, StoredRun } from '../record/run-log.js';
import type { ControlAnswer } from './answers.js';
import type { Ports } from './ports.js';
import { isWaiting } from './tend-run.js';

export const pauseRun = (ports: Ports, id: string): Promise<ControlAnswer> =>
  onRun(ports, id, async (run) => {
    if (run.state === 'running') {
      await ports.writer.ask(id, 'pause');
      return accepted(ports, id, 'pausing: the run writes a checkpoint after its current optimiser step and frees the host');
    }
    return moved(ports, run, 'pause', {
      from: isWaiting(run) ? ['planned', 'queued', 'paused'] : ['planned', 'queued'],
      to: 'paused',
      pauseReason: 'by-user',
      message: 'paused by its user while it waited',
    });
  });

export const resumeRun = (ports: Ports, id: string): Promise<ControlAnswer> =>
  onRun(ports, id, (run) => {
    const now = ports.clock.now();
    const begins = run.summary.plan?.segments[0]?.interval.start;
    const startAt = begins !== undefined && run.summary.started === undefined ? ports.gridClock.toReal(begins) : now;
    const waits = startAt > now && run.state === 'paused';
    const message = waits
      ? 'resumed by its user; its planned window is still to come'
      : 'resumed by its user; goes on as soon as the host is free';
    return moved(ports, run, 'resume', {
      from: ['paused', 'halted'],
      to: waits ? 'planned' : 'queued',
      message,
      startAt: waits ? startAt : now,
    });
  });

export const cancelRun = (ports: Ports, id: string): Promise<ControlAnswer> =>
  onRun(ports, id, async (run) => {
    if (run.state === 'running') {
      await ports.writer.ask(id, 'cancel');
      return accepted(ports, id, 'cancelling: the trainer stops after its current optimiser step; what was metered stays booked');
    }
    return moved(ports, run, 'cancel', {
      from: ['planned', 'queued', 'paused', 'halted'],
      to: 'cancelled',
      message: 'cancelled by its user',
    });
  });

const onRun = async (ports: Ports, id: string, act: (run: StoredRun) => Promise<ControlAnswer>): Promise<ControlAnswer> => {
  const run = await ports.reader.run(id);
  return run === undefined ? { kind: 'not-found' } : act(run);
};

const moved = async (
  ports: Ports,
  run: StoredRun,
  verb: string,
  move: Pick<Move, 'from' | 'to' | 'pauseReason' | 'message' | 'startAt'>,
): Promise<ControlAnswer> => {
  const answer = await ports.writer.move({ ...move, runId: run.id, at: ports.clock.now(), gridAt: ports.gridClock.now() });
  if (answer.kind === 'not-found') return { kind: 'not-found' };
  if (answer.kind === 'refused') return illegal(verb, answer.state, move.from);
  return accepted(ports, run.id, move.message);
};

const accepted = async (ports: Ports, id: string, message: string): Promise<ControlAnswer> => {
  const run = await ports.reader.run(id);
  return run === undefined ? { kind: 'not-found' } : { kind: 'accepted', run, message };
};

const illegal = (verb: string, state: RunState, from: readonly RunState[]): ControlAnswer => ({
  kind: 'illegal',
  state,
  message: `cannot ${verb} a run that is ${state}; it must be ${from.join(' or ')}${verb === 'resume' ? '' : ' or running'}`,
});
