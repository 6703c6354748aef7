/** Runs as files for other tools and for auditors: gathered from log, ledger and account, written by one exporter each. */
import { aiActSection } from '../emissions/ai-act-annex.js';
import { boampsReport } from '../emissions/boamps.js';
import { codecarbonCsv } from '../emissions/codecarbon-csv.js';
import type { ExportedRun, ExportScope } from '../emissions/exported-run.js';
import type { LedgerStretch } from '../emissions/ledger-stretches.js';
import { samplesParquet, type ExportedSample } from '../emissions/samples-parquet.js';
import { sciOf, sciScore, type Embodied, type FunctionalUnit, type SciScore } from '../emissions/sci.js';
import { runSummaryJson } from '../emissions/summary-json.js';
import { chanceAccuracy } from '../experiment/training-spec.js';
import { bookedInAll } from '../record/run-summary.js';
import type { StoredRun } from '../record/run-log.js';
import { fromMicrojoules, grams, microjoules } from '../units/quantities.js';
import { accountOf } from './account-run.js';
import type { ExportedFile, ExportFormat } from './answers.js';
import type { Ports } from './ports.js';

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly scope: ExportScope;
  readonly functionalUnit: FunctionalUnit;
  /** Of the functional unit `inference`. */
  readonly inferences: number | undefined;
}

/** What the service knows besides its ports. */
export interface ExportSettings {
  readonly version: string;
  readonly embodied: Embodied | undefined;
  countryOf(zone: string): { readonly alpha3: string; readonly name: string } | undefined;
  /** When the grid was a replay at a run's submission: which. */
  noticeOf(run: StoredRun): string | undefined;
}

export const exportRuns = async (
  ports: Ports,
  settings: ExportSettings,
  runs: readonly StoredRun[],
  { format, scope, functionalUnit, inferences }: ExportRequest,
): Promise<ExportedFile> => {
  if (format === 'samples-parquet') {
    const samples = (await Promise.all(runs.map((run) => samplesOf(ports, run)))).flat();
    return { name: 'samples.parquet', mediaType: 'application/vnd.apache.parquet', content: samplesParquet(samples) };
  }
  const exported: ExportedRun[] = [];
  for (const run of runs) exported.push(await exportedRun(ports, settings, run));
  const now = ports.clock.now();
  switch (format) {
    case 'codecarbon-csv':
      return { name: 'emissions.csv', mediaType: 'text/csv', content: codecarbonCsv(exported, scope) };
    case 'summary-json':
      return json('summary.json', exported.map(runSummaryJson));
    case 'sci-json':
      return json(
        'sci.json',
        exported.map((run) => ({ run_id: run.id, run_name: run.name, ...sciOf(run, functionalUnit, inferences, settings.embodied) })),
      );
    case 'boamps-json':
      return json('boamps.json', exported.length === 1 ? boampsReport(exported[0]!, now) : exported.map((run) => boampsReport(run, now)));
    case 'ai-act-markdown':
      return { name: 'annex-xi-training-energy.md', mediaType: 'text/markdown', content: aiActSection(exported, now) };
  }
};

/** Software Carbon Intensity of one run, from what its log adds up to. */
export const sciOfRun = (
  { embodied }: Pick<ExportSettings, 'embodied'>,
  { summary, spec: { training } }: StoredRun,
  { functionalUnit, inferences }: Pick<ExportRequest, 'functionalUnit' | 'inferences'>,
): SciScore => {
  const booked = bookedInAll(summary);
  const scored = {
    emissions: booked.coveredEnergy === booked.energy ? grams(booked.emissions) : undefined,
    meteredMs: booked.durationMs,
    epochs: training.epochs,
    accuracy: summary.evaluations.find(({ final }) => final)?.accuracy,
    chanceAccuracy: chanceAccuracy(training.dataset),
  };
  return sciScore(scored, functionalUnit, inferences, embodied);
};

/** What is undefined is written as null: unknown, and said so. */
const json = (name: string, value: unknown): ExportedFile => ({
  name,
  mediaType: 'application/json',
  content: `${JSON.stringify(value, (_key, each: unknown) => (each === undefined ? null : each), 2)}\n`,
});

