/** What a run's log and ledger say about carbon: its account, and its comparison with others. */
import { carbonPerAccuracyPoint } from '../emissions/accuracy.js';
import { contiguousSpan, counterfactual } from '../emissions/counterfactual.js';
import type { LedgerEntry } from '../emissions/ledger-entry.js';
import { leversBetween, savedBy, type RunParts } from '../emissions/levers.js';
import { DATASETS } from '../experiment/catalogue.js';
import type { Booked, RunSummary } from '../record/run-summary.js';
import { bookedInAll } from '../record/run-summary.js';
import type { StoredRun } from '../record/run-log.js';
import { grams, type GramsCO2eq } from '../units/quantities.js';
import type { CarbonAccount, Comparison, PairComparison, Savings } from './answers.js';
import type { Ports } from './ports.js';

/** Final accuracies this close, in points, count as the same result. */
const CONVERGENCE_POINTS = 0.5;

const METHOD =
  "counterfactual − actual, signed: the run's own metered power profile without overhead, laid in one piece from its submission on the intensity that was recorded in its home zone";

export const accountOf = async (ports: Ports, run: StoredRun): Promise<CarbonAccount> => {
  const { summary } = run;
  const booked = bookedInAll(summary);
  const emissions = emissionsOf(booked);
  const { chanceAccuracy } = DATASETS[run.spec.training.dataset.name];
  const accuracy = finalAccuracy(summary);
  return {
    savings: await savingsOf(ports, run),
    emissions,
    overheadEmissions: emissionsOf(summary.booked.overhead),
    coveredPercent: booked.energy > 0 ? (100 * booked.coveredEnergy) / booked.energy : undefined,
    carbonPerAccuracyPoint:
      emissions === undefined || accuracy === undefined ? undefined : carbonPerAccuracyPoint(emissions, accuracy, chanceAccuracy),
    accuracy,
    chanceAccuracy,
    delayMs: summary.started && summary.started.gridAt - run.submittedGridAt,
  };
};

export const compareRuns = async (ports: Ports, runs: readonly StoredRun[], notice: string): Promise<Comparison> => {
  const baseline = runs.find(({ role }) => role === 'baseline');
  const candidates = runs.filter((run) => run.id !== baseline?.id);
  const pairs = baseline === undefined ? [] : await Promise.all(candidates.map((candidate) => comparePair(ports, baseline, candidate)));
  return { baseline, runs, pairs, notice };
};

const comparePair = async (ports: Ports, baseline: StoredRun, candidate: StoredRun): Promise<PairComparison> => {
  const [of, by] = await Promise.all([partsOf(ports, baseline), partsOf(ports, candidate)]);
  const [a, b] = [baseline.summary, candidate.summary];
  const unknownBecause =
    typeof of === 'string' ? `${baseline.name}: ${of}` : typeof by === 'string' ? `${candidate.name}: ${by}` : undefined;
  const levers = typeof of === 'string' || typeof by === 'string' ? undefined : leversBetween(of, by);
  const accuracies = [finalAccuracy(a), finalAccuracy(b)] as const;
  const difference = accuracies[0] === undefined || accuracies[1] === undefined ? undefined : 100 * (accuracies[1] - accuracies[0]);
  const [energyA, energyB] = [bookedInAll(a), bookedInAll(b)];
  return {
    baseline,
    candidate,
    emissionsReductionPercent: reduction(emissionsIfWhole(energyA), emissionsIfWhole(energyB)),
    energyReductionPercent: reduction(energyA.energy, energyB.energy),
    accuracyDifferencePoints: difference,
    peakMemoryReductionPercent: reduction(a.peakMemoryBytes, b.peakMemoryBytes),
    durationChangePercent: negative(reduction(energyA.durationMs, energyB.durationMs)),
    delayMs: b.started && b.started.gridAt - candidate.submittedGridAt,
    difference: levers?.difference,
    timing: levers?.timing,
    configuration: levers?.configuration,
    overhead: levers?.overhead,
    ...convergence(difference),
    unknownBecause,
  };
};

const savingsOf = async (ports: Ports, run: StoredRun): Promise<Savings> => {
  const overhead = emissionsOf(run.summary.booked.overhead);
  const provenance = `metered: ${run.summary.energyByComponent.map(({ component, method }) => `${component} by ${method}`).join(', ') || 'nothing yet'}; grid: ${ports.grid.name}`;
  const parts = await partsOf(ports, run);
  if (typeof parts === 'string') {
    return {
      counterfactual: undefined,
      saved: undefined,
      savedPercent: undefined,
      timing: undefined,
      overhead,
      method: METHOD,
      provenance,
      unknownBecause: parts,
    };
  }
  const { saved, timing } = savedBy(parts);
  const savedPercent = parts.atSubmission > 0 ? (100 * saved) / parts.atSubmission : undefined;
  return {
    counterfactual: parts.atSubmission,
    saved,
    savedPercent,
    timing,
    overhead: parts.overhead,
    method: METHOD,
    provenance,
    unknownBecause: undefined,
  };
};

/** The run's emissions by part, or why they are not known. */
const partsOf = async (ports: Ports, run: StoredRun): Promise<RunParts | string> => {
  const { active, overhead } = run.summary.booked;
  if (run.state !== 'succeeded') return `the run is ${run.state}; a saving is stated when it has succeeded`;
  if (active.energy === 0) return 'no energy was metered while it trained';
  if (active.coveredEnergy !== active.energy || overhead.coveredEnergy !== overhead.energy)
    return 'part of its energy was drawn while the intensity of the grid was unknown';
  const ledger: readonly LedgerEntry[] = await ports.reader.ledger(run.id);
  const span = contiguousSpan(ledger, run.submittedGridAt);
  const readings = await ports.grid.readings(run.zone, span, ports.gridClock.now());
  const laid = counterfactual(ledger, run.submittedGridAt, readings);
  if (laid.kind === 'unknown') return laid.reason;
  return { active: grams(active.emissions), overhead: grams(overhead.emissions), atSubmission: laid.emissions };
};

/** Undefined when nothing of the energy has a known intensity. */
const emissionsOf = (booked: Booked): GramsCO2eq | undefined =>
  booked.energy > 0 && booked.coveredEnergy === 0 ? undefined : grams(booked.emissions);

/** Totals are compared only when all of their energy is covered. */
const emissionsIfWhole = (booked: Booked): number | undefined =>
  booked.energy > 0 && booked.coveredEnergy === booked.energy ? booked.emissions : undefined;

const finalAccuracy = (summary: RunSummary): number | undefined => summary.evaluations.find(({ final }) => final)?.accuracy;

const reduction = (before: number | undefined, after: number | undefined): number | undefined =>
  before === undefined || after === undefined || before <= 0 ? undefined : 100 * (1 - after / before);

const negative = (value: number | undefined): number | undefined => (value === undefined ? undefined : -value);

const convergence = (differencePoints: number | undefined): Pick<PairComparison, 'converged' | 'convergenceNote'> => {
  if (differencePoints === undefined) return { converged: undefined, convergenceNote: 'one of the runs has no final evaluation yet' };
  const converged = differencePoints >= -CONVERGENCE_POINTS;
  const signed = `${differencePoints >= 0 ? '+' : '−'}${Math.abs(differencePoints).toFixed(2)} accuracy points`;
  return { converged, convergenceNote: `${signed} against the baseline; converged means at most ${CONVERGENCE_POINTS} points below it` };
};
