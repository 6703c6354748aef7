/** Runs side by side, as the API shows them. */
import { Field, Float, ObjectType } from 'type-graphql';
import { HOUR_MS } from '../../units/time.js';
import type { Comparison, PairComparison } from '../../workflows/answers.js';
import { RunType, runView } from './run-type.js';

@ObjectType('ComparedPair', {
  description:
    'A candidate against the baseline. Reductions are positive when the candidate is lower; those of emissions, energy and time are null until both have succeeded.',
})
export class ComparedPairType {
  @Field(() => RunType, { description: 'The baseline.' })
  baseline!: RunType;
  @Field(() => RunType, { description: 'The candidate.' })
  candidate!: RunType;
  @Field(() => Float, { nullable: true, description: 'Reduction of emissions in per cent; negative: the candidate emitted more.' })
  emissionsReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of energy in per cent.' })
  energyReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: "Reduction of the runs' own energy, above the host at rest, in per cent." })
  shareReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of carbon per accuracy point in per cent.' })
  carbonPerAccuracyPointReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Candidate − baseline in accuracy points.' })
  accuracyDifferencePoints!: number | null;
  @Field(() => Float, { nullable: true, description: 'Reduction of peak tensor memory in per cent.' })
  peakMemoryReductionPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'Change of metered time in per cent; positive: the candidate took longer.' })
  durationChangePercent!: number | null;
  @Field(() => Float, { nullable: true, description: "The candidate's grid hours from submission to start." })
  delayHours!: number | null;
  @Field(() => Float, { nullable: true, description: 'Baseline − candidate in gCO2eq; the sum of the five parts below.' })
  differenceGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: how much more moving in time saved the candidate than the baseline.' })
  timingGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq that moving in place saved the candidate beyond the baseline.' })
  placeGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq that moving in time and place saved beyond the two by themselves.' })
  interactionGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: the difference of the two power profiles, both laid at submission.' })
  configurationGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq: the difference of the two overheads.' })
  overheadGco2eq!: number | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether the candidate reached the same accuracy; null before both are evaluated.' })
  converged!: boolean | null;
  @Field(() => String, { description: 'What that is judged by.' })
  convergenceNote!: string;
  @Field(() => String, { nullable: true, description: 'Why the levers are not known, when they are not.' })
  unknownBecause!: string | null;
}

const pairView = (pair: PairComparison): ComparedPairType => ({
  baseline: runView(pair.baseline),
  candidate: runView(pair.candidate),
  emissionsReductionPercent: pair.emissionsReductionPercent ?? null,
  energyReductionPercent: pair.energyReductionPercent ?? null,
  shareReductionPercent: pair.shareReductionPercent ?? null,
  carbonPerAccuracyPointReductionPercent: pair.carbonPerAccuracyPointReductionPercent ?? null,
  accuracyDifferencePoints: pair.accuracyDifferencePoints ?? null,
  peakMemoryReductionPercent: pair.peakMemoryReductionPercent ?? null,
  durationChangePercent: pair.durationChangePercent ?? null,
  delayHours: pair.delayMs === undefined ? null : pair.delayMs / HOUR_MS,
  differenceGco2eq: pair.difference ?? null,
  timingGco2eq: pair.timing ?? null,
  placeGco2eq: pair.place ?? null,
  interactionGco2eq: pair.interaction ?? null,
  configurationGco2eq: pair.configuration ?? null,
  overheadGco2eq: pair.overhead ?? null,
  converged: pair.converged ?? null,
  convergenceNote: pair.convergenceNote,
  unknownBecause: pair.unknownBecause ?? null,
});

@ObjectType('Comparison', { description: 'Runs side by side.' })
export class ComparisonType {
  @Field(() => RunType, { nullable: true, description: 'The baseline among them; null when there is none.' })
  baseline!: RunType | null;
  @Field(() => [RunType], { description: 'All of them.' })
  runs!: RunType[];
  @Field(() => [ComparedPairType], { description: 'Each candidate against the baseline.' })
  pairs!: ComparedPairType[];
  @Field(() => String, { description: 'What the figures rest on: the grid, its clock, the meter.' })
  notice!: string;
}

export const comparisonView = ({ baseline, runs, pairs, notice }: Comparison): ComparisonType => ({
  baseline: baseline === undefined ? null : runView(baseline),
  runs: runs.map(runView),
  pairs: pairs.map(pairView),
  notice,
});