/** What exports say about a run. */
export const exportedRun = async (ports: Ports, settings: ExportSettings, run: StoredRun): Promise<ExportedRun> => {
  const { summary, spec } = run;
  const { training } = spec;
  const booked = bookedInAll(summary);
  const account = accountOf(ports, run);
  const savings = await account.savings();
  const ledger = await ports.reader.stretches(run);
  const { utilisation } = summary;
  return {
    id: run.id,
    name: run.name,
    experimentId: run.experimentId,
    experimentName: run.experimentName,
    role: run.role,
    state: run.state,
    zone: run.zone,
    country: settings.countryOf(run.zone),
    startedAt: summary.started?.at,
    finishedAt: summary.finished?.at,
    meteredMs: booked.durationMs,
    hardware: distinct(summary.segments.flatMap(({ hardware }) => hardware ?? [])),
    backends: distinct(summary.segments.map(({ backend }) => `${backend.name} ${backend.kernels} (${backend.numericClass})`)),
    pue: meanPue(ledger) ?? ports.pue,
    components: summary.energyByComponent.map(({ component, method, energy, attributed }) => ({
      component,
      method,
      energy: fromMicrojoules(microjoules(energy)),
      attributed: attributed === undefined ? undefined : fromMicrojoules(microjoules(attributed)),
    })),
    energy: fromMicrojoules(microjoules(booked.energy)),
    overheadEnergy: fromMicrojoules(microjoules(summary.booked.overhead.energy)),
    share: account.share && { energy: fromMicrojoules(account.share.energy), emissions: account.share.emissions },
    emissions: booked.coveredEnergy === booked.energy ? account.emissions : undefined,
    coveredPercent: account.coveredPercent,
    readings: readingsOf(ledger),
    gaps: summary.coverageGaps.map(
      ({ component, reason, durationMs }) => `${component} for ${(durationMs / 1000).toFixed(1)} s: ${reason}`,
    ),
    restatements: summary.restatements.length,
    meanCpuLoad: utilisation.cpuKnownMs > 0 ? utilisation.cpuLoadMs / utilisation.cpuKnownMs : undefined,
    meanMemoryBytes: utilisation.memoryKnownMs > 0 ? utilisation.memoryByteMs / utilisation.memoryKnownMs : undefined,
    peakMemoryBytes: summary.peakMemoryBytes,
    accuracy: account.accuracy,
    chanceAccuracy: account.chanceAccuracy,
    carbonPerAccuracyPoint: account.carbonPerAccuracyPoint,
    counterfactual: savings.counterfactual,
    saved: savings.saved,
    delayMs: account.delayMs,
    model: training.model.name,
    trainableParameters: summary.trainableParameters,
    dataset: training.dataset.name,
    trainItems: training.dataset.trainImages,
    testItems: training.dataset.testImages,
    epochs: training.epochs,
    steps: summary.progress?.step,
    batchSize: training.batchSize,
    microBatchSize: training.microBatchSize,
    optimizer: training.optimizer.name,
    version: settings.version,
    notice: settings.noticeOf(run),
  };
};

/** Of equal ones the first. */
const distinct = <T>(values: readonly T[]): readonly T[] => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];

/** Weighted by energy; undefined without any. */
const meanPue = (ledger: readonly LedgerStretch[]): number | undefined => {
  const energy = ledger.reduce((sum, stretch) => sum + stretch.energy, 0);
  return energy > 0 ? ledger.reduce((sum, stretch) => sum + (stretch.energy / energy) * stretch.pue, 0) : undefined;
};

const readingsOf = (ledger: readonly LedgerStretch[]): readonly string[] =>
  distinct(
    ledger.map(({ reading }) =>
      reading === undefined ? 'unknown' : `${reading.source}, ${reading.kind} ${reading.factorType}, ${reading.provenance}`,
    ),
  );

const SAMPLES_PAGE = 5000;

const samplesOf = async (ports: Ports, run: StoredRun): Promise<readonly ExportedSample[]> => {
  const samples: ExportedSample[] = [];
  for (let after = 0; after < run.lastSequence;) {
    const events = await ports.reader.events(run.id, after, SAMPLES_PAGE);
    if (events.length === 0) break;
    for (const { sequence, fact } of events) {
      if (fact.kind !== 'energy' || fact.entries.length === 0) continue;
      const [first, last] = [fact.entries[0]!, fact.entries.at(-1)!];
      samples.push({
        runId: run.id,
        sequence,
        interval: { start: first.real.start, end: last.real.end },
        grid: { start: first.grid.start, end: last.grid.end },
        purpose: first.purpose,
        zone: first.zone,
        components: fact.components,
      });
    }
    after = events.at(-1)!.sequence;
  }
  return samples;
};
