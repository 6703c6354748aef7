/** The grid as the API shows it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { ServedZone } from '../../grid/grid.js';
import type { Forecast, Range, Reading } from '../../grid/reading.js';
import { isFailing, type SourceState } from '../../grid/source-state.js';
import { FactorTypeEnum, IntensityKindEnum, ProvenanceEnum, SourceHealthEnum } from './enums.js';

@ObjectType('ZonePosition', { description: 'A point that stands for a zone on a map; no figure is worked out from it.' })
export class ZonePositionType {
  @Field(() => Float, { description: 'Degrees east.' })
  longitude!: number;
  @Field(() => Float, { description: 'Degrees north.' })
  latitude!: number;
  @Field(() => String, { nullable: true, description: "The place in the zone it is; null: the middle of a country's largest land." })
  place!: string | null;
}

@ObjectType('Zone', { description: 'A grid zone with readings.' })
export class ZoneType {
  @Field(() => String, { description: "Electricity Maps' key, like `US-CAL-CISO`." })
  key!: string;
  @Field(() => String, { description: 'Name of the zone.' })
  name!: string;
  @Field(() => String, { description: 'IANA name of its local time.' })
  timeZone!: string;
  @Field(() => [IntensityKindEnum], { description: 'What its sources tell, the kind runs are accounted in first.' })
  kinds!: string[];
  @Field(() => [String], { description: 'Names of the sources that serve it, the preferred one first.' })
  sources!: string[];
  @Field(() => String, { description: 'Who provides its values, and under which licence.' })
  attribution!: string;
}

export const zoneView = ({ key, name, timeZone, kinds, sources, attribution }: ServedZone): ZoneType => ({
  key,
  name,
  timeZone,
  kinds: [...kinds],
  sources: [...sources],
  attribution,
});

@ObjectType('IntensityRange', { description: 'Bounds of a forecast, gCO2eq/kWh.' })
export class IntensityRangeType {
  @Field(() => Float, { description: 'Lower bound, gCO2eq/kWh.' })
  lowGco2eqPerKwh!: number;
  @Field(() => Float, { description: 'Upper bound, gCO2eq/kWh.' })
  highGco2eqPerKwh!: number;
}

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
  @Field(() => IntensityRangeType, { nullable: true, description: 'What 80 % of outcomes lie within; null unless a forecast states it.' })
  interval80!: IntensityRangeType | null;
  @Field(() => IntensityRangeType, { nullable: true, description: 'What 95 % of outcomes lie within; null unless a forecast states it.' })
  interval95!: IntensityRangeType | null;
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
  interval80: rangeView(reading.intervals?.p80),
  interval95: rangeView(reading.intervals?.p95),
});

const rangeView = (range: Range | undefined): IntensityRangeType | null =>
  range === undefined ? null : { lowGco2eqPerKwh: range.low, highGco2eqPerKwh: range.high };

@ObjectType('IntensityForecast', { description: "A forecast of a zone's carbon intensity." })
export class IntensityForecastType {
  @Field(() => String, { description: 'Zone it is about.' })
  zone!: string;
  @Field(() => String, { description: 'How it was made, like `history-ridge` or the name of a source.' })
  method!: string;
  @Field(() => DateTime, { description: 'Grid time at which it was made; nothing later was looked at.' })
  issuedAt!: Date;
  @Field(() => IntensityKindEnum, { description: 'Average or marginal.' })
  kind!: string;
  @Field(() => FactorTypeEnum, { description: 'Which emissions the factors count.' })
  factorType!: string;
  @Field(() => String, { nullable: true, description: 'Why it is not, or not for all of its length, the forecast that was asked for.' })
  note!: string | null;
  @Field(() => [IntensityReadingType], { description: 'In time order; a span without a reading is a gap.' })
  readings!: IntensityReadingType[];
}

export const forecastView = (forecast: Forecast): IntensityForecastType => ({
  zone: forecast.zone,
  method: forecast.method,
  issuedAt: new Date(forecast.issuedAt),
  kind: forecast.kind,
  factorType: forecast.factorType,
  note: forecast.note ?? null,
  readings: forecast.readings.map(readingView),
});

@ObjectType('SourceFailure', { description: 'How a source failed.' })
export class SourceFailureType {
  @Field(() => DateTime, { description: 'When it began to fail.' })
  since!: Date;
  @Field(() => String, { description: 'Like `unauthorized`, `rate-limited`, `timed-out`.' })
  kind!: string;
  @Field(() => String, { description: 'In words; never holds a key.' })
  message!: string;
}

@ObjectType('Source', { description: 'A source of carbon intensity and how it is doing for one zone.' })
export class SourceType {
  @Field(() => String, { description: 'Name of the source.' })
  name!: string;
  @Field(() => String, { description: 'Zone it is asked about.' })
  zone!: string;
  @Field(() => IntensityKindEnum, { description: 'Average or marginal.' })
  kind!: string;
  @Field(() => FactorTypeEnum, { description: 'Which emissions the factors count.' })
  factorType!: string;
  @Field(() => String, { description: 'Who provides its values, and under which licence.' })
  attribution!: string;
  @Field(() => Int, { description: 'Hours ahead it forecasts; 0 when it does not, and the built-in forecaster stands in.' })
  forecastHours!: number;
  @Field(() => SourceHealthEnum, { description: 'How it is doing.' })
  health!: string;
  @Field(() => DateTime, { nullable: true, description: 'When it last answered; null when it has not, or is local.' })
  lastSuccessAt!: Date | null;
  @Field(() => SourceFailureType, { nullable: true, description: 'Its last failure; stays when it answers again.' })
  lastFailure!: SourceFailureType | null;
  @Field(() => DateTime, { nullable: true, description: 'End of the newest step it has told of, grid time.' })
  newestEnd!: Date | null;
  @Field(() => Float, { nullable: true, description: "Its clock minus ours, in seconds, by its answers' Date header; null when unknown." })
  clockSkewSeconds!: number | null;
}

export const sourceView = (state: SourceState): SourceType => ({
  name: state.source,
  zone: state.zone,
  kind: state.kind,
  factorType: state.factorType,
  attribution: state.attribution,
  forecastHours: state.forecastHours,
  health: healthOf(state),
  lastSuccessAt: state.lastSuccessAt === undefined ? null : new Date(state.lastSuccessAt),
  lastFailure: state.lastFailure === undefined ? null : { ...state.lastFailure, since: new Date(state.lastFailure.since) },
  newestEnd: state.newestEnd === undefined ? null : new Date(state.newestEnd),
  clockSkewSeconds: state.clockSkewMs === undefined ? null : state.clockSkewMs / 1000,
});

const healthOf = (state: SourceState): string => {
  if (state.circuit === 'local') return 'local';
  if (state.circuit === 'open') return 'left-alone';
  if (isFailing(state)) return 'failing';
  return state.lastSuccessAt === undefined ? 'not-asked' : 'answering';
};

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
