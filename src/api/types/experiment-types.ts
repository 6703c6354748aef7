/** Experiments, and pages of a list. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import type { Page, StoredExperiment } from '../../record/run-log.js';
import { RunType } from './run-type.js';

@ObjectType('Experiment', { description: 'Runs that belong together.' })
export class ExperimentType {
  @Field(() => ID, { description: 'Id of the experiment.' })
  id!: string;
  @Field(() => String, { description: 'Name; several submissions may share it.' })
  name!: string;
  @Field(() => String, { description: 'Project whose policy and budgets hold.' })
  project!: string;
  @Field(() => DateTime, { description: 'Submission, real time.' })
  submittedAt!: Date;
  @Field(() => DateTime, { description: 'Submission, grid time.' })
  submittedGridAt!: Date;
}

export const experimentView = (stored: StoredExperiment): ExperimentType => ({
  id: stored.id,
  name: stored.name,
  project: stored.project,
  submittedAt: new Date(stored.submittedAt),
  submittedGridAt: new Date(stored.submittedGridAt),
});

@ObjectType('PageInfo', { description: 'Where a page ends.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there are more after it.' })
  hasNextPage!: boolean;
  @Field(() => String, { nullable: true, description: 'Cursor of its last item, to be given as `after`.' })
  endCursor!: string | null;
}

@ObjectType('RunEdge', { description: 'A run in a list.' })
export class RunEdgeType {
  @Field(() => String, { description: 'To be given as `after`.' })
  cursor!: string;
  @Field(() => RunType, { description: 'The run.' })
  node!: RunType;
}

@ObjectType('RunConnection', { description: 'A page of runs, newest first.' })
export class RunConnectionType {
  @Field(() => [RunEdgeType], { description: 'The items with their cursors.' })
  edges!: RunEdgeType[];
  @Field(() => PageInfoType, { description: 'Where the page ends.' })
  pageInfo!: PageInfoType;
}

@ObjectType('ExperimentEdge', { description: 'An experiment in a list.' })
export class ExperimentEdgeType {
  @Field(() => String, { description: 'To be given as `after`.' })
  cursor!: string;
  @Field(() => ExperimentType, { description: 'The experiment.' })
  node!: ExperimentType;
}

@ObjectType('ExperimentConnection', { description: 'A page of experiments, newest first.' })
export class ExperimentConnectionType {
  @Field(() => [ExperimentEdgeType], { description: 'The items with their cursors.' })
  edges!: ExperimentEdgeType[];
  @Field(() => PageInfoType, { description: 'Where the page ends.' })
  pageInfo!: PageInfoType;
}

/** Relay's form of a page; an item's id is its cursor. */
export const connectionView = <T extends { readonly id: string }, V>(page: Page<T>, view: (item: T) => V) => ({
  edges: page.items.map((item) => ({ cursor: item.id, node: view(item) })),
  pageInfo: { hasNextPage: page.hasMore, endCursor: page.items.at(-1)?.id ?? null },
});
