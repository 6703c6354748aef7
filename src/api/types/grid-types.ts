/** The grid as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, ObjectType } from 'type-graphql';
import type { Forecast, Reading } from '../../grid/reading.js';
import type { ServedZone } from '../../grid/grid.js';
import { FactorTypeEnum, IntensityKindEnum, ProvenanceEnum } from './enums.js';

@ObjectType('Zone', { description: 'A grid zone with readings.' })
export class ZoneType {
  @Field(() => String, { description: "Electricity Maps' key, like `US-CAL-CISO`." })
  key!: string;
  @Field(() => String, { description: 'Name of the zone.' })
  name!: string;
  @Field(() => String, { description: 'IANA name of its local time.' })
  timeZone!: string;
  @Field(() => [String], { description: 'Names of the sources that serve it, the preferred one first.' })
  sources!: string[];
  @Field(() => String, { description: 'Who provides its values, and under which licence.' })
  attribution!: string;
}

export const zoneView = ({ key, name, timeZone, sources, attribution }: ServedZone): ZoneType => ({
  key,
  name,
  timeZone,
  sources: [...sources],
  attribution,
});

@ObjectType('IntensityReading', { description: "One statement about a zone's carbon intensity over a span of grid time." })
export class IntensityReadingType {
  @Field(() => String, { description: 'Zone it is about.' })
  zone!: string;
  @Field(() => DateTime, { description: 'Start of the span, grid time.' })
  start!: Date;
  @Field(() => DateTime, { description: 'End of the span, grid time, not part of it.' })
  end!: Date;
  @Field(() => Float, { description: 'Carbon intensity in gCO2eq/kWh.' })
  intensityGco2eqPerKwh!: number;
  @Field(() => IntensityKindEnum, { description: 'Average or marginal.' })
  kind!: string;
  @Field(() => FactorTypeEnum, { description: 'Which emissions the factors count.' })
  factorType!: string;
  @Field(() => String, { description: 'Name of the source.' })
  source!: string;
  @Field(() => ProvenanceEnum, { description: 'How the value is known.' })
  provenance!: string;
  @Field(() => DateTime, { description: 'Grid time at which the source said so.' })
  issuedAt!: Date;
}

export const readingView = (reading: Reading): IntensityReadingType => ({
  zone: reading.zone,
  start: new Date(reading.interval.start),
  end: new Date(reading.interval.end),
  intensityGco2eqPerKwh: reading.intensity,
  kind: reading.kind,
  factorType: reading.factorType,
  source: reading.source,
  provenance: reading.provenance,
  issuedAt: new Date(reading.issuedAt),
});

@ObjectType('IntensityForecast', { description: "A forecast of a zone's carbon intensity." })
export class IntensityForecastType {
  @Field(() => String, { description: 'Zone it is about.' })
  zone!: string;
  @Field(() => String, { description: 'How it was made, like `persistence-24h`.' })
  method!: string;
  @Field(() => DateTime, { description: 'Grid time at which it was made; nothing later was looked at.' })
  issuedAt!: Date;
  @Field(() => [IntensityReadingType], { description: 'In time order; a span without a reading is a gap.' })
  readings!: IntensityReadingType[];
}

export const forecastView = (forecast: Forecast): IntensityForecastType => ({
  zone: forecast.zone,
  method: forecast.method,
  issuedAt: new Date(forecast.issuedAt),
  readings: forecast.readings.map(readingView),
});

@ObjectType('Replay', { description: 'The grid is a recorded one, replayed on an accelerated clock.' })
export class ReplayType {
  @Field(() => String, { description: 'Which zone, day and speed, in one sentence.' })
  notice!: string;
  @Field(() => Float, { description: 'Grid seconds per real second.' })
  speed!: number;
  @Field(() => Float, { description: 'Real seconds per grid hour.' })
  secondsPerGridHour!: number;
}

@ObjectType('CoveredComponent', { description: 'A component of the host that is metered.' })
export class CoveredComponentType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, { description: 'How it is known: `rapl` counters, or a model.' })
  method!: string;
  @Field(() => String, { description: 'What is assumed or read.' })
  detail!: string;
}

@ObjectType('NotCovered', { description: 'A component of the host that is not metered, and why.' })
export class NotCoveredType {
  @Field(() => String, { description: '`cpu`, `gpu` or `ram`.' })
  component!: string;
  @Field(() => String, { description: 'Why it is not metered.' })
  reason!: string;
}

@ObjectType('MeterCoverage', { description: "What this host's meter covers." })
export class MeterCoverageType {
  @Field(() => [CoveredComponentType], { description: 'Metered components.' })
  covered!: CoveredComponentType[];
  @Field(() => [NotCoveredType], { description: 'Components that are not metered.' })
  notCovered!: NotCoveredType[];
}

@ObjectType('Service', { description: 'This service and the grid it runs on.' })
export class ServiceType {
  @Field(() => String, { description: 'Version of Lowtide.' })
  version!: string;
  @Field(() => String, { description: 'Name of the host.' })
  host!: string;
  @Field(() => DateTime, { description: "Now on the grid's clock." })
  gridNow!: Date;
  @Field(() => ReplayType, { nullable: true, description: 'Set when the grid is a replay; null on a live grid.' })
  replay!: ReplayType | null;
  @Field(() => MeterCoverageType, { description: "What the host's meter covers." })
  meter!: MeterCoverageType;
}
