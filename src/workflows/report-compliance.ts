/** The compliance report: what a project's runs really did against the rules that were in force when they did it. */
import { judgeCompliance, type Compliance } from '../policy/compliance.js';
import { rulesAt, type StoredPolicy } from '../policy/policy-book.js';
import type { Decision } from '../plan/decision.js';
import type { StoredRun } from '../record/run-log.js';
import type { Moment } from '../record/run-summary.js';
import { timeZoneOf } from './expected-grid.js';
import type { Ports } from './ports.js';

export interface RunCompliance extends Compliance {
  readonly run: StoredRun;
  /** Decisions in which a rule had a say, enforced or not. */
  readonly decisions: readonly (Decision & Moment)[];
}

export interface ComplianceReport {
  readonly project: string;
  readonly versions: readonly StoredPolicy[];
  readonly runs: readonly RunCompliance[];
}

/** Of a project's newest runs. */
export const reportCompliance = async (ports: Ports, project: string, first: number): Promise<ComplianceReport> => {
  const { items: runs } = await ports.reader.runs({ project }, first, undefined);
  const versions = await ports.policies.versions(project);
  const judged: RunCompliance[] = [];
  for (const run of runs) judged.push(await ofRun(ports, versions, run));
  return { project, versions, runs: judged };
};

const ofRun = async (ports: Ports, versions: readonly StoredPolicy[], run: StoredRun): Promise<RunCompliance> => {
  const ledger = (await ports.reader.ledger(run.id)).map(({ entry }) => entry);
  const compliance = judgeCompliance(
    ledger,
    ({ real }) => rulesAt(versions, real.start),
    (zone) => timeZoneOf(ports, zone),
  );
  const decisions = (await ports.reader.decisions(run.id)).flatMap(({ fact, at, gridAt }) =>
    fact.kind === 'decided' && ((fact.decision.rules?.length ?? 0) > 0 || (fact.decision.wouldHaveRefused?.length ?? 0) > 0)
      ? [{ ...fact.decision, at, gridAt }]
      : [],
  );
  return { ...compliance, run, decisions };
};
