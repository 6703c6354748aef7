/** A run's log as the API shows it: one interface, one type per kind of fact. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { DecisionType } from './decision-type.js';
import { EnergyPurposeEnum, PauseReasonEnum, ProvenanceEnum, RunStateEnum, TrainerPhaseEnum } from './enums.js';
import { PlanType, RunEstimateType } from './plan-types.js';

@InterfaceType('RunEvent', { description: "One fact of a run's log.", resolveType: (event: RunEventType) => event.kind })
export abstract class RunEventType {
  /** Name of the GraphQL type. */
  kind!: string;
  @Field(() => ID, { description: 'The run.' })
  run!: string;
  @Field(() => Int, { description: "Place in the run's log, from 1 without gaps: the cursor to go on from." })
  sequence!: number;
  @Field(() => DateTime, { description: 'Real time.' })
  at!: Date;
  @Field(() => DateTime, { description: 'Grid time.' })
  gridAt!: Date;
}

@ObjectType('RunStateChanged', { implements: RunEventType, description: 'The run moved to another state.' })
export class RunStateChangedType extends RunEventType {
  @Field(() => RunStateEnum, { nullable: true, description: 'State before; null at submission.' })
  from!: string | null;
  @Field(() => RunStateEnum, { description: 'State now.' })
  to!: string;
  @Field(() => PauseReasonEnum, { nullable: true, description: 'Why it is paused.' })
  pauseReason!: string | null;
  @Field(() => String, { description: 'Why, in words.' })
  message!: string;
}

@ObjectType('PlanDecided', { implements: RunEventType, description: 'A plan was made.' })
export class PlanDecidedType extends RunEventType {
  @Field(() => PlanType, { description: 'The plan.' })
  plan!: PlanType;
}

@ObjectType('SegmentStarted', { implements: RunEventType, description: 'A trainer is ready on a host.' })
export class SegmentStartedType extends RunEventType {
  @Field(() => Int, { description: 'From 1.' })
  segment!: number;
  @Field(() => String, { description: 'Host it runs on.' })
  host!: string;
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => String, { description: 'Code that computes: backend, kernels and numeric class.' })
  backend!: string;
  @Field(() => Int, { description: 'Weights and biases that training changes.' })
  trainableParameters!: number;
  @Field(() => Int, { description: 'Optimiser steps of the whole run.' })
  totalSteps!: number;
  @Field(() => Int, { description: 'Optimiser steps done before.' })
  step!: number;
  @Field(() => String, { nullable: true, description: 'Checkpoint it goes on from; null for a fresh start.' })
  resumedFrom!: string | null;
}

@ObjectType('DecisionMade', { implements: RunEventType, description: 'A line of the decision log.' })
export class DecisionMadeType extends RunEventType {
  @Field(() => DecisionType, { description: 'The decision.' })
  decision!: DecisionType;
}

@ObjectType('EstimateRefined', { implements: RunEventType, description: 'What the whole run is expected to take, by what of it is done.' })
export class EstimateRefinedType extends RunEventType {
  @Field(() => RunEstimateType, { description: 'The estimate.' })
  estimate!: RunEstimateType;
}

@ObjectType('RunBudgetRaised', { implements: RunEventType, description: 'The run may emit more.' })
export class RunBudgetRaisedType extends RunEventType {
  @Field(() => Float, { description: 'Its budget from now on.' })
  budgetGco2eq!: number;
}

@ObjectType('PhaseChanged', { implements: RunEventType, description: 'The trainer turned to something else.' })
export class PhaseChangedType extends RunEventType {
  @Field(() => TrainerPhaseEnum, { description: 'What it does now.' })
  phase!: string;
}

@ObjectType('TrainingProgressed', { implements: RunEventType, description: 'Training went on; about twice a second.' })
export class TrainingProgressedType extends RunEventType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Int, { description: 'Epoch, from 1.' })
  epoch!: number;
  @Field(() => Float, { description: 'Mean training loss per image since the last such event.' })
  trainingLoss!: number;
  @Field(() => Float, { description: 'Images trained per real second.' })
  imagesPerSecond!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'Real seconds of training spent waiting for examples to be read, since the last such event.',
  })
  dataWaitSeconds!: number | null;
  @Field(() => Float, { description: 'Most bytes held in tensors at once.' })
  peakMemoryBytes!: number;
}

