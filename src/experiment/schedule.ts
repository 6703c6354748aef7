/** When a run is to train: at once, in the cleanest time before a deadline, or when the grid is clean enough. */
import { z } from 'zod';
import { carbonIntensity, type CarbonIntensity } from '../units/quantities.js';
import { HOUR_MS } from '../units/time.js';
import { duration } from './parsing.js';
import { oneOf } from './schema-parts.js';

/** `best`: what the zone's own source forecasts if it does, else the built-in forecaster. */
export const FORECASTS = ['best', 'builtin', 'persistence-24h'] as const;
export type ForecastMethod = (typeof FORECASTS)[number];

export interface PlannedSchedule {
  readonly mode: 'planned';
  /** Grid time from submission to the run's end. */
  readonly finishWithinMs: number;
  readonly forecast: ForecastMethod;
  /** May be cut into segments, each from a checkpoint of the one before. */
  readonly interruptible: boolean;
  /** Least grid ms of a segment. */
  readonly minimumSegmentMs: number;
  /** Zones it may train in besides its own. */
  readonly allowedZones: readonly string[];
}

/** Looks at the intensity now and then, and starts when it is low enough. */
export interface ThresholdSchedule {
  readonly mode: 'threshold';
  /** Starts at or below it. */
  readonly ceiling: CarbonIntensity;
  /** Grid ms from submission to the last look. */
  readonly maxWaitMs: number;
  /** Grid ms between two looks. */
  readonly checkIntervalMs: number;
  /** What happens when the wait is over and the grid was never clean enough. */
  readonly atEnd: 'start' | 'refuse';
}

export type ScheduleSpec = { readonly mode: 'immediate' } | PlannedSchedule | ThresholdSchedule;

const CEILING = 'a number of gCO2eq/kWh above 0';
const ZONE_NAME = 'the name of a grid zone, like US-CAL-CISO';
export const zoneName = z.string(ZONE_NAME).min(1, ZONE_NAME).max(64, ZONE_NAME);

export const scheduleSpec = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({ mode: z.literal('immediate') }),
    z
      .strictObject({
        mode: z.literal('planned'),
        finishWithin: duration('PT10M', 'PT72H').default(24 * HOUR_MS),
        forecast: oneOf(FORECASTS).default('best'),
        interruptible: z.boolean('true or false').default(false),
        minimumSegment: duration('PT1M', 'PT24H').default(HOUR_MS),
        allowedZones: z.array(zoneName, 'a list of grid zones').max(20, 'at most 20 zones').default([]),
      })
      .transform(({ mode, finishWithin, forecast, interruptible, minimumSegment, allowedZones }): PlannedSchedule => {
        return { mode, finishWithinMs: finishWithin, forecast, interruptible, minimumSegmentMs: minimumSegment, allowedZones };
      }),
    z
      .strictObject({
        mode: z.literal('threshold'),
        ceilingGco2eqPerKwh: z.number(CEILING).gt(0, CEILING),
        maxWait: duration('PT0S', 'PT72H').default(24 * HOUR_MS),
        checkInterval: duration('PT1M', 'PT24H').default(HOUR_MS),
        atEnd: oneOf(['start', 'refuse']).default('refuse'),
      })
      .transform(({ mode, ceilingGco2eqPerKwh, maxWait, checkInterval, atEnd }): ThresholdSchedule => {
        return { mode, ceiling: carbonIntensity(ceilingGco2eqPerKwh), maxWaitMs: maxWait, checkIntervalMs: checkInterval, atEnd };
      }),
  ],
  'one of immediate, planned, threshold',
);
