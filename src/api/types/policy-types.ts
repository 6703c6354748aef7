/** Policies and the rules in force, as the API takes and shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import { ruleInWords } from '../../policy/in-words.js';
import type { StoredPolicy } from '../../policy/policy-book.js';
import type { Policy, QuietHours, Rule } from '../../policy/policy.js';
import { MINUTE_MS } from '../../units/time.js';
import type { PolicyInForce } from '../../workflows/set-policy.js';
import { BudgetPeriodEnum, IntensityKindEnum, ProjectionActionEnum, ProvenanceEnum, WeekdayEnum } from './enums.js';

@InputType('QuietHoursInput', { description: 'No training between two local times of the zone.' })
@ObjectType('QuietHours', { description: 'No training between two local times of the zone.' })
export class QuietHoursInput {
  @Field(() => [WeekdayEnum], { nullable: true, description: 'Days on which the span begins; every day when absent.' })
  days?: string[] | null;
  @Field(() => String, { description: 'Local time like 17:30.' })
  from!: string;
  @Field(() => String, { description: 'Local time like 21:00 or 24:00; before `from` it is of the next day.' })
  to!: string;
}

@InputType('PeriodBudgetInput', { description: 'What the runs of one project may emit together in each period of grid time.' })
@ObjectType('PeriodBudget', { description: 'What the runs of one project may emit together in each period of grid time.' })
export class PeriodBudgetInput {
  @Field(() => Float, { description: 'gCO2eq, above 0.' })
  gco2eq!: number;
  @Field(() => BudgetPeriodEnum, { description: 'How long a period is.' })
  period!: string;
  @Field(() => String, { nullable: true, description: 'IANA time zone in which periods begin; UTC when absent.' })
  timeZone?: string | null;
}

@InputType('PolicyInput', { description: 'Rules for one project, or for every project of the organisation. Rules left out are not made.' })
@ObjectType('PolicyDocument', { description: 'Rules for one project, or for every project of the organisation.' })
export class PolicyInput {
  @Field(() => String, { description: 'Lower-case letters, digits and inner hyphens.' })
  name!: string;
  @Field(() => String, { nullable: true, description: "Whose policy it is; the organisation's when absent." })
  project?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Its rules are judged and recorded, not enforced.' })
  dryRun?: boolean | null;
  @Field(() => Float, { nullable: true, description: 'No training while the intensity is above so many gCO2eq/kWh, or unknown.' })
  ceilingGco2eqPerKwh?: number | null;
  @Field(() => [QuietHoursInput], { nullable: true, description: 'No training in these hours.' })
  quietHours?: QuietHoursInput[] | null;
  @Field(() => [String], { nullable: true, description: 'Training in these grid zones only.' })
  allowedZones?: string[] | null;
  @Field(() => String, {
    nullable: true,
    description: 'ISO-8601 duration of grid time by which a run may end later than if it had started at once, PT0S to P30D.',
  })
  maximumDelay?: string | null;
  @Field(() => [ProvenanceEnum], { nullable: true, description: 'Training only while the reading in force is known in one of these ways.' })
  requiredProvenance?: string[] | null;
  @Field(() => IntensityKindEnum, { nullable: true, description: 'Training only on intensities of this kind.' })
  requiredKind?: string | null;
  @Field(() => Float, { nullable: true, description: 'What each run may emit, gCO2eq.' })
  runBudgetGco2eq?: number | null;
  @Field(() => [PeriodBudgetInput], { nullable: true, description: 'What the project may emit per period.' })
  budgets?: PeriodBudgetInput[] | null;
  @Field(() => ProjectionActionEnum, { nullable: true, description: 'When a run is expected to pass a budget; WARN when absent.' })
  onProjection?: string | null;
}

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const quietView = ({ days, fromMinute, toMinute }: QuietHours): QuietHoursInput => ({
  days: [...days],
  from: clock(fromMinute),
  to: clock(toMinute),
});

/** The policy in the input's own form, so that what comes out can be sent in again. */
const documentView = (policy: Policy): PolicyInput => ({
  name: policy.name,
  project: policy.project ?? null,
  dryRun: policy.dryRun,
  ceilingGco2eqPerKwh: policy.ceiling ?? null,
  quietHours: policy.quietHours.map(quietView),
  allowedZones: policy.allowedZones === undefined ? null : [...policy.allowedZones],
  maximumDelay: policy.maximumDelayMs === undefined ? null : `PT${policy.maximumDelayMs / MINUTE_MS}M`,
  requiredProvenance: policy.requiredProvenance === undefined ? null : [...policy.requiredProvenance],
  requiredKind: policy.requiredKind ?? null,
  runBudgetGco2eq: policy.runBudget ?? null,
  budgets: policy.budgets.map(({ most, period, timeZone }) => ({ gco2eq: most, period, timeZone })),
  onProjection: policy.onProjection,
});

@ObjectType('PolicyVersion', { description: 'A policy as it was set; it holds until the next version.' })
export class PolicyVersionType {
  @Field(() => Int, { description: 'From 1, per project and for the organisation.' })
  version!: number;
  @Field(() => DateTime, { description: 'Real time at which it was set.' })
  setAt!: Date;
  @Field(() => DateTime, { description: 'Grid time at which it was set.' })
  setGridAt!: Date;
  @Field(() => PolicyInput, { description: 'Its rules.' })
  document!: PolicyInput;
}

export const policyVersionView = ({ policy, version, setAt, setGridAt }: StoredPolicy): PolicyVersionType => ({
  version,
  setAt: new Date(setAt),
  setGridAt: new Date(setGridAt),
  document: documentView(policy),
});

@ObjectType('PolicyRule', { description: 'One rule in force.' })
export class PolicyRuleType {
  @Field(() => String, {
    description:
      '`ceiling`, `quiet-hours`, `allowed-zones`, `maximum-delay`, `required-provenance`, `required-kind`, `run-budget` or `project-budget`.',
  })
  kind!: string;
  @Field(() => String, { description: 'The rule and the policy it is from, in words.' })
  text!: string;
  @Field(() => String, { description: 'Name of the policy it is from.' })
  policy!: string;
  @Field(() => Int, { description: 'Version of that policy.' })
  version!: number;
  @Field(() => String, { nullable: true, description: "Project of that policy; null for the organisation's." })
  project!: string | null;
  @Field(() => Boolean, { description: 'Recorded, not enforced.' })
  dryRun!: boolean;
}

export const ruleView = (rule: Rule): PolicyRuleType => ({
  kind: rule.kind,
  text: ruleInWords(rule),
  policy: rule.origin.policy,
  version: rule.origin.version,
  project: rule.origin.project ?? null,
  dryRun: rule.origin.dryRun,
});

@ObjectType('PolicyInForce', { description: "What holds for a project: its own policy and the organisation's." })
export class PolicyInForceType {
  @Field(() => [PolicyVersionType], { description: 'The newest version of each.' })
  policies!: PolicyVersionType[];
  @Field(() => [PolicyRuleType], { description: 'Their rules together; of two of a kind the stricter.' })
  rules!: PolicyRuleType[];
  @Field(() => [PolicyVersionType], { description: 'Every version, oldest first.' })
  versions!: PolicyVersionType[];
}

export const inForceView = ({ policies, rules, versions }: PolicyInForce): PolicyInForceType => ({
  policies: policies.map(policyVersionView),
  rules: rules.map(ruleView),
  versions: versions.map(policyVersionView),
});
