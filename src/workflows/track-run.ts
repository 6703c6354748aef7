/** A run of the record as experiment trackers take it: its head, its log as metrics page by page, and its files. */
import { hasEnded, type RunState } from '../experiment/run-state.js';
import { specYaml } from '../experiment/written-spec.js';
import { bookedInAll, type RunSummary } from '../record/run-summary.js';
import type { StoredRun } from '../record/run-log.js';
import { foldMetrics, NOTHING_FOLDED } from '../tracking/run-metrics.js';
import { runParams } from '../tracking/run-params.js';
import type { TrackedFile, TrackedPage, TrackedPoint, TrackedRun, TrackedSource, TrackedStatus } from '../tracking/tracked-run.js';
import { fromMicrojoules, kilowattHours, microjoules } from '../units/quantities.js';
import { accountOf } from './account-run.js';
import type { CarbonAccount, Savings } from './answers.js';
import { exportedRun, exportRuns, type ExportSettings } from './export-runs.js';
import type { Ports } from './ports.js';

/** halted, like cancelled, is killed: the run was ended from outside; a paused one waits to be scheduled. */
const STATUSES: Readonly<Record<RunState, TrackedStatus>> = {
  planned: 'scheduled',
  queued: 'scheduled',
  running: 'running',
  paused: 'scheduled',
  succeeded: 'finished',
  failed: 'failed',
  halted: 'killed',
  cancelled: 'killed',
};

/** Events of a page of the log. */
const PAGE = 1000;
const FOLDED_AT_ONCE = 5000;

export const trackedSource = (ports: Ports, settings: ExportSettings): TrackedSource => ({
  async run(id) {
    const run = await ports.reader.run(id);
    return run && trackedRun(ports, settings, run);
  },
  page: (id, after) => trackedPage(ports, id, after, PAGE),
  files: (id) => trackedFiles(ports, settings, id),
});

export const trackedRun = async (ports: Ports, settings: ExportSettings, run: StoredRun): Promise<TrackedRun> => {
  const { summary, spec, state } = run;
  const ended = hasEnded(state);
  const { trainableParameters, totalSteps } = summary;
  const account = ended ? await endedAccount(ports, run) : undefined;
  return {
    id: run.id,
    name: run.name,
    experimentName: run.experimentName,
    status: STATUSES[state],
    submittedAt: run.submittedAt,
    endedAt: ended ? summary.finished?.at : undefined,
    params: {
      ...runParams(spec),
      ...(trainableParameters === undefined ? {} : { trainable_parameters: String(trainableParameters) }),
      ...(totalSteps === undefined ? {} : { total_steps: String(totalSteps) }),
    },
    tags: {
      ...tagsOf(run, settings),
      ...(account === undefined ? {} : await endTags(ports, settings, run, account)),
    },
    totals: account === undefined ? {} : totalsOf(run, account),
    step: summary.progress?.step ?? 0,
    lastSequence: run.lastSequence,
  };
};

/** What the log holds above a sequence, folded from its beginning. */
export const trackedPage = async ({ reader }: Pick<Ports, 'reader'>, id: string, after: number, most: number): Promise<TrackedPage> => {
  let fold = NOTHING_FOLDED;
  let until = 0;
  while (until < after) {
    const events = await reader.events(id, until, Math.min(FOLDED_AT_ONCE, after - until));
    if (events.length === 0) break;
    for (const event of events) ({ fold } = foldMetrics(fold, event));
    until = events.at(-1)!.sequence;
  }
  const events = await reader.events(id, after, most);
  const points: TrackedPoint[] = [];
  for (const event of events) {
    const folded = foldMetrics(fold, event);
    fold = folded.fold;
    if (folded.point.metrics.length > 0) points.push(folded.point);
  }
  return { points, until: events.at(-1)?.sequence ?? after, complete: events.length < most };
};

const tagsOf = (run: StoredRun, settings: ExportSettings): Readonly<Record<string, string>> => {
  const { summary } = run;
  const { segments } = summary;
  const segment = segments.at(-1);
  const notice = settings.noticeOf(run);
  return {
    'lowtide.version': settings.version,
    'lowtide.experiment_id': run.experimentId,
    'lowtide.project': run.project,
    'lowtide.role': run.role,
    'lowtide.state': run.state,
    'lowtide.state_reason': summary.stateMessage,
    'lowtide.pause_reason': summary.pauseReason ?? 'not paused',
    'lowtide.zone': distinct([...segments.map(({ zone }) => zone), run.zone]),
    'lowtide.host': segments.length === 0 ? 'not started' : distinct(segments.map(({ host }) => host)),
    'lowtide.backend':
      segments.length === 0
        ? 'not started'
        : distinct(segments.map(({ backend }) => `${backend.name} ${backend.kernels} (${backend.numericClass})`)),
    'lowtide.energy_source':
      segment?.meter === undefined
        ? 'unknown'
        : segment.meter.covered.map(({ component, method }) => `${component} by ${method}`).join(', '),
    'lowtide.emissions': emissionsKnown(summary),
    'lowtide.restatements': restatementsOf(summary),
    'lowtide.grid': notice ?? 'live',
    ...(notice === undefined ? {} : { 'mlflow.note.content': notice }),
  };
};

