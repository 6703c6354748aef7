/** The grid: zones, intensity now, in the past and expected, and the service that watches it. */
import { GraphQLDateTime as DateTime } from 'graphql-scalars';
import { Arg, Ctx, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { readingAt, type Reading } from '../../grid/reading.js';
import { DAY_MS, HOUR_MS, instant, later } from '../../units/time.js';
import { badInput, expectWithin, withKnownZone } from '../bad-input.js';
import type { Context } from '../context.js';
import {
  IntensityForecastType,
  IntensityReadingType,
  forecastView,
  readingView,
  ServiceType,
  ZoneType,
  zoneView,
} from '../types/grid-types.js';
import { readingChanges } from '../reading-changes.js';

const MOST_HISTORY_MS = 31 * DAY_MS;

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

  @Query(() => [ZoneType], { description: 'Zones with readings.' })
  zones(@Ctx() { lowtide }: Context): ZoneType[] {
    return lowtide.grid.zones().map(zoneView);
  }

  @Query(() => IntensityReadingType, { nullable: true, description: 'The intensity in force now; null when it is unknown (a gap).' })
  async carbonIntensity(
    @Arg('zone', () => String, { description: 'Key of the zone.' }) zone: string,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityReadingType | null> {
    return withKnownZone('zone', async () => {
      const reading = await currentReading(lowtide, zone);
      return reading === undefined ? null : readingView(reading);
    });
  }

  @Query(() => [IntensityReadingType], { description: 'Readings of the past that touch a span of grid time; a span without one is a gap.' })
  async intensityHistory(
    @Arg('zone', () => String, { description: 'Key of the zone.' }) zone: string,
    @Arg('from', () => DateTime, { description: 'Start, grid time.' }) from: Date,
    @Arg('to', () => DateTime, { description: 'End, grid time; at most 31 days after the start.' }) to: Date,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityReadingType[]> {
    const length = to.getTime() - from.getTime();
    if (!(length > 0 && length <= MOST_HISTORY_MS)) {
      throw badInput([{ path: 'to', given: to.toISOString(), allowed: `an instant after from (${from.toISOString()}), at most 31 days` }]);
    }
    return withKnownZone('zone', async () => {
      const { grid, gridClock } = lowtide;
      const series = await grid.readings(zone, { start: instant(from.getTime()), end: instant(to.getTime()) }, gridClock.now());
      return series.readings.map(readingView);
    });
  }

  @Query(() => IntensityForecastType, { description: 'What is expected of a zone from now on.' })
  async intensityForecast(
    @Arg('zone', () => String, { description: 'Key of the zone.' }) zone: string,
    @Arg('horizonHours', () => Int, { defaultValue: 24, description: 'Grid hours ahead, 1 to 72.' }) horizonHours: number,
    @Ctx() { lowtide }: Context,
  ): Promise<IntensityForecastType> {
    expectWithin('horizonHours', horizonHours, 1, 72);
    return withKnownZone('zone', async () => {
      const now = lowtide.gridClock.now();
      return forecastView(await lowtide.grid.forecast(zone, { start: now, end: later(now, horizonHours * HOUR_MS) }, now));
    });
  }

  @Subscription(() => IntensityReadingType, {
    name: 'carbonIntensity',
    nullable: true,
    description: 'The intensity in force, at once and then at each change; null while it is unknown.',
    subscribe: ({ args, context }: { args: { zone?: string }; context: Context }) => readingChanges(context.lowtide, args.zone ?? ''),
  })
  carbonIntensityChanges(
    @Arg('zone', () => String, { description: 'Key of the zone.' }) _zone: string,
    @Root() reading: { readonly now: Reading | undefined },
  ): IntensityReadingType | null {
    return reading.now === undefined ? null : readingView(reading.now);
  }
}

const currentReading = async ({ grid, gridClock: clock }: Context['lowtide'], zone: string): Promise<Reading | undefined> => {
  const now = clock.now();
  return readingAt(await grid.readings(zone, { start: now, end: later(now, 1) }, now), now);
};
