/** Report notebooks as the API lists them. */
import { Field, ObjectType } from 'type-graphql';
import type { Reports } from '../../workflows/reports.js';

@ObjectType('ReportParameter', { description: 'What a report is to be told.' })
export class ReportParameterType {
  @Field(() => String, { description: 'Name; one called experiment may be given as id or as name.' })
  readonly name!: string;

  @Field(() => String, { description: 'What it is.' })
  readonly description!: string;

  @Field(() => String, { nullable: true, description: 'Taken when it is not given; null: it must be.' })
  readonly default!: string | null;
}

@ObjectType('Report', { description: 'A report notebook, served at /reports/<name>.' })
export class ReportType {
  @Field(() => String, { description: 'Name.' })
  readonly name!: string;

  @Field(() => String, { description: 'Title.' })
  readonly title!: string;

  @Field(() => String, { nullable: true, description: 'What it shows, in a sentence.' })
  readonly description!: string | null;

  @Field(() => [ReportParameterType], { description: 'What it takes.' })
  readonly parameters!: ReportParameterType[];
}

export const reportViews = (reports: ReturnType<Reports['list']>): ReportType[] =>
  reports.map(({ name, title, description, parameters }) => ({
    name,
    title,
    description: description ?? null,
    parameters: parameters.map((parameter) => ({ ...parameter, default: parameter.default ?? null })),
  }));
