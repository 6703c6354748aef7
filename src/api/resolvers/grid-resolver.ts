/** The grid: zones, intensity now, in the past and expected, its sources, and the service that watches it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { ForecastMethod } from '../../grid/grid.js';
import { readingAt, type IntensityKind, type Reading } from '../../grid/reading.js';
import { resample } from '../../grid/resample.js';
import { DAY_MS, HOUR_MS, instant, later, MINUTE_MS, type Instant } from '../../units/time.js';
import { badInput, expectWithin, withKnownZone } from '../bad-input.js';
import type { Context } from '../context.js';
import { readingChanges } from '../reading-changes.js';
import { ForecastMethodEnum, IntensityKindEnum } from '../types/enums.js';
import {
  IntensityForecastType,
  IntensityReadingType,
  forecastView,
  readingView,
  ServiceType,
  SourceType,
  sourceView,
  ZonePositionType,
  ZoneType,
  zoneView,
} from '../types/grid-types.js';

const MOST_HISTORY_MS = 31 * DAY_MS;
const ZONE = 'Key of the zone, or another name of it: a balancing authority, a WattTime or cloud region, a country.';
const KIND = 'Average or marginal; the kind runs are accounted in when absent.';

@Resolver()
export class GridResolver {
  @Query(() => ServiceType, { description: 'This service and the grid it runs on.' })
  service(@Ctx() { lowtide }: Context): ServiceType {
    const { gridClock: clock, replayNotice } = lowtide;
    const { covered, notCovered } = lowtide.meterCoverage;
    return {
      version: lowtide.version,
      host: lowtide.host,
      gridNow: new Date(clock.now()),
      replay:
        replayNotice === undefined ? null : { notice: replayNotice, speed: clock.speed, secondsPerGridHour: HOUR_MS / clock.speed / 1000 },
      meter: { covered: [...covered], notCovered: [...notCovered] },
    };
  }

  @Query(() => [ZoneType], { description: 'Zones with a source.' })
  zones(@Ctx() { lowtide }: Context): ZoneType[] {
    return lowtide.grid.zones().map(zoneView);
  }

  @Query(() => [SourceType], { description: 'The sources of carbon intensity, and how each is doing for each zone.' })
  async sources(
    @Arg('zone', () => String, { nullable: true, description: `${ZONE} All zones when absent.` }) zone: string | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<SourceType[]> {
    const states = await lowtide.grid.sources();
    if (!zone) return states.map(sourceView);
    return withKnownZone(lowtide, 'zone', zone, (key) => Promise.resolve(states.filter((state) => state.zone === key).map(sourceView)));
  }

  @Query(() => IntensityReadingType, {
    nullable: true,
    description:
      'The intensity in force now; null when it is unknown (a gap). While no source answers it is the last forecast, and says so.',
  })
  async carbonIntensity(
    @Arg('zone', () => String, { description: ZONE }) zone: string,
    @Arg('kind', () => IntensityKindEnum, { nullable: true, description: KIND }) kind: IntensityKind | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityReadingType | null> {
    return withKnownZone(lowtide, 'zone', zone, async (key) => {
      const reading = await currentReading(lowtide, key, kind ?? undefined);
      return reading === undefined ? null : readingView(reading);
    });
  }

  @Query(() => [IntensityReadingType], { description: 'Readings of the past that touch a span of grid time; a span without one is a gap.' })
  async intensityHistory(
    @Arg('zone', () => String, { description: ZONE }) zone: string,
    @Arg('from', () => DateTime, { description: 'Start, grid time.' }) from: Date,
    @Arg('to', () => DateTime, { description: 'End, grid time; at most 31 days after the start.' }) to: Date,
    @Arg('kind', () => IntensityKindEnum, { nullable: true, description: KIND }) kind: IntensityKind | null | undefined,
    @Arg('knownAt', () => DateTime, {
      nullable: true,
      description: 'As it was known then, before later values superseded it; grid time, now when absent.',
    })
    knownAt: Date | null | undefined,
    @Arg('stepMinutes', () => Int, {
      nullable: true,
      description:
        'Means over steps of this length from the start on, 1 to 1440, instead of the readings as they are; a step of which a part is unknown is a gap.',
    })
    stepMinutes: number | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityReadingType[]> {
    const length = to.getTime() - from.getTime();
    if (!(length > 0 && length <= MOST_HISTORY_MS)) {
      throw badInput([{ path: 'to', given: to.toISOString(), allowed: `an instant after from (${from.toISOString()}), at most 31 days` }]);
    }
    if (typeof stepMinutes === 'number') expectWithin('stepMinutes', stepMinutes, 1, 1440);
    const { grid, gridClock } = lowtide;
    const now = gridClock.now();
    if (knownAt && knownAt.getTime() > now) {
      throw badInput([{ path: 'knownAt', given: knownAt.toISOString(), allowed: `an instant up to now (${new Date(now).toISOString()})` }]);
    }
    const asOf = knownAt ? instant(knownAt.getTime()) : now;
    return withKnownZone(lowtide, 'zone', zone, async (key) => {
      const span = { start: instant(from.getTime()), end: instant(to.getTime()) };
      const series = await grid.readings(key, span, asOf, kind ?? undefined);
      const stepped =
        typeof stepMinutes === 'number' ? resample(series, span, { stepMs: stepMinutes * MINUTE_MS, origin: span.start }) : series;
      return stepped.readings.map(readingView);
    });
  }

  @Query(() => IntensityForecastType, { description: 'What is expected of a zone from now on.' })
  async intensityForecast(
    @Arg('zone', () => String, { description: ZONE }) zone: string,
    @Arg('horizonHours', () => Int, { defaultValue: 24, description: 'Grid hours ahead, 1 to 72.' }) horizonHours: number,
    @Arg('method', () => ForecastMethodEnum, { defaultValue: ForecastMethodEnum['BEST'], description: 'How it is made.' })
    method: ForecastMethod,
    @Arg('kind', () => IntensityKindEnum, { nullable: true, description: KIND }) kind: IntensityKind | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityForecastType> {
    expectWithin('horizonHours', horizonHours, 1, 72);
    return withKnownZone(lowtide, 'zone', zone, async (key) => {
      const now = lowtide.gridClock.now();
      const span = { start: now, end: later(now, horizonHours * HOUR_MS) };
      return forecastView(await lowtide.grid.forecast(key, span, now, { method, ...(kind && { kind }) }));
    });
  }

  @Subscription(() => IntensityReadingType, {
    name: 'carbonIntensity',
    nullable: true,
    description: 'The intensity in force, at once and then at each change; null while it is unknown.',
    subscribe: ({ args, context }: { args: { zone?: string; kind?: IntensityKind | null }; context: Context }) =>
      withKnownZone(context.lowtide, 'zone', args.zone ?? '', (key) =>
        Promise.resolve(readingChanges(context.lowtide, key, args.kind ?? undefined)),
      ),
  })
  carbonIntensityChanges(
    @Arg('zone', () => String, { description: ZONE }) _zone: string,
    @Arg('kind', () => IntensityKindEnum, { nullable: true, description: KIND }) _kind: IntensityKind | null | undefined,
    @Root() reading: { readonly now: Reading | undefined },
  ): IntensityReadingType | null {
    return reading.now === undefined ? null : readingView(reading.now);
  }
}

/** What is known of one zone. */
@Resolver(() => ZoneType)
export class ZoneResolver {
  @FieldResolver(() => ZonePositionType, { nullable: true, description: 'Where to draw it on a map; null when no place is known.' })
  position(@Root() { key }: ZoneType, @Ctx() { lowtide }: Context): ZonePositionType | null {
    const position = lowtide.zonePosition(key);
    return position === undefined ? null : { ...position, place: position.place ?? null };
  }

