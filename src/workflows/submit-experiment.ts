/** From what was asked to stored runs with plans and queued segments, or a refusal; nothing is written before all is planned. */
import { randomUUID } from 'node:crypto';
import type { ExperimentSpec, RunSpec } from '../experiment/spec.js';
import type { Estimate } from '../plan/plan.js';
import type { Rule } from '../policy/policy.js';
import type { RunFact } from '../record/run-event.js';
import type { NewRun } from '../record/run-log.js';
import { grams } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { Submission } from './answers.js';
import { beginRunTrace, runAttributes } from '../telemetry/run-trace.js';
import { inSpan } from '../telemetry/span.js';
import { decideStart, type StartDecision } from './decide-start.js';
import { estimateOrProblems } from './estimate-run.js';
import { deadlineOf, planWithinRules, type Question, type RulesPlanning } from './plan-within-rules.js';
import type { Ports } from './ports.js';
import { rulesOf } from './rules-of.js';
import { withZoneKey } from './zone-keys.js';

export const submitExperiment = (ports: Ports, given: ExperimentSpec): Promise<Submission> => {
  const attributes = { 'lowtide.experiment.name': given.name, 'lowtide.project': given.project, 'lowtide.runs': given.runs.length };
  return inSpan('submit experiment', { attributes }, async (span) => {
    const submission = await submit(ports, given);
    span.setAttribute('lowtide.outcome', submission.kind);
    return submission;
  });
};

const submit = async (ports: Ports, given: ExperimentSpec): Promise<Submission> => {
  const keyed = given.runs.map((run, index) => withZoneKey(ports, run, `runs[${index}].`));
  const problems = keyed.flatMap((each) => each.problems);
  if (problems.length > 0) return { kind: 'invalid', problems };
  const spec = { ...given, runs: keyed.map(({ run }) => run) };
  const estimates: Estimate[] = [];
  // One after the other: probes must not disturb each other.
  for (const [index, run] of spec.runs.entries()) {
    const estimation = await inSpan('estimate run', { attributes: { 'lowtide.run.name': run.name } }, () =>
      estimateOrProblems(ports, run.training, `runs[${index}].`),
    );
    if (estimation.kind === 'invalid') return estimation;
    estimates.push(estimation.estimate);
  }
  const rules = await rulesOf(ports, spec.project);
  const submittedAt = ports.clock.now();
  const submittedGridAt = ports.gridClock.toGrid(submittedAt);
  const runs: NewRun[] = [];
  for (const [index, run] of spec.runs.entries()) {
    const submitted = submittedGridAt;
    const question = {
      project: spec.project,
      runId: undefined,
      spec: run,
      ownBudget: run.budget,
      estimate: estimates[index]!,
      rules,
      submitted,
      release: submitted,
      spent: grams(0),
    };
    const planned = await planWithinRules(ports, question);
    if (!planned.ok) return { kind: 'refused', run: run.name, refusal: planned.refusal };
    runs.push(await newRun(ports, question, planned, submittedAt));
  }
  const experimentId = randomUUID();
  await ports.writer.submit({ id: experimentId, spec, submittedAt, submittedGridAt, runs });
  for (const { id, spec: run, zone } of runs)
    beginRunTrace(id, submittedAt, { ...runAttributes(id, run.name, zone), 'lowtide.experiment.name': spec.name });
  return { kind: 'submitted', experimentId, runIds: runs.map(({ id }) => id) };
};

const newRun = async (
  ports: Ports,
  question: Question,
  planned: Extract<RulesPlanning, { ok: true }>,
  submittedAt: Instant,
): Promise<NewRun> => {
  const { spec, submitted, rules } = question;
  const { plan, wouldHaveRefused, warnings } = planned;
  const { zone, interval } = plan.segments[0]!;
  const first = await firstDecision(ports, spec, zone, interval.start, submitted, rules);
  const decision = {
    ...first.decision,
    ...(first.kind === 'wait' && plan.mode !== 'threshold' ? { reason: plan.reason } : {}),
    ...(plan.forecast === undefined ? {} : { forecast: plan.forecast }),
    ...(wouldHaveRefused.length === 0 ? {} : { wouldHaveRefused }),
  };
  const facts: RunFact[] = [
    { kind: 'planned', plan },
    ...warnings.map((message): RunFact => ({ kind: 'warning', message })),
    { kind: 'decided', decision },
    { kind: 'state', from: undefined, to: 'planned', message: plan.reason },
  ];
  if (first.kind === 'start')
    facts.push({ kind: 'state', from: 'planned', to: 'queued', message: 'its start has come; waits for a free host' });
  return {
    id: randomUUID(),
    spec,
    zone,
    deadlineGridAt: deadlineOf(question, ports.gridClock.speed),
    facts,
    startAt: first.kind === 'wait' ? ports.gridClock.toReal(first.until) : submittedAt,
  };
};

/** A run whose window is still to come waits for it; else whether it may start is decided as at any other time. */
const firstDecision = (
  ports: Ports,
  spec: RunSpec,
  zone: string,
  begins: Instant,
  now: Instant,
  rules: readonly Rule[],
): Promise<StartDecision> => {
  if (begins <= now || spec.schedule.mode === 'threshold')
    return decideStart(ports, { spec, zone, submittedGridAt: now, hasStarted: false }, rules, now);
  const decision = { decision: 'wait', zone, until: begins, reason: 'its window is still to come' } as const;
  return Promise.resolve({ kind: 'wait', until: begins, decision });
};
