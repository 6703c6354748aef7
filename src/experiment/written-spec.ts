/** A run's spec as its user writes one, defaults filled in: what comes out can be sent in again. */
import { stringify } from 'yaml';
import { MINUTE_MS } from '../units/time.js';
import type { ScheduleSpec } from './schedule.js';
import type { RunSpec } from './spec.js';

/** In the API's names; what is absent in the spec is absent here. */
export const writtenSpec = ({ name, role, zone, training, schedule, budget }: RunSpec) => ({
  name,
  role,
  zone,
  training,
  schedule: writtenSchedule(schedule),
  ...(budget === undefined ? {} : { budgetGco2eq: budget }),
});

/** As a YAML run file. */
export const specYaml = (spec: RunSpec): string => stringify(snakeCased(writtenSpec(spec)));

const writtenSchedule = (schedule: ScheduleSpec) => {
  switch (schedule.mode) {
    case 'immediate':
      return { mode: schedule.mode };
    case 'planned': {
      const { mode, forecast, interruptible, allowedZones } = schedule;
      const minimumSegment = inMinutes(schedule.minimumSegmentMs);
      const finishWithin = inMinutes(schedule.finishWithinMs);
      return { mode, finishWithin, forecast, interruptible, minimumSegment, allowedZones: [...allowedZones] };
    }
    case 'threshold': {
      const { mode, ceiling, maxWaitMs, checkIntervalMs, atEnd } = schedule;
      return { mode, ceilingGco2eqPerKwh: ceiling, maxWait: inMinutes(maxWaitMs), checkInterval: inMinutes(checkIntervalMs), atEnd };
    }
  }
};

const inMinutes = (ms: number): string => `PT${ms / MINUTE_MS}M`;

/** The names of run files: `batch_size` for `batchSize`. */
export const snakeCased = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), snakeCased(each)]),
  );
};
