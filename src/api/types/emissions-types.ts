/** A run's ledger along time, and what it saved, as the API shows them. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { TimelinePoint } from '../../record/emissions-timeline.js';
import { fromMicrojoules, meanPower } from '../../units/quantities.js';
import type { Savings } from '../../workflows/answers.js';
import { EnergyPurposeEnum } from './enums.js';
import { kwh } from './kwh.js';

@ObjectType('Savings', { description: 'A signed saving of a run against itself started at once; negative is a loss.' })
export class SavingsType {
  @Field(() => Float, { nullable: true, description: 'gCO2eq of the counterfactual.' })
  counterfactualEmissionsGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'counterfactual − actual in gCO2eq, overhead included.' })
  savedGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'The same in per cent of the counterfactual.' })
  savedPercent!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq saved by moving the active energy in time, in the home zone.' })
  timingGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq saved by moving it in place, at the time of submission.' })
  placeGco2eq!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'gCO2eq that both moves saved beyond the two by themselves; 0 for a run that stayed at home.',
  })
  interactionGco2eq!: number | null;
  @Field(() => Float, { nullable: true, description: 'gCO2eq of start-up, checkpoints and resumes.' })
  overheadGco2eq!: number | null;
  @Field(() => String, { description: 'How it is computed.' })
  method!: string;
  @Field(() => String, { description: 'Meters and grid data behind it.' })
  provenance!: string;
  @Field(() => String, { nullable: true, description: 'Why there is no figure, when there is none.' })
  unknownBecause!: string | null;
}

export const savingsView = (savings: Savings): SavingsType => ({
  counterfactualEmissionsGco2eq: savings.counterfactual ?? null,
  savedGco2eq: savings.saved ?? null,
  savedPercent: savings.savedPercent ?? null,
  timingGco2eq: savings.timing ?? null,
  placeGco2eq: savings.place ?? null,
  interactionGco2eq: savings.interaction ?? null,
  overheadGco2eq: savings.overhead ?? null,
  method: savings.method,
  provenance: savings.provenance,
  unknownBecause: savings.unknownBecause ?? null,
});

@ObjectType('EmissionsPoint', {
  description: "Energy of one purpose in a run's ledger: one entry within one grid step, or entries summed.",
})
export class EmissionsPointType {
  @Field(() => DateTime, { description: 'Start, real time.' })
  startedAt!: Date;
  @Field(() => DateTime, { description: 'End, real time.' })
  endedAt!: Date;
  @Field(() => DateTime, { description: 'Start, grid time.' })
  gridStart!: Date;
  @Field(() => DateTime, { description: 'End, grid time.' })
  gridEnd!: Date;
  @Field(() => EnergyPurposeEnum, { description: 'What it was drawn for.' })
  purpose!: string;
  @Field(() => Float, { description: 'kWh at the host, before PUE.' })
  energyKwh!: number;
  @Field(() => Float, { description: 'Mean power in W.' })
  powerWatts!: number;
  @Field(() => Float, {
    nullable: true,
    description: 'Intensity it is booked on, of several weighted by energy; null where that of any of it is unknown.',
  })
  intensityGco2eqPerKwh!: number | null;
  @Field(() => Float, {
    nullable: true,
    description: 'energy × PUE × intensity in gCO2eq; null where the intensity of any of it is unknown.',
  })
  emissionsGco2eq!: number | null;
  @Field(() => Float, { description: 'gCO2eq booked so far, this entry included.' })
  cumulativeEmissionsGco2eq!: number;
}

export const timelineView = (points: readonly TimelinePoint[]): EmissionsPointType[] => {
  let cumulative = 0;
  return points.map(({ purpose, real, grid, meteredMs, energy, intensity, emissions, knownEmissions }) => ({
    startedAt: new Date(real.start),
    endedAt: new Date(real.end),
    gridStart: new Date(grid.start),
    gridEnd: new Date(grid.end),
    purpose,
    energyKwh: kwh(energy),
    powerWatts: meanPower(fromMicrojoules(energy), meteredMs),
    intensityGco2eqPerKwh: intensity ?? null,
    emissionsGco2eq: emissions ?? null,
    cumulativeEmissionsGco2eq: (cumulative += knownEmissions),
  }));
};
