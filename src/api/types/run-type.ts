/** A run as the API shows it: what its summary says at once; carbon figures are resolved when asked for. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { RunSpec } from '../../experiment/spec.js';
import { chanceAccuracy } from '../../experiment/training-spec.js';
import { specYaml, writtenSpec } from '../../experiment/written-spec.js';
import type { StoredRun } from '../../record/run-log.js';
import { ratioOf } from '../../plan/estimate-spread.js';
import { bookedInAll } from '../../record/run-summary.js';
import type { Instant } from '../../units/time.js';
import { outcomeOf } from '../../workflows/estimate-run.js';
import { PauseReasonEnum, RunRoleEnum, RunStateEnum, TrainerPhaseEnum } from './enums.js';
import { RunSpecInput } from './inputs.js';
import { EvaluationType, evaluationViews, SegmentType, segmentView } from './run-types.js';
import { estimateView, PlanType, planView, RunEstimateType } from './plan-types.js';
import { kwh } from './kwh.js';

@ObjectType('EstimateError', { description: 'How wrong an estimate was: (actual − estimated) / estimated.' })
export class EstimateErrorType {
  @Field(() => String, { description: 'Basis of the estimate.' })
  basis!: string;
  @Field(() => Float, { description: 'Of the duration, per cent; positive: the run took longer.' })
  durationPercent!: number;
  @Field(() => Float, { description: 'Of the mean power, per cent; positive: the run drew more.' })
  powerPercent!: number;
}

const estimateErrorView = ({ state, summary }: StoredRun): EstimateErrorType | null => {
  const { firstEstimate } = summary;
  const outcome = outcomeOf(summary);
  if (state !== 'succeeded' || firstEstimate === undefined || outcome === undefined) return null;
  const { duration, power } = ratioOf(firstEstimate, outcome);
  return { basis: firstEstimate.basis, durationPercent: 100 * (duration - 1), powerPercent: 100 * (power - 1) };
};

@ObjectType('Run', { description: 'One run of an experiment.' })
export class RunType {
  /** Not a field: what the resolvers work on. */
  stored!: StoredRun;
  @Field(() => ID, { description: 'Id of the run.' })
  id!: string;
  @Field(() => String, { description: 'Name, unique within its experiment.' })
  name!: string;
  @Field(() => RunRoleEnum, { description: 'Role in the experiment.' })
  role!: string;
  @Field(() => String, { description: 'Grid zone of its latest or next segment; its home zone is in its spec.' })
  zone!: string;
  @Field(() => String, { description: 'Project whose policy and budgets hold for it.' })
  project!: string;
  @Field(() => Float, { nullable: true, description: 'What it may emit in gCO2eq, as raised; null without a budget of its own.' })
  budgetGco2eq!: number | null;
  @Field(() => RunEstimateType, { nullable: true, description: 'What it is expected to take in all, as refined since.' })
  estimate!: RunEstimateType | null;
  @Field(() => EstimateErrorType, { nullable: true, description: 'How wrong the first estimate was; null until it has succeeded.' })
  estimateError!: EstimateErrorType | null;
  @Field(() => RunStateEnum, { description: 'Where it stands.' })
  state!: string;
  @Field(() => PauseReasonEnum, { nullable: true, description: 'Why it is paused.' })
  pauseReason!: string | null;
  @Field(() => String, { description: 'Why it is in this state, in words.' })
  stateMessage!: string;
  @Field(() => RunSpecInput, { description: 'What was asked for, defaults filled in.' })
  spec!: RunSpecInput;
  @Field(() => String, { description: 'The same as a YAML run file.' })
  specYaml!: string;
  @Field(() => DateTime, { description: 'Submission, real time.' })
  submittedAt!: Date;
  @Field(() => DateTime, { description: 'Submission, grid time.' })
  submittedGridAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'To be done by, grid time; null without a deadline.' })
  deadlineGridAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'First claimed by a worker, real time.' })
  startedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'First claimed by a worker, grid time.' })
  startedGridAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'End, real time.' })
  finishedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'End, grid time.' })
  finishedGridAt!: Date | null;
  @Field(() => Float, { nullable: true, description: 'Grid seconds from submission to the first start.' })
  delaySeconds!: number | null;
  @Field(() => PlanType, { nullable: true, description: 'When it trains, and why.' })
  plan!: PlanType | null;
  @Field(() => [SegmentType], { description: 'Stretches on a host.' })
  segments!: SegmentType[];
  @Field(() => TrainerPhaseEnum, { nullable: true, description: 'What its trainer does; null while none runs.' })
  phase!: string | null;
  @Field(() => Int, { nullable: true, description: 'Optimiser steps done.' })
  step!: number | null;
  @Field(() => Int, { nullable: true, description: 'Optimiser steps of the whole run; null before its first start.' })
  totalSteps!: number | null;
  @Field(() => Int, { nullable: true, description: 'Epoch, from 1.' })
  epoch!: number | null;
  @Field(() => Float, { nullable: true, description: 'Mean training loss per image, lately.' })
  trainingLoss!: number | null;
  @Field(() => Float, { nullable: true, description: 'Images trained per real second, lately.' })
  imagesPerSecond!: number | null;
  @Field(() => Int, { nullable: true, description: 'Weights and biases that training changes; null before its first start.' })
  trainableParameters!: number | null;
  @Field(() => Float, { nullable: true, description: 'Mean power of the last sample in W; null while it does not run.' })
  powerWatts!: number | null;
  @Field(() => Float, { nullable: true, description: 'Intensity the last sample was booked on, in gCO2eq/kWh.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => Float, { description: 'kWh of the host while it ran, overhead included, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'kWh of start-up, checkpoints and resumes.' })
  overheadEnergyKwh!: number;
  @Field(() => Float, { nullable: true, description: 'Real seconds metered.' })
  trainingSeconds!: number | null;
  @Field(() => Float, { description: 'Accuracy of guessing, 0 to 1.' })
  chanceAccuracy!: number;
  @Field(() => Float, { nullable: true, description: 'Accuracy of the final evaluation, 0 to 1; null before it.' })
  accuracy!: number | null;
  @Field(() => [EvaluationType], { description: 'In order.' })
  evaluations!: EvaluationType[];
  @Field(() => Float, { nullable: true, description: 'Most bytes held in tensors (and scratch) at once while training.' })
  peakMemoryBytes!: number | null;
  @Field(() => Float, { nullable: true, description: 'Real seconds of training spent waiting for examples to be read; null before any.' })
  dataWaitSeconds!: number | null;
  @Field(() => Float, { nullable: true, description: 'The same in % of the time trained.' })
  dataWaitPercent!: number | null;
  @Field(() => [String], { description: 'Warnings of its log.' })
  warnings!: string[];
  @Field(() => String, { nullable: true, description: 'The error it failed with.' })
  failure!: string | null;
  @Field(() => Int, { description: 'Sequence of the last event of its log.' })
  lastSequence!: number;
}

