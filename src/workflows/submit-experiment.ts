/** From what was asked to stored runs with plans and queued segments, or a refusal; nothing is written before all is planned. */
import { randomUUID } from 'node:crypto';
import type { ExperimentSpec, RunSpec } from '../experiment/spec.js';
import type { Estimate, Planning } from '../plan/plan.js';
import { planRun } from '../plan/plan-run.js';
import type { NewRun } from '../record/run-log.js';
import type { RunFact } from '../record/run-event.js';
import { DAY_MS, instant, type Instant } from '../units/time.js';
import type { Submission } from './answers.js';
import { estimateTraining, forecastOf } from './estimate-run.js';
import type { Ports } from './ports.js';
import { withZoneKey } from './zone-keys.js';

export const submitExperiment = async (ports: Ports, given: ExperimentSpec): Promise<Submission> => {
  const keyed = given.runs.map((run, index) => withZoneKey(ports, run, `runs[${index}].`));
  const problems = keyed.flatMap((each) => each.problems);
  if (problems.length > 0) return { kind: 'invalid', problems };
  const spec = { ...given, runs: keyed.map(({ run }) => run) };
  const estimates: Estimate[] = [];
  for (const run of spec.runs) estimates.push(await estimateTraining(ports, run.training)); // One after the other: probes must not disturb each other.
  const submittedAt = ports.clock.now();
  const submittedGridAt = ports.gridClock.toGrid(submittedAt);
  const runs: NewRun[] = [];
  for (const [index, run] of spec.runs.entries()) {
    const planned = await planOne(ports, run, estimates[index]!, submittedGridAt);
    if (!planned.ok) return { kind: 'refused', run: run.name, refusal: planned.refusal };
    runs.push(newRun(ports, run, planned.plan, submittedAt, submittedGridAt));
  }
  const experimentId = randomUUID();
  await ports.writer.submit({ id: experimentId, spec, submittedAt, submittedGridAt, runs });
  return { kind: 'submitted', experimentId, runIds: runs.map(({ id }) => id) };
};

const planOne = async (ports: Ports, run: RunSpec, estimate: Estimate, release: Instant): Promise<Planning> => {
  const { grid, gridClock, pue } = ports;
  const roomMs = run.schedule.mode === 'planned' ? run.schedule.finishWithinMs : Math.max(DAY_MS, estimate.durationMs * gridClock.speed);
  const deadline = instant(release + roomMs);
  const forecast = await grid.forecast(run.zone, { start: release, end: deadline }, release, { method: forecastOf(run) });
  return planRun({ zone: run.zone, estimate, gridSpeed: gridClock.speed, pue, release, deadline }, run.schedule, forecast);
};

const newRun = (
  ports: Ports,
  spec: RunSpec,
  plan: Extract<Planning, { ok: true }>['plan'],
  submittedAt: Instant,
  submittedGridAt: Instant,
): NewRun => {
  const begins = plan.segments[0]?.interval.start ?? submittedGridAt;
  const waits = begins > submittedGridAt;
  const facts: RunFact[] = [
    { kind: 'planned', plan },
    { kind: 'state', from: undefined, to: 'planned', message: plan.reason },
  ];
  if (!waits) facts.push({ kind: 'state', from: 'planned', to: 'queued', message: 'its start has come; waits for a free host' });
  return {
    id: randomUUID(),
    spec,
    deadlineGridAt: spec.schedule.mode === 'planned' ? instant(submittedGridAt + spec.schedule.finishWithinMs) : undefined,
    facts,
    startAt: waits ? ports.gridClock.toReal(begins) : submittedAt,
  };
};
