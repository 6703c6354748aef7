/** The journeys bound to one service's ports: what the API may ask for. */
import type { MeterCoverage } from '../energy/sample.js';
import type { SciScore } from '../emissions/sci.js';
import type { ExperimentSpec, RunSpec } from '../experiment/spec.js';
import type { Grid } from '../grid/grid.js';
import type { BudgetBook } from '../policy/budget-book.js';
import type { BudgetPeriod, Policy } from '../policy/policy.js';
import type { ProjectBudgetState } from './budget-states.js';
import type { Reading } from '../grid/reading.js';
import type { ZonePosition } from '../grid/zone-positions.js';
import type { LedgerSpan } from '../record/ledger-book.js';
import type { RunReader, StoredRun } from '../record/run-log.js';
import type { RunTail } from '../record/run-tail.js';
import type { GridClock } from '../units/clock.js';
import type { ImportedRuns } from '../record/imported-run.js';
import type {
  CarbonAccount,
  Comparison,
  ControlAnswer,
  EstimateAnswer,
  ExportedFile,
  ImportAnswer,
  Settlement,
  Submission,
} from './answers.js';
import type { Audit } from './audit-ledger.js';
import type { ExportRequest } from './export-runs.js';
import type { ForecastBehind, PlanMade } from './forecast-behind.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Reports } from './reports.js';
import type { BacktestAnswer, BacktestQuestion } from './run-backtest.js';
import type { TrackedPage, TrackedRun } from '../tracking/tracked-run.js';
import type { LiveExportState } from './export-live.js';
import type { ServiceObservation } from './observe-service.js';
import type { BudgetRaise } from './raise-budget.js';
import type { ComplianceReport } from './report-compliance.js';
import type { PolicyInForce, PolicySetting } from './set-policy.js';

export interface Lowtide {
  readonly version: string;
  readonly host: string;
  readonly meterCoverage: MeterCoverage;
  readonly grid: Grid;
  /** The key of a served zone by any of its names. @throws UnknownZone */
  readonly resolveZone: (name: string) => string;
  /** Where to draw a zone on a map; undefined when the table has no place for it. */
  zonePosition(zone: string): ZonePosition | undefined;
  readonly gridClock: GridClock;
  /** When the grid is a replay: which zone, day and speed, in one sentence for every screen. */
  readonly replayNotice: string | undefined;
  readonly runs: RunReader;
  readonly tail: RunTail;
  submitExperiment(spec: ExperimentSpec): Promise<Submission>;
  estimateRun(spec: RunSpec, project: string): Promise<EstimateAnswer>;
  pauseRun(id: string): Promise<ControlAnswer>;
  resumeRun(id: string): Promise<ControlAnswer>;
  cancelRun(id: string): Promise<ControlAnswer>;
  /** Books anew what better readings are there for by now. */
  settleRun(id: string): Promise<Settlement>;
  setPolicy(policy: Policy): Promise<PolicySetting>;
  policyInForce(project: string): Promise<PolicyInForce>;
  raiseRunBudget(runId: string, budget: GramsCO2eq): Promise<BudgetRaise>;
  raiseProjectBudget(project: string, period: BudgetPeriod, budget: GramsCO2eq): Promise<BudgetRaise>;
  /** Of one project, or of every one that has submitted something. */
  budgetStates(project: string | undefined): Promise<readonly ProjectBudgetState[]>;
  backtest(question: BacktestQuestion): Promise<BacktestAnswer>;
  /** How a project's spending grew over a span of grid time. */
  readonly spendingCourse: BudgetBook['course'];
  /** Of a project's newest runs. */
  compliance(project: string, first: number): Promise<ComplianceReport>;
  account(run: StoredRun): Promise<CarbonAccount>;
  audit(span: LedgerSpan): Promise<Audit>;
  plansMade(run: StoredRun): Promise<readonly PlanMade[]>;
  gridDuring(run: StoredRun): Promise<readonly Reading[]>;
  forecastsBehind(made: PlanMade): Promise<readonly ForecastBehind[]>;
  exportRuns(runs: readonly StoredRun[], request: ExportRequest): Promise<ExportedFile>;
  sci(run: StoredRun, request: Pick<ExportRequest, 'functionalUnit' | 'inferences'>): SciScore;
  /** Takes the runs of a CodeCarbon CSV into an experiment. */
  importCodecarbon(experimentId: string, csv: string): Promise<ImportAnswer>;
  /** As experiment trackers take it. */
  trackedRun(run: StoredRun): Promise<TrackedRun>;
  /** What the log holds above a sequence, of at most so many events, as metrics. */
  trackedPage(runId: string, after: number, most: number): Promise<TrackedPage>;
  /** Undefined: there is no tracker to tell. */
  trackerExport(): Promise<LiveExportState | undefined>;
  /** The whole service at this moment. */
  observe(): Promise<ServiceObservation>;
  readonly imported: Pick<ImportedRuns, 'of'>;
  compare(runs: readonly StoredRun[]): Promise<Comparison>;
  readonly reports: Reports;
}
