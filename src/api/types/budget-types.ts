/** How budgets stand, and raising them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import type { ProjectBudgetState } from '../../workflows/budget-states.js';
import type { BudgetRaise } from '../../workflows/raise-budget.js';
import { BudgetPeriodEnum } from './enums.js';
import { PolicyRuleType, ruleView } from './policy-types.js';
import { RunType, runView } from './run-type.js';

@ObjectType('BudgetState', { description: "How a project's budget stands in the period that runs now." })
export class BudgetStateType {
  @Field(() => String, { description: 'The project.' })
  project!: string;
  @Field(() => PolicyRuleType, { description: 'The rule; dry-run ones are not enforced.' })
  rule!: PolicyRuleType;
  @Field(() => BudgetPeriodEnum, { description: 'How long a period is.' })
  period!: string;
  @Field(() => DateTime, { description: 'Start of the period, grid time.' })
  start!: Date;
  @Field(() => DateTime, { description: 'Its end, grid time.' })
  end!: Date;
  @Field(() => Float, { description: 'gCO2eq allowed in the period.' })
  mostGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq booked in it.' })
  spentGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq held back by runs that train now.' })
  reservedGco2eq!: number;
}

export const budgetStateView = ({ project, rule, period, spent, reserved }: ProjectBudgetState): BudgetStateType => ({
  project,
  rule: ruleView(rule),
  period: rule.period,
  start: new Date(period.start),
  end: new Date(period.end),
  mostGco2eq: rule.most,
  spentGco2eq: spent,
  reservedGco2eq: reserved,
});

@InputType('RaiseBudgetInput', { description: "A run's own budget, or a project's budget of a period." })
export class RaiseBudgetInput {
  @Field(() => ID, { nullable: true, description: 'The run whose own budget is raised.' })
  run?: string | null;
  @Field(() => String, { nullable: true, description: 'The project whose policy is given a larger budget.' })
  project?: string | null;
  @Field(() => BudgetPeriodEnum, { nullable: true, description: 'With `project`: which of its budgets.' })
  period?: string | null;
  @Field(() => Float, { description: 'The new budget in gCO2eq, more than the one it has.' })
  gco2eq!: number;
}

@ObjectType('BudgetRaised', { description: 'The budget is raised.' })
export class BudgetRaisedType {
  kind!: string;
  @Field(() => [RunType], { description: 'Halted runs that are queued again; what still has no room is halted again.' })
  resumed!: RunType[];
  @Field(() => String, { description: 'From what to what.' })
  message!: string;
}

@ObjectType('BudgetNotRaised', { description: 'Refused: nothing was changed.' })
export class BudgetNotRaisedType {
  kind!: string;
  @Field(() => String, { description: 'What was given, and what is allowed.' })
  message!: string;
}

export const RaiseBudgetResult = createUnionType({
  name: 'RaiseBudgetResult',
  description: 'What became of raising a budget.',
  types: () => [BudgetRaisedType, BudgetNotRaisedType] as const,
  resolveType: ({ kind }: { kind: string }) => kind,
});

export const raiseView = (answer: BudgetRaise): BudgetRaisedType | BudgetNotRaisedType =>
  answer.kind === 'raised'
    ? { kind: 'BudgetRaised', resumed: answer.resumed.map(runView), message: answer.message }
    : { kind: 'BudgetNotRaised', message: answer.message };
