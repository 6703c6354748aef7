/** What runs did against the rules, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { Finding } from '../../policy/compliance.js';
import type { BudgetJudgement, ComplianceReport, RunCompliance } from '../../workflows/report-compliance.js';
import { DecisionType, decisionView } from './decision-type.js';
import { ProvenanceEnum } from './enums.js';
import { PolicyRuleType, PolicyVersionType, policyVersionView, ruleView } from './policy-types.js';
import { RunType, runView } from './run-type.js';
import { kwh } from './kwh.js';

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
