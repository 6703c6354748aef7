/** The rules that hold for a project now: its own policy's and the organisation's. */
import { rulesAt } from '../policy/policy-book.js';
import type { Rule } from '../policy/policy.js';
import type { Ports } from './ports.js';

export const rulesOf = async ({ policies, clock }: Pick<Ports, 'policies' | 'clock'>, project: string): Promise<readonly Rule[]> =>
  rulesAt(await policies.versions(project), clock.now());
