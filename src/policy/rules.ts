/** Policies to rules: organisation's and project's together, of two that ask the same the stricter. */
import type { Policy, PolicyVersion, Rule, RuleContent } from './policy.js';

/**
 * The rules of several policies at once. A run must keep each, so that together they are never looser than one alone;
 * rules another of the same enforcement makes needless are left out. A dry-run rule never replaces an enforced one.
 */
export const combinedRules = (versions: readonly PolicyVersion[]): readonly Rule[] => {
  const rules = versions.flatMap(rulesOf);
  return rules.filter((rule, index) => !rules.some((other, at) => at !== index && makesNeedless(other, rule, at < index)));
};

export const enforced = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ origin }) => !origin.dryRun);
export const dryRun = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ origin }) => origin.dryRun);

const rulesOf = ({ policy, version }: PolicyVersion): readonly Rule[] => {
  const origin = { policy: policy.name, version, project: policy.project, dryRun: policy.dryRun };
  return contentsOf(policy).map((content): Rule => ({ ...content, origin }));
};

const contentsOf = (policy: Policy): readonly RuleContent[] => {
  const { ceiling, quietHours, allowedZones, maximumDelayMs, requiredProvenance, requiredKind, runBudget, budgets, onProjection } = policy;
  const contents: RuleContent[] = [];
  if (ceiling !== undefined) contents.push({ kind: 'ceiling', most: ceiling });
  for (const hours of quietHours) contents.push({ kind: 'quiet-hours', hours });
  if (allowedZones !== undefined) contents.push({ kind: 'allowed-zones', zones: allowedZones });
  if (maximumDelayMs !== undefined) contents.push({ kind: 'maximum-delay', ms: maximumDelayMs });
  if (requiredProvenance !== undefined) contents.push({ kind: 'required-provenance', provenances: requiredProvenance });
  if (requiredKind !== undefined) contents.push({ kind: 'required-kind', intensityKind: requiredKind });
  if (runBudget !== undefined) contents.push({ kind: 'run-budget', most: runBudget, onProjection });
  for (const budget of budgets) contents.push({ kind: 'project-budget', onProjection, ...budget });
  return contents;
};

/** Whether whoever keeps `other` keeps `rule` too. Of two equal ones the earlier stays. */
const makesNeedless = (other: Rule, rule: Rule, earlier: boolean): boolean => {
  if (other.origin.dryRun !== rule.origin.dryRun) return false; // What would have been refused is recorded all the same.
  if (other.kind === 'ceiling' && rule.kind === 'ceiling') return other.most < rule.most || (earlier && other.most === rule.most);
  if (other.kind === 'maximum-delay' && rule.kind === 'maximum-delay') return other.ms < rule.ms || (earlier && other.ms === rule.ms);
  if (other.kind === 'run-budget' && rule.kind === 'run-budget' && other.onProjection === rule.onProjection)
    return other.most < rule.most || (earlier && other.most === rule.most);
  if (other.kind === 'required-kind' && rule.kind === 'required-kind') return earlier && other.intensityKind === rule.intensityKind;
  if (other.kind === 'allowed-zones' && rule.kind === 'allowed-zones') return within(other.zones, rule.zones, earlier);
  if (other.kind === 'required-provenance' && rule.kind === 'required-provenance')
    return within(other.provenances, rule.provenances, earlier);
  return false;
};

const within = (few: readonly string[], many: readonly string[], earlier: boolean): boolean =>
  few.every((each) => many.includes(each)) && (earlier || few.length < many.length);
