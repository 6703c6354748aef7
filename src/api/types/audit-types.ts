/** Totals over the ledgers of many runs, as the API shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { BookedGroup } from '../../emissions/booked-groups.js';
import { isWhole, type AuditedComponent, type AuditedRun } from '../../record/audited-runs.js';
import { joules, kilowattHours } from '../../units/quantities.js';
import type { Audit, TotalSavings } from '../../workflows/audit-ledger.js';
import { RestatementType } from './account-types.js';
import { EnergyPurposeEnum, FactorTypeEnum, IntensityKindEnum, ProvenanceEnum } from './enums.js';
import { RunType, runView } from './run-type.js';

@ObjectType('BookedReading', { description: 'What sort of reading lines of a ledger are booked on.' })
class BookedReadingType {
  @Field(() => String, { description: 'Name of the source.' })
  source!: string;
  @Field(() => ProvenanceEnum, { description: 'How its value is known.' })
  provenance!: string;
  @Field(() => IntensityKindEnum, { description: 'Average or marginal.' })
  kind!: string;
  @Field(() => FactorTypeEnum, { description: 'Which emissions the factors count.' })
  factorType!: string;
}

@ObjectType('BookedTotal', {
  description: 'A sum over lines of ledgers. What it is by is set; a line belongs to the hour, day and span in which it begins.',
})
export class BookedTotalType {
  @Field(() => String, { nullable: true, description: 'Of this project.' })
  project!: string | null;
  @Field(() => ID, { nullable: true, description: 'Of the experiment with this id.' })
  experimentId!: string | null;
  @Field(() => ID, { nullable: true, description: 'Of the run with this id.' })
  runId!: string | null;
  @Field(() => String, { nullable: true, description: 'In this grid zone.' })
  zone!: string | null;
  @Field(() => String, { nullable: true, description: 'On this day of the grid, UTC, like `2022-07-14`.' })
  day!: string | null;
  @Field(() => Int, { nullable: true, description: 'In this hour of the day, 0 to 23, local time of the zone.' })
  hourOfDay!: number | null;
  @Field(() => EnergyPurposeEnum, { nullable: true, description: 'Drawn for this.' })
  purpose!: string | null;
  @Field(() => BookedReadingType, { nullable: true, description: 'Booked on such readings; null by READING: the intensity is unknown.' })
  reading!: BookedReadingType | null;
  @Field(() => Float, { description: 'kWh of the host, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'kWh of it for start-up, checkpoints and resumes.' })
  overheadEnergyKwh!: number;
  @Field(() => Float, { description: 'kWh of it drawn while the intensity of the grid was unknown: its emissions are in no sum.' })
  unknownEnergyKwh!: number;
  @Field(() => Float, { nullable: true, description: 'Per cent of the energy whose intensity is known; null without energy.' })
  energyWithKnownIntensityPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq of the part with a known intensity, PUE included; null where there is none.' })
  emissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'Mean intensity of that part in gCO2eq/kWh, weighted by energy.' })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => Int, { description: 'Runs with lines in it.' })
  runs!: number;
  @Field(() => Int, { description: 'Lines of ledgers.' })
  lines!: number;
}

/** Sums go beyond what one run's whole microjoules may. */
const kwhOf = (microjoules: number): number => kilowattHours(joules(microjoules / 1e6));

export const bookedTotalView = ({ key, energy, overhead, unknown, emissions, intensity, runs, lines }: BookedGroup): BookedTotalType => ({
  project: key.project ?? null,
  experimentId: key.experimentId ?? null,
  runId: key.runId ?? null,
  zone: key.zone ?? null,
  day: key.day ?? null,
  hourOfDay: key.hourOfDay ?? null,
  purpose: key.purpose ?? null,
  reading: key.reading ?? null,
  energyKwh: kwhOf(energy),
  overheadEnergyKwh: kwhOf(overhead),
  unknownEnergyKwh: kwhOf(unknown),
  energyWithKnownIntensityPercent: energy > 0 ? (100 * (energy - unknown)) / energy : null,
  emissionsGco2eq: emissions ?? null,
  intensityGco2eqPerKwh: intensity ?? null,
  runs,
  lines,
});

@ObjectType('AuditedComponent', { description: 'Energy of one component by one method over the audited runs.' })
export class AuditedComponentType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, { description: 'How it is known, see `ComponentEnergy`.' })
  method!: string;
  @Field(() => Float, {
    description: 'kWh of the hosts while the runs trained; of a run that is only partly in the span, shared out by energy.',
  })
  energyKwh!: number;
  @Field(() => Int, { description: 'Runs it is known of.' })
  runs!: number;
}

export const auditedComponentView = ({ component, method, energy, runs }: AuditedComponent): AuditedComponentType => ({
  component,
  method,
  energyKwh: kwhOf(energy),
  runs,
});

@ObjectType('AuditedRun', { description: 'A run, and what of it was booked in the span.' })
export class AuditedRunType {
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => BookedTotalType, { description: 'What was booked in the span.' })
  booked!: BookedTotalType;
  @Field(() => Boolean, { description: 'Whether that is all of it.' })
  whole!: boolean;
}

export const auditedRunView = (audited: AuditedRun): AuditedRunType => ({
  run: runView(audited.run),
  booked: bookedTotalView(audited.part),
  whole: isWhole(audited),
});

@ObjectType('AuditedRestatement', { description: "A settlement that changed an audited run's ledger." })
export class AuditedRestatementType {
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => RestatementType, { description: 'The settlement.' })
  restatement!: RestatementType;
}

@ObjectType('SavingUnknown', { description: 'A run whose saving is in no sum.' })
class SavingUnknownType {
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => String, { description: 'Why.' })
  because!: string;
}

@ObjectType('TotalSavings', { description: 'Signed savings of runs against themselves started at once; losses count against them.' })
export class TotalSavingsType {
  @Field(() => Float, {
    nullable: true,
    description: 'counterfactual − actual in gCO2eq; negative is a loss; null when no run’s is known.',
  })
  savedGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq of the counterfactuals of the same runs.' })
  counterfactualEmissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'The one in per cent of the other.' })
  savedPercent!: number | null;
  @Field(() => Int, { description: 'Runs whose saving is known.' })
  runs!: number;
  @Field(() => Int, { description: 'Of these, runs that lost.' })
  losses!: number;
  @Field(() => [SavingUnknownType], { description: 'Runs whose saving is not known.' })
  unknown!: SavingUnknownType[];
}

export const totalSavingsView = ({ saved, counterfactual, known, losses, unknown }: TotalSavings): TotalSavingsType => ({
  savedGco2eq: saved ?? null,
  counterfactualEmissionsGco2eq: counterfactual ?? null,
  savedPercent: saved !== undefined && counterfactual !== undefined && counterfactual > 0 ? (100 * saved) / counterfactual : null,
  runs: known,
  losses,
  unknown: unknown.map(({ run, because }) => ({ run: runView(run.run), because })),
});

@ObjectType('Audit', { description: 'What all runs, or those of a project, booked in a span of grid time.' })
export class AuditType {
  /** Not a field: what the resolvers work on. */
  audit!: Audit;
  @Field(() => DateTime, { nullable: true, description: 'Start, grid time; null: from the first line on.' })
  from!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'End, grid time, not part of it; null: to the last line.' })
  to!: Date | null;
  @Field(() => String, { nullable: true, description: 'The project; null: all of them.' })
  project!: string | null;
}

export const auditView = (audit: Audit): AuditType => ({
  audit,
  from: audit.from === undefined ? null : new Date(audit.from),
  to: audit.to === undefined ? null : new Date(audit.to),
  project: audit.project ?? null,
});
