/** What a run's log and ledger say about carbon: its account, and its comparison with others. */
import { accuracyRange95, carbonPerAccuracyPoint, carbonPerAccuracyPointRange } from '../emissions/accuracy.js';
import { activeOf, contiguousSpan, laidContiguously, laidInPlace, type PowerProfile } from '../emissions/counterfactual.js';
import { changesOnSteps } from '../emissions/ledger-stretches.js';
import { leversBetween, savedBy, type RunParts } from '../emissions/levers.js';
import { emissionsRange } from '../emissions/meter-error.js';
import type { IntensitySeries } from '../grid/reading.js';
import { chanceAccuracy as chanceAccuracyOf } from '../experiment/training-spec.js';
import type { Booked } from '../record/booked.js';
import { bookedInAll, type EvaluationPoint, type RunSummary } from '../record/run-summary.js';
import type { StoredRun } from '../record/run-log.js';
import { grams, microjoules, type GramsCO2eq } from '../units/quantities.js';
import type { Interval } from '../units/time.js';
import type { CarbonAccount, Comparison, PairComparison, Savings } from './answers.js';
import type { Ports } from './ports.js';

/** Final accuracies this close, in points, count as the same result. */
const CONVERGENCE_POINTS = 0.5;

const METHOD =
  "counterfactual − actual, signed: the run's own metered power profile without overhead, laid in one piece from its submission on the intensity that was recorded in its home zone";

export const accountOf = (ports: Ports, run: StoredRun): CarbonAccount => {
  const { summary } = run;
  const booked = bookedInAll(summary);
  const emissions = emissionsOf(booked);
  const whole = emissionsIfWhole(booked);
  const range = whole === undefined ? undefined : emissionsRange(whole, summary.energyByComponent);
  const chanceAccuracy = chanceAccuracyOf(run.spec.training.dataset);
  const final = finalEvaluation(summary);
  let savings: Promise<Savings> | undefined;
  return {
    savings: () => (savings ??= savingsOf(ports, run)),
    emissions,
    emissionsRange: range,
    overheadEmissions: emissionsOf(summary.booked.overhead),
    share: shareOf(booked),
    coveredPercent: booked.energy > 0 ? (100 * booked.coveredEnergy) / booked.energy : undefined,
    carbonPerAccuracyPoint: perPointIfWhole(run),
    carbonPerAccuracyPointRange:
      range === undefined || final === undefined
        ? undefined
        : carbonPerAccuracyPointRange(range, accuracyRange95(final.accuracy, final.images), chanceAccuracy),
    accuracy: final?.accuracy,
    chanceAccuracy,
    delayMs: summary.started && summary.started.gridAt - run.submittedGridAt,
  };
};

export const compareRuns = async (ports: Ports, runs: readonly StoredRun[], notice: string): Promise<Comparison> => {
  const baseline = runs.find(({ role }) => role === 'baseline');
  const candidates = runs.filter((run) => run.id !== baseline?.id);
  if (baseline === undefined) return { baseline, runs, pairs: [], notice };
  const parts = partsOf(ports, baseline);
  const pairs = await Promise.all(candidates.map((candidate) => comparePair(ports, baseline, parts, candidate)));
  return { baseline, runs, pairs, notice };
};

const comparePair = async (
  ports: Ports,
  baseline: StoredRun,
  baselineParts: Promise<RunParts | string>,
  candidate: StoredRun,
): Promise<PairComparison> => {
  const [of, by] = await Promise.all([baselineParts, partsOf(ports, candidate)]);
  const [a, b] = [baseline.summary, candidate.summary];
  const unknownBecause =
    typeof of === 'string' ? `${baseline.name}: ${of}` : typeof by === 'string' ? `${candidate.name}: ${by}` : undefined;
  const levers = typeof of === 'string' || typeof by === 'string' ? undefined : leversBetween(of, by);
  const accuracies = [finalEvaluation(a)?.accuracy, finalEvaluation(b)?.accuracy] as const;
  const difference = accuracies[0] === undefined || accuracies[1] === undefined ? undefined : 100 * (accuracies[1] - accuracies[0]);
  return {
    baseline,
    candidate,
    ...(baseline.state === 'succeeded' && candidate.state === 'succeeded' ? reductionsOf(baseline, candidate) : UNKNOWN_REDUCTIONS),
    accuracyDifferencePoints: difference,
    peakMemoryReductionPercent: reduction(a.peakMemoryBytes, b.peakMemoryBytes),
    delayMs: b.started && b.started.gridAt - candidate.submittedGridAt,
    difference: levers?.difference,
    timing: levers?.timing,
    place: levers?.place,
    interaction: levers?.interaction,
    configuration: levers?.configuration,
    overhead: levers?.overhead,
    ...convergence(difference),
    unknownBecause,
  };
};

