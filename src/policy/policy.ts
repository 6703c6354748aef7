/** What an organisation or a project asks of every run: a policy, and the rules it stands for. */
import type { IntensityKind, Provenance } from '../grid/reading.js';
import type { CarbonIntensity, GramsCO2eq } from '../units/quantities.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export const BUDGET_PERIODS = ['day', 'week', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** No training between two local times of the zone, on the days on which the span begins. */
export interface QuietHours {
  readonly days: readonly Weekday[];
  /** Minutes since local midnight. */
  readonly fromMinute: number;
  /** At or below `fromMinute` it is of the next day. */
  readonly toMinute: number;
}

/** What the runs of one project may emit together in each period. */
export interface PeriodBudget {
  readonly most: GramsCO2eq;
  readonly period: BudgetPeriod;
  /**
   * IANA name of the time in which periods begin: at midnight, weeks on Monday, months on the 1st. A project may train in
   * several zones, so that a period is not of a zone; UTC unless the policy says otherwise. Counted in grid time.
   */
  readonly timeZone: string;
}

export interface Policy {
  readonly name: string;
  /** Undefined: the organisation's, for every project. */
  readonly project: string | undefined;
  /** Its rules are judged and recorded, not enforced. */
  readonly dryRun: boolean;
  readonly ceiling: CarbonIntensity | undefined;
  readonly quietHours: readonly QuietHours[];
  readonly allowedZones: readonly string[] | undefined;
  /** Grid ms by which a run may end later than if it had started at its submission. */
  readonly maximumDelayMs: number | undefined;
  readonly requiredProvenance: readonly Provenance[] | undefined;
  readonly requiredKind: IntensityKind | undefined;
  /** What each run may emit. */
  readonly runBudget: GramsCO2eq | undefined;
  readonly budgets: readonly PeriodBudget[];
  /** What happens when a run is expected to pass a budget; when it really would, it is halted in any case. */
  readonly onProjection: 'warn' | 'halt';
}

/** A policy as it was set: versions count up from 1 per project, and for the organisation. */
export interface PolicyVersion {
  readonly policy: Policy;
  readonly version: number;
}

/** Where a rule comes from. */
export interface Origin {
  readonly policy: string;
  readonly version: number;
  readonly project: string | undefined;
  readonly dryRun: boolean;
}

export type RuleContent =
  | { readonly kind: 'ceiling'; readonly most: CarbonIntensity }
  | { readonly kind: 'quiet-hours'; readonly hours: QuietHours }
  | { readonly kind: 'allowed-zones'; readonly zones: readonly string[] }
  | { readonly kind: 'maximum-delay'; readonly ms: number }
  | { readonly kind: 'required-provenance'; readonly provenances: readonly Provenance[] }
  | { readonly kind: 'required-kind'; readonly intensityKind: IntensityKind }
  | { readonly kind: 'run-budget'; readonly most: GramsCO2eq; readonly onProjection: 'warn' | 'halt' }
  | ({ readonly kind: 'project-budget'; readonly onProjection: 'warn' | 'halt' } & PeriodBudget);

export type Rule = RuleContent & { readonly origin: Origin };
export type RuleOf<Kind extends Rule['kind']> = Extract<Rule, { readonly kind: Kind }>;

export const isOf =
  <Kind extends Rule['kind']>(kind: Kind) =>
  (rule: Rule): rule is RuleOf<Kind> =>
    rule.kind === kind;
