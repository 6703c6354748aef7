/** Policies, the rules in force, and compliance, as the API takes and shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ruleInWords } from '../../policy/in-words.js';
import type { Finding } from '../../policy/compliance.js';
import type { StoredPolicy } from '../../policy/policy-book.js';
import type { Policy, QuietHours, Rule } from '../../policy/policy.js';
import { MINUTE_MS } from '../../units/time.js';
import type { ProjectBudgetState } from '../../workflows/budget-states.js';
import type { BudgetRaise } from '../../workflows/raise-budget.js';
import type { BudgetJudgement, ComplianceReport, RunCompliance } from '../../workflows/report-compliance.js';
import type { PolicyInForce } from '../../workflows/set-policy.js';
import { BudgetPeriodEnum, IntensityKindEnum, ProjectionActionEnum, ProvenanceEnum, WeekdayEnum } from './enums.js';
import { DecisionType, decisionView } from './decision-type.js';
import { RunType, runView } from './run-type.js';
import { kwh } from './run-types.js';

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

@ObjectType('ComplianceFinding', { description: 'Time trained against a rule.' })
export class ComplianceFindingType {
  @Field(() => PolicyRuleType, { description: 'The rule.' })
  rule!: PolicyRuleType;
  @Field(() => String, { description: 'Grid zone.' })
  zone!: string;
  @Field(() => DateTime, { description: 'Start, grid time.' })
  start!: Date;
  @Field(() => DateTime, { description: 'End, grid time.' })
  end!: Date;
  @Field(() => Float, { description: 'kWh drawn then, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { nullable: true, description: 'gCO2eq emitted then; null where some of it is unknown.' })
  emissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'Highest intensity of the readings it is booked on, gCO2eq/kWh.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => ProvenanceEnum, { nullable: true, description: 'How that reading is known.' })
  provenance!: string | null;
  @Field(() => String, { nullable: true, description: 'Source of that reading.' })
  source!: string | null;
  @Field(() => Float, { nullable: true, description: "Of a run's budget: gCO2eq the run had booked by then, restatements included." })
  spentGco2eq!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'Of a maximum delay: seconds of grid time by which the run ended later than if it had started at once.',
  })
  delaySeconds!: number | null;
}

const findingView = ({ rule, zone, interval, energy, emissions, reading, spent, delayMs }: Finding): ComplianceFindingType => ({
  rule: ruleView(rule),
  zone,
  start: new Date(interval.start),
  end: new Date(interval.end),
  energyKwh: kwh(energy),
  emissionsGco2eq: emissions ?? null,
  intensityGco2eqPerKwh: reading?.intensity ?? null,
  provenance: reading?.provenance ?? null,
  source: reading?.source ?? null,
  spentGco2eq: spent ?? null,
  delaySeconds: delayMs === undefined ? null : delayMs / 1000,
});

@ObjectType('BudgetCompliance', { description: 'What was booked on a budget against what it allows, restatements included.' })
export class BudgetComplianceType {
  /** Not a field: what the resolvers work on. */
  project!: string;
  @Field(() => String, { description: 'The budget in words.' })
  budget!: string;
  @Field(() => PolicyRuleType, { nullable: true, description: "The rule; null for a run's own budget." })
  rule!: PolicyRuleType | null;
  @Field(() => DateTime, { nullable: true, description: "Start of the period of a project's budget, grid time." })
  start!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Its end, grid time.' })
  end!: Date | null;
  @Field(() => Float, { description: 'gCO2eq allowed.' })
  mostGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq booked.' })
  spentGco2eq!: number;
  @Field(() => Boolean, { description: 'Whether no more was booked than is allowed.' })
  kept!: boolean;
}

const budgetView = (project: string, { budget, rule, period, most, spent }: BudgetJudgement): BudgetComplianceType => ({
  project,
  budget,
  rule: rule === undefined ? null : ruleView(rule),
  start: period === undefined ? null : new Date(period.start),
  end: period === undefined ? null : new Date(period.end),
  mostGco2eq: most,
  spentGco2eq: spent,
  kept: spent <= most,
});

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

@ObjectType('RunCompliance', { description: 'What one run did against the rules in force when it did it.' })
export class RunComplianceType {
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => Float, { description: 'kWh judged.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'kWh of it that kept every enforced rule.' })
  energyWithinRulesKwh!: number;
  @Field(() => [ComplianceFindingType], { description: 'Where a rule was not kept; of dry-run rules, what they would have stopped.' })
  findings!: ComplianceFindingType[];
  @Field(() => [DecisionType], { description: 'Decisions in which a rule had a say, enforced or not.' })
  decisions!: DecisionType[];
  @Field(() => [BudgetComplianceType], { description: 'Its own budget, and those policies give each run.' })
  budgets!: BudgetComplianceType[];
}

@ObjectType('ComplianceReport', { description: "A project's runs against its rules." })
export class ComplianceReportType {
  @Field(() => String, { description: 'The project.' })
  project!: string;
  @Field(() => [PolicyVersionType], { description: 'Every version that held, oldest first.' })
  versions!: PolicyVersionType[];
  @Field(() => [RunComplianceType], { description: 'Newest first.' })
  runs!: RunComplianceType[];
  @Field(() => [BudgetComplianceType], { description: "The project's budgets, for each period in which these runs booked." })
  budgets!: BudgetComplianceType[];
}

const runComplianceView = ({ run, energy, energyWithinRules, findings, decisions, budgets }: RunCompliance): RunComplianceType => ({
  run: runView(run),
  energyKwh: kwh(energy),
  energyWithinRulesKwh: kwh(energyWithinRules),
  findings: findings.map(findingView),
  decisions: decisions.map(decisionView),
  budgets: budgets.map((budget) => budgetView(run.project, budget)),
});

export const complianceView = ({ project, versions, runs, budgets }: ComplianceReport): ComplianceReportType => ({
  project,
  versions: versions.map(policyVersionView),
  runs: runs.map(runComplianceView),
  budgets: budgets.map((budget) => budgetView(project, budget)),
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
