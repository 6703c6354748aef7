/** Runs as experiment trackers take them, and how their export is doing, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { TrackedPage, TrackedRun, TrackedStatus } from '../../tracking/tracked-run.js';
import type { LiveExportState } from '../../workflows/export-live.js';
import { TrackedStatusEnum } from './enums.js';

@ObjectType('TrackedEntry', { description: 'A parameter or a tag.' })
export class TrackedEntryType {
  @Field(() => String, { description: 'Its name.' })
  key!: string;
  @Field(() => String, { description: 'Its value.' })
  value!: string;
}

@ObjectType('TrackedTotal', { description: 'A figure of the whole run; its unit stands in its name.' })
export class TrackedTotalType {
  @Field(() => String, { description: 'Its name, with its unit.' })
  key!: string;
  @Field(() => Float, { description: 'Its value.' })
  value!: number;
}

@ObjectType('TrackedMetric', { description: 'A point of a metric over time; its unit stands in its name.' })
export class TrackedMetricType {
  @Field(() => Int, { description: 'Sequence of the event of the log it stands for.' })
  sequence!: number;
  @Field(() => String, { description: 'Its name, with its unit.' })
  key!: string;
  @Field(() => Float, { description: 'Its value.' })
  value!: number;
  @Field(() => DateTime, { description: 'When, real time.' })
  at!: Date;
  @Field(() => Int, { description: 'Optimiser steps.' })
  step!: number;
}

@ObjectType('TrackedPage', { description: 'A piece of a run’s log as metrics, in order.' })
export class TrackedPageType {
  @Field(() => [TrackedMetricType], { description: 'The metrics.' })
  metrics!: TrackedMetricType[];
  @Field(() => Int, { description: 'Sequence of the last event looked at: where the next page goes on.' })
  until!: number;
  @Field(() => Boolean, { description: 'Whether the log ends here for now.' })
  complete!: boolean;
}

export const trackedPageView = ({ points, until, complete }: TrackedPage): TrackedPageType => ({
  metrics: points.flatMap(({ sequence, metrics }) =>
    metrics.map(({ key, value, at, step }) => ({ sequence, key, value, at: new Date(at), step })),
  ),
  until,
  complete,
});

@ObjectType('TrackedRun', { description: 'A run as experiment trackers take it. What is unknown is absent, and a tag says why.' })
export class TrackedRunType {
  @Field(() => TrackedStatusEnum, { description: 'Where it stands, in the words of trackers.' })
  status!: TrackedStatus;
  @Field(() => DateTime, { nullable: true, description: 'When it ended, real time; null while something may follow.' })
  endedAt!: Date | null;
  @Field(() => [TrackedEntryType], { description: 'Its spec, flat.' })
  params!: TrackedEntryType[];
  @Field(() => [TrackedEntryType], { description: 'What is said of it.' })
  tags!: TrackedEntryType[];
  @Field(() => [TrackedTotalType], { description: 'Figures of the whole run, once it has ended.' })
  totals!: TrackedTotalType[];
  @Field(() => Int, { description: 'Optimiser steps at which the totals stand.' })
  step!: number;
}

const entries = <T>(values: Readonly<Record<string, T>>) => Object.entries(values).map(([key, value]) => ({ key, value }));

export const trackedRunView = ({ status, endedAt, params, tags, totals, step }: TrackedRun): TrackedRunType => ({
  status,
  endedAt: endedAt === undefined ? null : new Date(endedAt),
  params: entries(params),
  tags: entries(tags),
  totals: entries(totals),
  step,
});

@ObjectType('GivenUpExport', { description: 'A run of which a tracker is told nothing more.' })
export class GivenUpExportType {
  @Field(() => ID, { description: 'Id of the run.' })
  run!: string;
  @Field(() => String, { description: 'Why.' })
  reason!: string;
}

@ObjectType('TrackerExport', { description: 'How the live export to an experiment tracker is doing. It never holds up a run.' })
export class TrackerExportType {
  @Field(() => String, { description: 'The tracker and its address.' })
  name!: string;
  @Field(() => DateTime, { nullable: true, description: 'When it last took something; null: never yet.' })
  lastSuccessAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Since when it fails; null: it does not.' })
  failingSince!: Date | null;
  @Field(() => String, { nullable: true, description: 'How it fails.' })
  failure!: string | null;
  @Field(() => Int, { description: 'Runs with more in their log than it was told.' })
  runsWaiting!: number;
  @Field(() => Int, { description: 'Runs it was told everything of.' })
  runsUpToDate!: number;
  @Field(() => [GivenUpExportType], { description: 'Runs of which it is told nothing more.' })
  givenUp!: GivenUpExportType[];
}

export const trackerExportView = ({ name, lastSuccessAt, failure, waiting, upToDate, givenUp }: LiveExportState): TrackerExportType => ({
  name,
  lastSuccessAt: lastSuccessAt === undefined ? null : new Date(lastSuccessAt),
  failingSince: failure === undefined ? null : new Date(failure.since),
  failure: failure?.message ?? null,
  runsWaiting: waiting,
  runsUpToDate: upToDate,
  givenUp: givenUp.map(({ runId, reason }) => ({ run: runId, reason })),
});
