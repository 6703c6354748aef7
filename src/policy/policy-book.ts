/** The port of the policies that were set: an append-only book of versions. The adapter is in `store`. */
import type { Instant } from '../units/time.js';
import type { Policy, PolicyVersion, Rule } from './policy.js';
import { combinedRules } from './rules.js';

export interface StoredPolicy extends PolicyVersion {
  /** Real and grid time at which it was set; it holds until the next version of the same project, or of the organisation. */
  readonly setAt: Instant;
  readonly setGridAt: Instant;
}

export interface PolicyBook {
  /** Adds the next version of the project's policy, or of the organisation's. */
  set(policy: Policy, moment: { readonly at: Instant; readonly gridAt: Instant }): Promise<StoredPolicy>;
  /** Every version that holds or held for a project, the organisation's too, oldest first. */
  versions(project: string): Promise<readonly StoredPolicy[]>;
}

/** Of the organisation and of the project the newest version set by an instant of real time. */
export const policiesAt = (versions: readonly StoredPolicy[], at: Instant): readonly StoredPolicy[] => {
  const newest = new Map<string | undefined, StoredPolicy>();
  for (const version of versions) {
    const { project } = version.policy;
    if (version.setAt <= at && version.version > (newest.get(project)?.version ?? 0)) newest.set(project, version);
  }
  return [...newest.values()];
};

export const rulesAt = (versions: readonly StoredPolicy[], at: Instant): readonly Rule[] => combinedRules(policiesAt(versions, at));