export const runView = (stored: StoredRun): RunType => {
  const { summary } = stored;
  const booked = bookedInAll(summary);
  return {
    stored,
    id: stored.id,
    name: stored.name,
    role: stored.role,
    zone: stored.zone,
    project: stored.project,
    budgetGco2eq: summary.raisedBudget ?? stored.spec.budget ?? null,
    estimate: summary.estimate === undefined ? null : estimateView(summary.estimate),
    estimateError: estimateErrorView(stored),
    state: stored.state,
    pauseReason: summary.pauseReason ?? null,
    stateMessage: summary.stateMessage,
    spec: specView(stored.spec),
    specYaml: specYaml(stored.spec),
    submittedAt: new Date(stored.submittedAt),
    submittedGridAt: new Date(stored.submittedGridAt),
    deadlineGridAt: date(stored.deadlineGridAt),
    startedAt: date(summary.started?.at),
    startedGridAt: date(summary.started?.gridAt),
    finishedAt: date(summary.finished?.at),
    finishedGridAt: date(summary.finished?.gridAt),
    delaySeconds: summary.started === undefined ? null : (summary.started.gridAt - stored.submittedGridAt) / 1000,
    plan: summary.plan === undefined ? null : planView(summary.plan),
    segments: summary.segments.map(segmentView),
    phase: summary.phase ?? null,
    step: summary.progress?.step ?? null,
    totalSteps: summary.totalSteps ?? null,
    epoch: summary.progress?.epoch ?? null,
    trainingLoss: summary.progress?.loss ?? null,
    imagesPerSecond: summary.progress?.imagesPerSecond ?? null,
    trainableParameters: summary.trainableParameters ?? null,
    powerWatts: summary.powerWatts ?? null,
    intensityGco2eqPerKwh: summary.intensityGco2eqPerKwh ?? null,
    energyKwh: kwh(booked.energy),
    overheadEnergyKwh: kwh(summary.booked.overhead.energy),
    trainingSeconds: booked.durationMs > 0 ? booked.durationMs / 1000 : null,
    chanceAccuracy: chanceAccuracy(stored.spec.training.dataset),
    accuracy: summary.evaluations.find(({ final }) => final)?.accuracy ?? null,
    evaluations: evaluationViews(summary.evaluations),
    peakMemoryBytes: summary.peakMemoryBytes ?? null,
    dataWaitSeconds: summary.dataWait === undefined ? null : summary.dataWait.waitedMs / 1000,
    dataWaitPercent: summary.dataWait === undefined ? null : (100 * summary.dataWait.waitedMs) / summary.dataWait.trainingMs,
    warnings: [...summary.warnings],
    failure: summary.failure ?? null,
    lastSequence: stored.lastSequence,
  };
};

const date = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));

/** The spec in the input's own form, so that what comes out can be sent in again. */
const specView = (spec: RunSpec): RunSpecInput => ({ ...writtenSpec(spec), budgetGco2eq: spec.budget ?? null });