type Reductions = Pick<
  PairComparison,
  | 'emissionsReductionPercent'
  | 'energyReductionPercent'
  | 'shareReductionPercent'
  | 'carbonPerAccuracyPointReductionPercent'
  | 'durationChangePercent'
>;

const reductionsOf = (baseline: StoredRun, candidate: StoredRun): Reductions => {
  const [a, b] = [bookedInAll(baseline.summary), bookedInAll(candidate.summary)];
  return {
    emissionsReductionPercent: reduction(emissionsIfWhole(a), emissionsIfWhole(b)),
    energyReductionPercent: reduction(a.energy, b.energy),
    shareReductionPercent: reduction(shareOf(a)?.energy, shareOf(b)?.energy),
    carbonPerAccuracyPointReductionPercent: reduction(perPointIfWhole(baseline), perPointIfWhole(candidate)),
    durationChangePercent: negative(reduction(a.durationMs, b.durationMs)),
  };
};

/** A run that failed early drew less, and saved nothing: totals are compared when both have done their work. */
const UNKNOWN_REDUCTIONS: Reductions = {
  emissionsReductionPercent: undefined,
  energyReductionPercent: undefined,
  shareReductionPercent: undefined,
  carbonPerAccuracyPointReductionPercent: undefined,
  durationChangePercent: undefined,
};

const savingsOf = async (ports: Ports, run: StoredRun): Promise<Savings> => {
  const overhead = emissionsOf(run.summary.booked.overhead);
  const provenance = `metered: ${run.summary.energyByComponent.map(({ component, method }) => `${component} by ${method}`).join(', ') || 'nothing yet'}; grid: ${ports.grid.name}`;
  const parts = await partsOf(ports, run);
  const known = typeof parts === 'string' ? undefined : parts;
  const saving = known && savedBy(known);
  return {
    counterfactual: known?.atSubmission,
    saved: saving?.saved,
    savedPercent: known && saving && known.atSubmission > 0 ? (100 * saving.saved) / known.atSubmission : undefined,
    timing: saving?.timing,
    place: saving?.place,
    interaction: saving?.interaction,
    overhead,
    method: METHOD,
    provenance,
    unknownBecause: typeof parts === 'string' ? parts : undefined,
  };
};

/** The run's emissions by part, or why they are not known. */
const partsOf = async (ports: Ports, run: StoredRun): Promise<RunParts | string> => {
  const { active, overhead } = run.summary.booked;
  if (run.state !== 'succeeded') return `the run is ${run.state}; a saving is stated when it has succeeded`;
  if (active.energy === 0) return 'no energy was metered while it trained';
  if (active.coveredEnergy !== active.energy || overhead.coveredEnergy !== overhead.energy)
    return 'part of its energy was drawn while the intensity of the grid was unknown';
  const moved = await movedParts(ports, run, grams(active.emissions));
  return typeof moved === 'string' ? moved : { active: grams(active.emissions), overhead: grams(overhead.emissions), ...moved };
};