@ObjectType('EpochEnded', { implements: RunEventType, description: 'All training images were seen once more.' })
export class EpochEndedType extends RunEventType {
  @Field(() => Int, { description: 'Epoch, from 1.' })
  epoch!: number;
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Float, { description: 'Mean training loss per image of the epoch.' })
  trainingLoss!: number;
  @Field(() => Float, { description: 'Real seconds since the epoch began in this segment.' })
  durationSeconds!: number;
}

@ObjectType('EvaluationRecorded', { implements: RunEventType, description: 'Accuracy was measured on test images.' })
export class EvaluationRecordedType extends RunEventType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Int, { description: 'Epoch, from 1.' })
  epoch!: number;
  @Field(() => Float, { description: 'Share of images classified right, 0 to 1.' })
  accuracy!: number;
  @Field(() => Float, { description: 'Mean cross-entropy per image.' })
  loss!: number;
  @Field(() => Int, { description: 'Test images looked at.' })
  images!: number;
  @Field(() => Boolean, { description: 'The last one, on all test images of the spec.' })
  final!: boolean;
}

@ObjectType('CheckpointSaved', { implements: RunEventType, description: "The run's state is safely on disk." })
export class CheckpointSavedType extends RunEventType {
  @Field(() => Int, { description: 'Optimiser steps done.' })
  step!: number;
  @Field(() => Float, { description: 'Size in bytes.' })
  bytes!: number;
  @Field(() => String, { description: 'SHA-256 of its content, hexadecimal.' })
  sha256!: string;
  @Field(() => Float, { description: 'Real seconds it took.' })
  durationSeconds!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'Real seconds of it that training stood still; null in logs from when that was all of it.',
  })
  heldSeconds!: number | null;
}

@ObjectType('ComponentPower', { description: 'Mean power of one component over a sample, and how it is known.' })
export class ComponentPowerType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, { description: 'How it is known, like `rapl` or `cpu-load-model`.' })
  method!: string;
  @Field(() => Float, { nullable: true, description: 'W of the host; null for a sample of no length.' })
  powerWatts!: number | null;
  @Field(() => Float, { nullable: true, description: "W of it that are the run's own, above the host at rest; null where not known." })
  attributedPowerWatts!: number | null;
}

@ObjectType('EnergyBooked', { implements: RunEventType, description: 'A power sample was booked on the grid.' })
export class EnergyBookedType extends RunEventType {
  @Field(() => EnergyPurposeEnum, { description: 'What it was drawn for.' })
  purpose!: string;
  @Field(() => Float, { description: 'kWh of the sample, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'Mean power in W.' })
  powerWatts!: number;
  @Field(() => [ComponentPowerType], { description: 'The same by component.' })
  components!: ComponentPowerType[];
  @Field(() => Float, { nullable: true, description: 'Intensity at its end; null where unknown.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => ProvenanceEnum, { nullable: true, description: 'How that intensity is known; null where it is not.' })
  provenance!: string | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq of the sample; null where part of it is unknown.' })
  emissionsGco2eq!: number | null;
}

@ObjectType('RunPredicted', { implements: RunEventType, description: 'After the first epoch: what the whole run is expected to take.' })
export class RunPredictedType extends RunEventType {
  @Field(() => Float, { description: 'kWh of the host for the whole run.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'Real seconds metered.' })
  durationSeconds!: number;
  @Field(() => Float, { nullable: true, description: 'gCO2eq; null where the intensity was not known or not forecast.' })
  emissionsGco2eq!: number | null;
}

@ObjectType('LedgerRestated', { implements: RunEventType, description: 'Lines of the ledger were booked anew on better readings.' })
export class LedgerRestatedType extends RunEventType {
  @Field(() => Int, { description: 'Lines that were replaced.' })
  lines!: number;
  @Field(() => String, { description: 'From which readings to which.' })
  message!: string;
}

@ObjectType('WarningRaised', { implements: RunEventType, description: 'Something a reader should know.' })
export class WarningRaisedType extends RunEventType {
  @Field(() => String, { description: 'What.' })
  message!: string;
}

@ObjectType('RunFailed', { implements: RunEventType, description: 'What went wrong.' })
export class RunFailedType extends RunEventType {
  @Field(() => String, { description: 'The error.' })
  message!: string;
}

export const EVENT_TYPES = [
  RunStateChangedType,
  PlanDecidedType,
  DecisionMadeType,
  EstimateRefinedType,
  RunBudgetRaisedType,
  SegmentStartedType,
  PhaseChangedType,
  TrainingProgressedType,
  EpochEndedType,
  EvaluationRecordedType,
  CheckpointSavedType,
  EnergyBookedType,
  RunPredictedType,
  LedgerRestatedType,
  WarningRaisedType,
  RunFailedType,
] as const;