/** Why there is no `emissions_gco2eq`, if so. */
const emissionsKnown = (summary: RunSummary): string => {
  const { energy, coveredEnergy } = bookedInAll(summary);
  if (energy === 0) return 'nothing metered yet';
  if (coveredEnergy === energy) return 'known of all energy';
  return `unknown: ${percent(energy - coveredEnergy, energy)} of its energy was drawn while the intensity of the grid was unknown`;
};

const restatementsOf = ({ restatements }: RunSummary): string => {
  const last = restatements.at(-1);
  if (last === undefined) return 'none';
  return `${restatements.length}, the last from ${last.before} to ${last.after} gCO2eq: ${last.message}`;
};

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

const distinct = (values: readonly string[]): string => [...new Set(values)].join(', ');

type EndedAccount = Omit<CarbonAccount, 'savings'> & { readonly savings: Savings };

const endedAccount = async (ports: Ports, run: StoredRun): Promise<EndedAccount> => {
  const account = accountOf(ports, run);
  return { ...account, savings: await account.savings() };
};

/** What only the whole ledger tells. */
const endTags = async (
  ports: Ports,
  settings: ExportSettings,
  run: StoredRun,
  { savings, share }: EndedAccount,
): Promise<Readonly<Record<string, string>>> => {
  const { readings, gaps } = await exportedRun(ports, settings, run);
  return {
    'lowtide.intensity_source': readings.join('; ') || 'nothing booked',
    'lowtide.energy_gaps': gaps.join('; ') || 'none',
    'lowtide.savings': savings.unknownBecause === undefined ? 'known' : `unknown: ${savings.unknownBecause}`,
    'lowtide.savings_method': savings.method,
    'lowtide.attributed_energy': share === undefined ? 'unknown: not metered above rest for all of its time' : 'known',
  };
};

/** Signed; what is unknown is absent. */
const totalsOf = ({ summary }: StoredRun, account: EndedAccount): Readonly<Record<string, number>> => {
  const { savings } = account;
  const booked = bookedInAll(summary);
  const { overhead } = summary.booked;
  const all: Readonly<Record<string, number | undefined>> = {
    metered_seconds: booked.durationMs / 1000,
    scheduling_delay_seconds: account.delayMs === undefined ? undefined : account.delayMs / 1000,
    overhead_energy_kwh: kilowattHours(fromMicrojoules(microjoules(overhead.energy))),
    overhead_emissions_gco2eq: overhead.coveredEnergy === overhead.energy ? overhead.emissions : undefined,
    energy_with_known_intensity_percent: account.coveredPercent,
    counterfactual_emissions_gco2eq: savings.counterfactual,
    saved_emissions_gco2eq: savings.saved,
    saved_emissions_percent: savings.savedPercent,
    saved_by_timing_gco2eq: savings.timing,
    saved_by_place_gco2eq: savings.place,
    saved_by_timing_and_place_gco2eq: savings.interaction,
    carbon_per_accuracy_point_gco2eq: booked.coveredEnergy === booked.energy ? account.carbonPerAccuracyPoint : undefined,
    peak_memory_bytes: summary.peakMemoryBytes,
    prediction_energy_error_percent: summary.prediction?.error?.energyPercent,
    prediction_emissions_error_percent: summary.prediction?.error?.emissionsPercent,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
};

const FILES = ['codecarbon-csv', 'summary-json', 'sci-json'] as const;

const trackedFiles = async (ports: Ports, settings: ExportSettings, id: string): Promise<readonly TrackedFile[]> => {
  const run = await ports.reader.run(id);
  if (run === undefined) return [];
  const files: TrackedFile[] = [{ path: 'lowtide/spec.yaml', mediaType: 'application/yaml', content: specYaml(run.spec) }];
  for (const format of FILES) {
    const request = { format, scope: 'machine', functionalUnit: 'run', inferences: undefined } as const;
    const { name, mediaType, content } = await exportRuns(ports, settings, [run], request);
    files.push({ path: `lowtide/${name}`, mediaType, content: content.toString() });
  }
  return files;
};
