/** Enumerations of the API and the words of the domain they stand for. */
import { registerEnumType } from 'type-graphql';
import { BOOKED_DIMENSIONS } from '../../emissions/booked-groups.js';
import { EXPORT_FORMATS } from '../../workflows/answers.js';

const words = <const W extends readonly string[]>(all: W) =>
  Object.fromEntries(all.map((word) => [word.toUpperCase().replaceAll('-', '_'), word])) as Readonly<Record<string, W[number]>>;

const register = (enumeration: object, name: string, description: string, values: Readonly<Record<string, string>>) => {
  const valuesConfig = Object.fromEntries(Object.entries(values).map(([value, text]) => [value, { description: text }]));
  registerEnumType(enumeration, { name, description, valuesConfig });
};

export const RunStateEnum = words(['planned', 'queued', 'running', 'paused', 'succeeded', 'failed', 'halted', 'cancelled']);
register(RunStateEnum, 'RunState', 'Where a run stands.', {
  PLANNED: 'Its window is in the future.',
  QUEUED: 'Wants to start and waits for a free host.',
  RUNNING: 'A worker trains it.',
  PAUSED: 'Checkpointed; goes on when resumed.',
  SUCCEEDED: 'Trained to its end.',
  FAILED: 'Ended by an error, see `failure`.',
  HALTED: 'Ended by its budget, until that is raised.',
  CANCELLED: 'Ended by its user.',
});

export const PauseReasonEnum = words(['by-user', 'preempted', 'high-carbon', 'migrating']);
register(PauseReasonEnum, 'PauseReason', 'Why a run is paused.', {
  BY_USER: 'Its user asked for it.',
  PREEMPTED: 'Its worker went away.',
  HIGH_CARBON: 'The grid is above its ceiling.',
  MIGRATING: 'It moves to another zone.',
});

export const RunRoleEnum = words(['baseline', 'candidate']);
register(RunRoleEnum, 'RunRole', 'What a run is in its experiment.', {
  BASELINE: 'What the others are compared with; at most one per experiment.',
  CANDIDATE: 'Compared with the baseline.',
});

export const ScheduleModeEnum = words(['immediate', 'planned', 'threshold']);
register(ScheduleModeEnum, 'ScheduleMode', 'When a run trains.', {
  IMMEDIATE: 'At once.',
  PLANNED: 'In the time of least expected carbon before its deadline.',
  THRESHOLD: 'As soon as the intensity is at or below a ceiling.',
});

export const IntensityKindEnum = words(['average', 'marginal']);
register(IntensityKindEnum, 'IntensityKind', 'What kind of carbon intensity a value is; the two are never mixed.', {
  AVERAGE: 'Of all generation that served the zone.',
  MARGINAL: 'Of the generation that would answer one more kilowatt-hour.',
});

export const FactorTypeEnum = words(['lifecycle', 'direct']);
register(FactorTypeEnum, 'FactorType', 'Which emissions the factors count.', {
  LIFECYCLE: 'From building the plant to its end, fuel chain included.',
  DIRECT: 'From burning fuel only.',
});

export const ProvenanceEnum = words(['measured', 'estimated', 'forecast', 'recorded', 'synthetic']);
register(ProvenanceEnum, 'Provenance', 'How a value is known.', {
  MEASURED: 'Stated by its source as measured.',
  ESTIMATED: 'Stated by its source as an estimate.',
  FORECAST: 'Expected, not yet known.',
  RECORDED: 'A measured value of the past, read from a recorded trace.',
  SYNTHETIC: 'Made by a formula.',
});

export const ForecastMethodEnum = words(['best', 'source', 'builtin', 'persistence-24h']);
register(ForecastMethodEnum, 'ForecastMethod', 'How a forecast is made.', {
  BEST: "By the zone's own source as far as it reaches, then by the built-in forecaster.",
  SOURCE: "By the zone's own source only.",
  BUILTIN: "By the built-in forecaster, from the zone's history.",
  PERSISTENCE_24H: 'As the same hour was when it was last over.',
});

export const SourceHealthEnum = words(['answering', 'failing', 'left-alone', 'not-asked', 'local']);
register(SourceHealthEnum, 'SourceHealth', 'How a source is doing.', {
  ANSWERING: 'It answered the last time it was asked.',
  FAILING: 'It failed the last time it was asked, and is asked again.',
  LEFT_ALONE: 'It failed so often that it is left alone for a while.',
  NOT_ASKED: 'It was not needed yet: a source before it in the list answers.',
  LOCAL: 'A table, a trace or a formula: nothing is called.',
});

