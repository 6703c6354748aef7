/** The book of policies, in Postgres. */
import type { DataSource, EntityManager } from 'typeorm';
import type { PolicyBook, StoredPolicy } from '../policy/policy-book.js';
import type { Policy, PolicyVersion } from '../policy/policy.js';
import { instant } from '../units/time.js';

interface PolicyColumns {
  readonly version: number;
  readonly set_at: Date;
  readonly set_grid_at: Date;
  readonly document: Policy;
}

/** Advisory lock of a scope's policies: shared by whoever books on their budgets, exclusive to whoever sets them. */
const POLICY_LOCK = 72_019;
const ORGANISATION = 'organisation';
const scopeOf = (project: string | undefined): string => (project === undefined ? ORGANISATION : `project:${project}`);

export const policyBook = (dataSource: DataSource): PolicyBook => ({
  set: (policy, { at, gridAt }) =>
    dataSource.transaction(async (manager) => {
      const scope = scopeOf(policy.project);
      // Waits for bookings that do not know the new budgets; whoever books after this does.
      await manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [POLICY_LOCK, scope]);
      const sql = `insert into policy (scope, version, set_at, set_grid_at, document)
        select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from policy where scope = $1 returning *`;
      const [row] = (await manager.query(sql, [scope, new Date(at), new Date(gridAt), policy])) as readonly PolicyColumns[];
      return storedOf(row!);
    }),
  async versions(project) {
    const sql = 'select * from policy where scope = any($1) order by set_at, version';
    return ((await dataSource.query(sql, [[ORGANISATION, scopeOf(project)]])) as readonly PolicyColumns[]).map(storedOf);
  },
});

/** The newest policies that hold for a project; none is set until the transaction ends. */
export const currentPolicies = async (manager: EntityManager, project: string): Promise<readonly PolicyVersion[]> => {
  const lock = 'select pg_advisory_xact_lock_shared($1, hashtext(scope)) from unnest($2::text[]) as scope';
  await manager.query(lock, [POLICY_LOCK, [ORGANISATION, scopeOf(project)]]);
  const sql = 'select distinct on (scope) * from policy where scope = any($1) order by scope, version desc';
  return ((await manager.query(sql, [[ORGANISATION, scopeOf(project)]])) as readonly PolicyColumns[]).map(storedOf);
};

const storedOf = (row: PolicyColumns): StoredPolicy => ({
  policy: row.document,
  version: row.version,
  setAt: instant(row.set_at.getTime()),
  setGridAt: instant(row.set_grid_at.getTime()),
});
