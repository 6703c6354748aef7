/** A run that waits: whether its time has come, whether a new forecast moves it, and what is written of that. */
import type { RunState } from '../experiment/run-state.js';
import type { Decision } from '../plan/decision.js';
import type { RunFact } from '../record/run-event.js';
import type { StoredRun } from '../record/run-log.js';
import { instant } from '../units/time.js';
import { decideStart } from './decide-start.js';
import type { Ports } from './ports.js';
import { isToReconsider, planElsewhere, reconsider } from './reconsider-plan.js';
import { rulesOf } from './rules-of.js';

/** States in which a run waits for a time that was decided, not for its user. */
export const isWaiting = ({ state, summary }: Pick<StoredRun, 'state' | 'summary'>): boolean =>
  state === 'planned' || (state === 'paused' && (summary.pauseReason === 'high-carbon' || summary.pauseReason === 'migrating'));

/**
 * Lets a waiting run whose time has come start, wait on, or be refused, as its rules and its schedule say now; the run is
 * queued only when it may start. What was decided in the meantime by somebody else stands.
 */
export const startWhenAllowed = async (ports: Ports, run: StoredRun): Promise<void> => {
  const moment = nowOf(ports);
  const rules = await rulesOf(ports, run.project);
  const answer = await decideStart(ports, { ...run, hasStarted: run.summary.started !== undefined }, rules, moment.gridAt);
  const facts: readonly RunFact[] = [{ kind: 'decided', decision: answer.decision }];
  const base = { runId: run.id, from: [run.state], ifSequence: run.lastSequence, facts, ...moment };
  const { reason } = answer.decision;
  switch (answer.kind) {
    case 'start':
      await ports.writer.move({ ...base, to: 'queued', message: `${reason}; waits for a free host` });
      return;
    case 'wait': {
      // Who waits after a pause stays paused, so that everybody sees why.
      const to: RunState = run.state === 'paused' ? 'paused' : 'planned';
      const plan = await planElsewhere(ports, run, rules, moment.gridAt, run.summary.lastCheckpoint?.step ?? 0);
      const first = plan?.segments[0];
      if (plan !== undefined && first !== undefined && first.zone !== run.zone) {
        const decision: Decision = { ...answer.decision, decision: 'migrate', reason: `moves to ${first.zone}: ${reason}` };
        await ports.writer.move({
          ...base,
          to,
          ...(to === 'paused' ? { pauseReason: 'migrating' as const } : {}),
          facts: [
            { kind: 'decided', decision },
            { kind: 'planned', plan },
          ],
          message: decision.reason,
          zone: first.zone,
          startAt: instant(Math.max(moment.at, ports.gridClock.toReal(first.interval.start))),
        });
        return;
      }
      const { pauseReason } = run.summary;
      const kept = to === 'paused' && pauseReason !== undefined ? { pauseReason } : {};
      await ports.writer.move({ ...base, ...kept, to, message: reason, startAt: ports.gridClock.toReal(answer.until) });
      return;
    }
    case 'refuse':
      await ports.writer.move({ ...base, to: 'failed', message: `refused: ${reason}` });
  }
};

/** On a new forecast: keeps the plan of a waiting run, or takes a better one and queues its next segment for then. */
export const replanWaiting = async (ports: Ports, run: StoredRun): Promise<void> => {
  const moment = nowOf(ports);
  if (!isToReconsider(run, moment.gridAt)) return;
  const rules = await rulesOf(ports, run.project);
  const stepsDone = run.summary.lastCheckpoint?.step ?? 0;
  const answer = await reconsider(ports, run, rules, moment.gridAt, { stepsDone, running: false });
  if (answer === undefined) return;
  const { decision, plan } = answer;
  const first = plan?.segments[0];
  if (plan === undefined || first === undefined) {
    await ports.writer.note(run.id, { ...moment, fact: { kind: 'decided', decision } }, run.lastSequence);
    return;
  }
  const { pauseReason, state } = run.summary;
  await ports.writer.move({
    runId: run.id,
    from: [state],
    to: state,
    ifSequence: run.lastSequence,
    facts: [
      { kind: 'decided', decision },
      { kind: 'planned', plan },
    ],
    ...(pauseReason === undefined ? {} : { pauseReason }),
    message: decision.reason,
    zone: first.zone,
    startAt: instant(Math.max(moment.at, ports.gridClock.toReal(first.interval.start))),
    ...moment,
  });
};

const nowOf = (ports: Ports) => {
  const at = ports.clock.now();
  return { at, gridAt: ports.gridClock.toGrid(at) };
};