/** The active energy in the other places and times; a run that stayed at home has only one other. */
const movedParts = async (
  ports: Ports,
  run: StoredRun,
  active: GramsCO2eq,
): Promise<Pick<RunParts, 'atSubmission' | 'atHome' | 'elsewhereAtSubmission'> | string> => {
  const stretches = await ports.reader.stretches(run);
  const series = await otherSeries(ports, run, stretches);
  const { home, homeThen, elsewhere } = series;
  const onSteps = [home, homeThen, ...elsewhere.values()].every((each) => each === undefined || changesOnSteps(each));
  const profile = onSteps ? stretches : (await ports.reader.ledger(run.id)).map(({ entry }) => entry);
  const atSubmission = laidContiguously(profile, run.submittedGridAt, () => home);
  if (atSubmission.kind === 'unknown') return atSubmission.reason;
  if (homeThen === undefined)
    return { atSubmission: atSubmission.emissions, atHome: active, elsewhereAtSubmission: atSubmission.emissions };
  const atHome = laidInPlace(profile, () => homeThen);
  const elsewhereAtSubmission = laidContiguously(profile, run.submittedGridAt, ({ zone }) => elsewhere.get(zone)!);
  if (atHome.kind === 'unknown') return atHome.reason;
  if (elsewhereAtSubmission.kind === 'unknown') return elsewhereAtSubmission.reason;
  return { atSubmission: atSubmission.emissions, atHome: atHome.emissions, elsewhereAtSubmission: elsewhereAtSubmission.emissions };
};

interface OtherSeries {
  /** Of the home zone from the submission on. */
  readonly home: IntensitySeries;
  /** Of the home zone when it really trained; undefined for a run that stayed there. */
  readonly homeThen: IntensitySeries | undefined;
  /** Of the zones where it really trained, from the submission on; none for a run that stayed at home. */
  readonly elsewhere: ReadonlyMap<string, IntensitySeries>;
}

const otherSeries = async ({ grid, gridClock }: Ports, run: StoredRun, profile: PowerProfile): Promise<OtherSeries> => {
  const readings = (zone: string, span: Interval) => grid.readings(zone, span, gridClock.now());
  const atOnce = contiguousSpan(profile, run.submittedGridAt);
  const home = await readings(run.spec.zone, atOnce);
  const zones = new Set(activeOf(profile).map(({ zone }) => zone));
  const elsewhere = new Map<string, IntensitySeries>();
  if (zones.size === 1 && zones.has(run.spec.zone)) return { home, homeThen: undefined, elsewhere };
  for (const zone of zones) elsewhere.set(zone, await readings(zone, atOnce));
  const homeThen = await readings(run.spec.zone, { start: profile[0]!.grid.start, end: profile.at(-1)!.grid.end });
  return { home, homeThen, elsewhere };
};

/** Known only where it is known of all the energy. */
const shareOf = ({ energy, share }: Booked): CarbonAccount['share'] =>
  energy > 0 && share.ofEnergy === energy ? { energy: microjoules(share.energy), emissions: grams(share.emissions) } : undefined;

/** Undefined when nothing of the energy has a known intensity. */
const emissionsOf = (booked: Booked): GramsCO2eq | undefined =>
  booked.energy > 0 && booked.coveredEnergy === 0 ? undefined : grams(booked.emissions);

/** Totals are compared only when all of their energy is covered. */
const emissionsIfWhole = (booked: Booked): GramsCO2eq | undefined =>
  booked.energy > 0 && booked.coveredEnergy === booked.energy ? grams(booked.emissions) : undefined;

const perPointIfWhole = ({ summary, spec }: StoredRun): GramsCO2eq | undefined => {
  const emissions = emissionsIfWhole(bookedInAll(summary));
  const accuracy = finalEvaluation(summary)?.accuracy;
  return emissions === undefined || accuracy === undefined
    ? undefined
    : carbonPerAccuracyPoint(emissions, accuracy, chanceAccuracyOf(spec.training.dataset));
};

const finalEvaluation = (summary: RunSummary): EvaluationPoint | undefined => summary.evaluations.find(({ final }) => final);

const reduction = (before: number | undefined, after: number | undefined): number | undefined =>
  before === undefined || after === undefined || before <= 0 ? undefined : 100 * (1 - after / before);

const negative = (value: number | undefined): number | undefined => (value === undefined ? undefined : -value);

const convergence = (differencePoints: number | undefined): Pick<PairComparison, 'converged' | 'convergenceNote'> => {
  if (differencePoints === undefined) return { converged: undefined, convergenceNote: 'one of the runs has no final evaluation yet' };
  const converged = differencePoints >= -CONVERGENCE_POINTS;
  const signed = `${differencePoints >= 0 ? '+' : '−'}${Math.abs(differencePoints).toFixed(2)} accuracy points`;
  return { converged, convergenceNote: `${signed} against the baseline; converged means at most ${CONVERGENCE_POINTS} points below it` };
};
