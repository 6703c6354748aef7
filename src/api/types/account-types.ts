/** How a run's figures are known, and how they changed, as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { createUnionType, Field, Float, Int, ObjectType } from 'type-graphql';
import type { MeterCoverage } from '../../energy/sample.js';
import type { ComponentTotal, CoverageGap } from '../../record/booked.js';
import type { RestatementRecord, RunSummary } from '../../record/run-summary.js';
import type { Settlement } from '../../workflows/answers.js';
import { RunNotFoundType } from './control-types.js';
import { NotCoveredType } from './grid-types.js';
import { kwh } from './kwh.js';

@ObjectType('ComponentEnergy', { description: 'Energy of one component, and how it is known.' })
export class ComponentEnergyType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, {
    description:
      'Counters: `rapl`, `nvml-energy`; power integrated: `nvml-power`, `nvidia-smi`, `amdgpu-power`; models: `cpu-load-model`, `cpu-process-model`, `cpu-constant`, `ram-dimm-model`, `ram-process-model`.',
  })
  method!: string;
  @Field(() => String, { nullable: true, description: 'What was read or assumed, on each host it ran on; null in old logs.' })
  detail!: string | null;
  @Field(() => Float, { description: 'kWh of the whole host while the run trained.' })
  energyKwh!: number;
  @Field(() => Float, { nullable: true, description: 'kWh of it that the host draws at rest; null where that is not known.' })
  idleEnergyKwh!: number | null;
  @Field(() => Float, { nullable: true, description: "kWh above rest that are the run's own, by processor time; null where not known." })
  attributedEnergyKwh!: number | null;
}

/** Of the hosts the run was metered on. */
export const metersOf = ({ segments }: RunSummary): readonly MeterCoverage[] => segments.flatMap(({ meter }) => meter ?? []);

export const componentView = (
  { component, method, energy, idle, attributed }: ComponentTotal,
  meters: readonly MeterCoverage[],
): ComponentEnergyType => ({
  component,
  method,
  detail: detailOf(meters, component, method),
  energyKwh: kwh(energy),
  idleEnergyKwh: idle === undefined ? null : kwh(idle),
  attributedEnergyKwh: attributed === undefined ? null : kwh(attributed),
});

const detailOf = (meters: readonly MeterCoverage[], component: string, method: string): string | null => {
  const details = meters.flatMap(({ covered }) =>
    covered.filter((each) => each.component === component && each.method === method).map(({ detail }) => detail),
  );
  return details.length === 0 ? null : [...new Set(details)].join('; ');
};

@ObjectType('CoverageGap', { description: 'Metered time in which the energy of a component was not known, and is not counted.' })
export class CoverageGapType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, { description: 'Why.' })
  reason!: string;
  @Field(() => Float, { description: 'Real seconds.' })
  durationSeconds!: number;
}

export const gapView = ({ component, reason, durationMs }: CoverageGap): CoverageGapType => ({
  component,
  reason,
  durationSeconds: durationMs / 1000,
});

@ObjectType('Coverage', { description: "What a run's totals cover." })
export class CoverageType {
  @Field(() => Float, { nullable: true, description: 'Per cent of the energy drawn while the intensity of the grid was known.' })
  energyWithKnownIntensityPercent!: number | null;
  @Field(() => [ComponentEnergyType], { description: 'Energy by component and method.' })
  components!: ComponentEnergyType[];
  @Field(() => [NotCoveredType], { description: 'Components that were not metered on the hosts it ran on.' })
  notCovered!: NotCoveredType[];
  @Field(() => [CoverageGapType], { description: 'When covered components were not known after all.' })
  gaps!: CoverageGapType[];
  @Field(() => Float, {
    description: 'Real seconds in samples that came more than three intervals late: counters counted, models did not.',
  })
  lateSeconds!: number;
}

@ObjectType('Restatement', { description: 'Lines of a ledger that were booked anew on better readings; the log keeps both.' })
export class RestatementType {
  @Field(() => DateTime, { description: 'When, real time.' })
  at!: Date;
  @Field(() => Int, { description: 'Lines that were replaced.' })
  lines!: number;
  @Field(() => String, { description: 'From which readings to which.' })
  message!: string;
  @Field(() => Float, { description: 'gCO2eq of the run before.' })
  beforeGco2eq!: number;
  @Field(() => Float, { description: 'gCO2eq of the run after.' })
  afterGco2eq!: number;
}

export const restatementView = ({ at, lines, message, before, after }: RestatementRecord): RestatementType => ({
  at: new Date(at),
  lines,
  message,
  beforeGco2eq: before,
  afterGco2eq: after,
});

@ObjectType('Prediction', { description: 'What was predicted of a run after its first epoch, and how far off that was.' })
export class PredictionType {
  @Field(() => DateTime, { description: 'When, real time.' })
  at!: Date;
  @Field(() => Float, { description: 'kWh of the host for the whole run, overhead included.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'Real seconds metered.' })
  durationSeconds!: number;
  @Field(() => Float, { nullable: true, description: 'gCO2eq; null where the intensity was not known or not forecast.' })
  emissionsGco2eq!: number | null;
  @Field(() => String, { description: 'Forecast the rest was laid on.' })
  forecastMethod!: string;
  @Field(() => Float, { nullable: true, description: '(predicted − booked) / booked in per cent; null before the run has succeeded.' })
  energyErrorPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'The same of the metered time.' })
  durationErrorPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'The same of the emissions.' })
  emissionsErrorPercent!: number | null;
}

export const predictionView = (prediction: NonNullable<RunSummary['prediction']>): PredictionType => ({
  at: new Date(prediction.at),
  energyKwh: kwh(prediction.energy),
  durationSeconds: prediction.durationMs / 1000,
  emissionsGco2eq: prediction.emissions ?? null,
  forecastMethod: prediction.forecastMethod,
  energyErrorPercent: prediction.error?.energyPercent ?? null,
  durationErrorPercent: prediction.error?.durationPercent ?? null,
  emissionsErrorPercent: prediction.error?.emissionsPercent ?? null,
});

@ObjectType('RunSettled', { description: 'The ledger stands on the best readings there are now.' })
export class RunSettledType {
  kind!: string;
  @Field(() => Int, { description: 'Lines that were booked anew.' })
  restatedLines!: number;
  @Field(() => Int, { description: 'Lines that still wait for a better reading.' })
  provisionalLines!: number;
}

export const SettleRunResult = createUnionType({
  name: 'SettleRunResult',
  description: 'What became of settling a run.',
  types: () => [RunSettledType, RunNotFoundType] as const,
  resolveType: (value: { kind: string }) => value.kind,
});

export const settlementView = (id: string, settlement: Settlement): RunSettledType | RunNotFoundType =>
  settlement.kind === 'settled'
    ? { kind: 'RunSettled', restatedLines: settlement.restated, provisionalLines: settlement.provisional }
    : { kind: 'RunNotFound', message: `there is no run ${JSON.stringify(id)}` };