  @FieldResolver(() => IntensityReadingType, {
    nullable: true,
    description: 'The intensity in force now or at an instant of the past; null when it is unknown.',
    complexity: ({ childComplexity }) => 5 + childComplexity,
  })
  async intensity(
    @Root() { key }: ZoneType,
    @Arg('at', () => DateTime, { nullable: true, description: 'Grid time; now when absent.' }) at: Date | null | undefined,
    @Arg('kind', () => IntensityKindEnum, { nullable: true, description: KIND }) kind: IntensityKind | null | undefined,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityReadingType | null> {
    const now = lowtide.gridClock.now();
    if (at && at.getTime() > now)
      throw badInput([{ path: 'at', given: at.toISOString(), allowed: `an instant up to now (${new Date(now).toISOString()})` }]);
    return withKnownZone(lowtide, 'zone', key, async () => {
      const reading = await readingInForce(lowtide, key, at ? instant(at.getTime()) : now, kind ?? undefined);
      return reading === undefined ? null : readingView(reading);
    });
  }
}

const currentReading = async (lowtide: Context['lowtide'], zone: string, kind: IntensityKind | undefined): Promise<Reading | undefined> =>
  readingInForce(lowtide, zone, lowtide.gridClock.now(), kind);

/** As it is known now. */
const readingInForce = async (
  { grid, gridClock }: Context['lowtide'],
  zone: string,
  at: Instant,
  kind: IntensityKind | undefined,
): Promise<Reading | undefined> => readingAt(await grid.readings(zone, { start: at, end: later(at, 1) }, gridClock.now(), kind), at);
