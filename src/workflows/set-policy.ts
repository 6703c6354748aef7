/** Setting a policy: the next version of a project's rules, or of the organisation's; and what rules hold for a project. */
import type { Parsed, Problem } from '../experiment/parsing.js';
import { contentInWords } from '../policy/in-words.js';
import { parsePolicy } from '../policy/parse-policy.js';
import { policiesAt, type StoredPolicy } from '../policy/policy-book.js';
import type { Policy, Rule } from '../policy/policy.js';
import { combinedRules } from '../policy/rules.js';
import type { Ports } from './ports.js';

export interface CheckedPolicy {
  readonly policy: Policy;
  /** In words. */
  readonly rules: readonly string[];
}

/** What a policy would be, without a service. */
export const checkPolicy = (input: unknown): Parsed<CheckedPolicy> => {
  const parsed = parsePolicy(input);
  if (!parsed.ok) return parsed;
  const rules = combinedRules([{ policy: parsed.value, version: 1 }]).map(contentInWords);
  return { ok: true, value: { policy: parsed.value, rules } };
};

export type PolicySetting =
  { readonly kind: 'set'; readonly policy: StoredPolicy } | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

export const setPolicy = async (ports: Ports, policy: Policy): Promise<PolicySetting> => {
  const known = ports.grid.zones().map(({ key }) => key);
  const problems = (policy.allowedZones ?? []).flatMap((zone, index) =>
    known.includes(zone) ? [] : [{ path: `allowedZones[${index}]`, given: JSON.stringify(zone), allowed: `one of ${known.join(', ')}` }],
  );
  if (problems.length > 0) return { kind: 'invalid', problems };
  const at = ports.clock.now();
  return { kind: 'set', policy: await ports.policies.set(policy, { at, gridAt: ports.gridClock.toGrid(at) }) };
};

export interface PolicyInForce {
  /** Newest of the organisation and of the project, those that are set. */
  readonly policies: readonly StoredPolicy[];
  /** Of both together, the stricter of each kind. */
  readonly rules: readonly Rule[];
  /** Every version, oldest first. */
  readonly versions: readonly StoredPolicy[];
}

export const policyInForce = async ({ policies, clock }: Ports, project: string): Promise<PolicyInForce> => {
  const versions = await policies.versions(project);
  const newest = policiesAt(versions, clock.now());
  return { policies: newest, rules: combinedRules(newest), versions };
};