export const TrainerPhaseEnum = words(['starting', 'preparing', 'training', 'evaluating', 'checkpointing']);
register(TrainerPhaseEnum, 'TrainerPhase', 'What a trainer is busy with; starting and checkpointing are overhead.', {
  STARTING: 'Loads the backend, the data and the checkpoint.',
  PREPARING: 'Converts the dataset into the cache.',
  TRAINING: 'Takes optimiser steps.',
  EVALUATING: 'Measures accuracy on test images.',
  CHECKPOINTING: 'Writes its state to disk.',
});

export const EnergyPurposeEnum = words(['active', 'overhead']);
register(EnergyPurposeEnum, 'EnergyPurpose', 'What energy was drawn for.', {
  ACTIVE: 'Training and evaluating.',
  OVERHEAD: 'Start-up, checkpoint and resume.',
});

export const ExportFormatEnum = words(EXPORT_FORMATS);
register(ExportFormatEnum, 'ExportFormat', 'What runs are exported as.', {
  CODECARBON_CSV: "CodeCarbon's emissions.csv, all 38 columns.",
  SUMMARY_JSON: 'One object a run, in the units people compare.',
  SCI_JSON: 'Software Carbon Intensity (ISO/IEC 21031:2024) per functional unit.',
  BOAMPS_JSON: "Boavizta's format for the energy of AI tasks.",
  AI_ACT_MARKDOWN: 'Training energy for the technical documentation of the EU AI Act, Annex XI.',
  SAMPLES_PARQUET: 'Raw power samples as Parquet.',
});

export const ExportScopeEnum = words(['machine', 'process']);
register(ExportScopeEnum, 'ExportScope', 'Whose energy a CodeCarbon CSV states, its `tracking_mode`.', {
  MACHINE: 'The whole host while the run trained.',
  PROCESS: "The run's own share above the host at rest.",
});

export const FunctionalUnitEnum = words(['run', 'epoch', 'accuracy-point', 'inference']);
register(FunctionalUnitEnum, 'FunctionalUnit', 'What Software Carbon Intensity is stated for.', {
  RUN: 'The whole run.',
  EPOCH: 'One epoch of it.',
  ACCURACY_POINT: 'One accuracy point above guessing.',
  INFERENCE: 'One inference of as many as are given.',
});

export const WeekdayEnum = words(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
register(WeekdayEnum, 'Weekday', 'A day of the week.', {
  MON: 'Monday.',
  TUE: 'Tuesday.',
  WED: 'Wednesday.',
  THU: 'Thursday.',
  FRI: 'Friday.',
  SAT: 'Saturday.',
  SUN: 'Sunday.',
});

export const BudgetPeriodEnum = words(['day', 'week', 'month']);
register(BudgetPeriodEnum, 'BudgetPeriod', 'How long a budget lasts until it begins anew.', {
  DAY: 'From midnight to midnight.',
  WEEK: 'From Monday on.',
  MONTH: 'From the 1st on.',
});

export const ProjectionActionEnum = words(['warn', 'halt']);
register(ProjectionActionEnum, 'ProjectionAction', 'What happens when a run is expected to pass a budget.', {
  WARN: 'It is warned, and halted when it really would.',
  HALT: 'It is refused, or halted at once.',
});

export const DecisionKindEnum = words(['start', 'wait', 'pause', 'resume', 'migrate', 'keep', 'replan', 'refuse', 'halt']);
register(DecisionKindEnum, 'DecisionKind', 'What was decided about a run.', {
  START: 'It may start.',
  WAIT: 'It does not start yet.',
  PAUSE: 'It checkpoints, and its next segment is queued for later.',
  RESUME: 'It may go on.',
  MIGRATE: 'It goes on in another zone.',
  KEEP: 'It stays with its plan.',
  REPLAN: 'It takes another plan.',
  REFUSE: 'It will not start.',
  HALT: 'It ends before a budget is passed.',
});

export const TrackedStatusEnum = words(['scheduled', 'running', 'finished', 'failed', 'killed']);
register(TrackedStatusEnum, 'TrackedStatus', 'Where a run stands, in the words of experiment trackers.', {
  SCHEDULED: 'Planned, queued or paused: it waits for its next segment.',
  RUNNING: 'It trains.',
  FINISHED: 'It succeeded.',
  FAILED: 'It failed.',
  KILLED: 'It was halted or cancelled.',
});

export const BookedDimensionEnum = words(BOOKED_DIMENSIONS);
register(BookedDimensionEnum, 'BookedDimension', 'What totals are by.', {
  PROJECT: 'By project.',
  EXPERIMENT: 'By experiment.',
  RUN: 'By run.',
  ZONE: 'By grid zone.',
  DAY: 'By day of the grid, UTC.',
  HOUR_OF_DAY: 'By hour of the day, local time of the zone.',
  READING: 'By source and sort of the readings they are booked on.',
  PURPOSE: 'By what the energy was drawn for.',
});
