/** Why an experiment was not taken. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { Nearest } from '../../policy/refusal.js';
import { HOUR_MS } from '../../units/time.js';
import type { Refusal } from '../../workflows/plan-within-rules.js';
import { PolicyRuleType, ruleView } from './policy-types.js';

@ObjectType('NoWindowBeforeDeadline', { description: 'Refused: the run does not fit before its deadline. Nothing was stored.' })
export class NoWindowBeforeDeadlineType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => DateTime, { description: 'The deadline, grid time.' })
  deadline!: Date;
  @Field(() => Float, { description: 'Grid hours it is estimated to need.' })
  neededHours!: number;
  @Field(() => String, { description: 'What was given, and what would do.' })
  message!: string;
}

@ObjectType('ForecastUnknown', { description: 'Refused: no forecast covers any window. Nothing was stored.' })
export class ForecastUnknownType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => String, { description: 'What is missing, and what would do.' })
  message!: string;
}

@ObjectType('NearestAllowed', { description: 'The nearest thing the rules would allow; one of its fields is set.' })
export class NearestAllowedType {
  @Field(() => Float, { nullable: true, description: 'Grid hours of more time that would do.' })
  extraHours!: number | null;
  @Field(() => DateTime, { nullable: true, description: 'With them: when it would start, grid time.' })
  start!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'With them: when it would end, grid time.' })
  end!: Date | null;
  @Field(() => Float, { nullable: true, description: 'A ceiling that would do.' })
  ceilingGco2eqPerKwh!: number | null;
  @Field(() => [String], { nullable: true, description: 'Grid zones that would do.' })
  zones!: string[] | null;
}

@ObjectType('PolicyForbids', { description: 'Refused: the rules of its project leave it no time or place. Nothing was stored.' })
export class PolicyForbidsType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => [PolicyRuleType], { description: 'The rules that forbid it.' })
  rules!: PolicyRuleType[];
  @Field(() => NearestAllowedType, { nullable: true, description: 'The nearest thing they would allow; null when none is known.' })
  nearest!: NearestAllowedType | null;
  @Field(() => String, { description: 'The same in words.' })
  message!: string;
}

@ObjectType('BudgetExceeded', { description: 'Refused: it is expected to pass a budget whose policy says halt. Nothing was stored.' })
export class BudgetExceededType {
  kind!: string;
  @Field(() => String, { description: 'Name of the run.' })
  run!: string;
  @Field(() => PolicyRuleType, { description: 'The budget.' })
  rule!: PolicyRuleType;
  @Field(() => Float, { description: 'What it is expected to emit.' })
  expectedEmissionsGco2eq!: number;
  @Field(() => String, { description: 'What was expected, and what would do.' })
  message!: string;
}

const nearestView = (nearest: Nearest): NearestAllowedType => ({
  extraHours: nearest.kind === 'more-slack' ? nearest.extraMs / HOUR_MS : null,
  start: nearest.kind === 'more-slack' ? new Date(nearest.segments[0]!.start) : null,
  end: nearest.kind === 'more-slack' ? new Date(nearest.segments.at(-1)!.end) : null,
  ceilingGco2eqPerKwh: nearest.kind === 'higher-ceiling' ? nearest.ceiling : null,
  zones: nearest.kind === 'zones' ? [...nearest.zones] : null,
});

export const refusalView = (
  run: string,
  refusal: Refusal,
): NoWindowBeforeDeadlineType | ForecastUnknownType | PolicyForbidsType | BudgetExceededType => {
  const { message } = refusal;
  switch (refusal.kind) {
    case 'no-window-before-deadline':
      return {
        kind: 'NoWindowBeforeDeadline',
        run,
        deadline: new Date(refusal.deadline),
        neededHours: refusal.neededMs / HOUR_MS,
        message,
      };
    case 'forecast-unknown':
      return { kind: 'ForecastUnknown', run, message };
    case 'policy-forbids': {
      const nearest = refusal.nearest === undefined ? null : nearestView(refusal.nearest);
      return { kind: 'PolicyForbids', run, rules: refusal.rules.map(ruleView), nearest, message };
    }
    case 'budget-exceeded':
      return { kind: 'BudgetExceeded', run, rule: ruleView(refusal.rule), expectedEmissionsGco2eq: refusal.expected, message };
  }
};
