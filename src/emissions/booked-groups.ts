/** Totals of a ledger by project, zone, hour and the like: exact sums, with what is unknown beside them. */
import type { EnergyPurpose, BookedReading } from './ledger-entry.js';
import { plus, type ExactSum } from './exact-sum.js';
import { carbonIntensity, grams, kilowattHours, joules, type CarbonIntensity, type GramsCO2eq } from '../units/quantities.js';
import { localTimeOf } from '../units/local-time.js';
import { iso, type Instant } from '../units/time.js';

/** Lines of one run that began in the same quarter of an hour of grid time and share all that a group may be by. */
export interface BookedCell {
  readonly project: string;
  readonly experimentId: string;
  readonly runId: string;
  readonly zone: string;
  /** Start of the quarter of an hour, grid time. */
  readonly at: Instant;
  readonly purpose: EnergyPurpose;
  readonly reading: Omit<BookedReading, 'intensity'> | undefined;
  /** Whole µJ at the host, before PUE. */
  readonly energy: number;
  /** µJ at the site: energy × PUE. */
  readonly siteEnergy: number;
  /** gCO2eq; undefined where the intensity is unknown. */
  readonly emissions: number | undefined;
  readonly lines: number;
}

export const BOOKED_DIMENSIONS = ['project', 'experiment', 'run', 'zone', 'day', 'hour-of-day', 'reading', 'purpose'] as const;
export type BookedDimension = (typeof BOOKED_DIMENSIONS)[number];

/** By what a group's cells are alike; a dimension that was not asked for is absent. */
export interface BookedKey {
  readonly project?: string;
  readonly experimentId?: string;
  readonly runId?: string;
  readonly zone?: string;
  /** UTC date of the grid, like `2022-07-14`. */
  readonly day?: string;
  /** 0 to 23, local time of the zone. */
  readonly hourOfDay?: number;
  readonly purpose?: EnergyPurpose;
  /** Undefined with the dimension asked for: the intensity is unknown. */
  readonly reading?: BookedCell['reading'];
}

export interface BookedGroup {
  readonly key: BookedKey;
  /** Whole µJ before PUE; `overhead` and `unknown` (drawn on an unknown intensity) are parts of `energy`. */
  readonly energy: number;
  readonly overhead: number;
  readonly unknown: number;
  /** gCO2eq of the part with a known intensity, PUE included; undefined when there is no such part. */
  readonly emissions: GramsCO2eq | undefined;
  /** Mean intensity of that part, weighted by energy. */
  readonly intensity: CarbonIntensity | undefined;
  readonly runs: number;
  readonly lines: number;
}

/**
 * Groups in the order in which their first cell comes; with no dimension, one group of everything, also of nothing.
 * @param timeZoneOf IANA name of a zone's local time
 */
export const bookedGroups = (
  cells: readonly BookedCell[],
  by: readonly BookedDimension[],
  timeZoneOf: (zone: string) => string,
): readonly BookedGroup[] => {
  const groups = new Map<string, Sums>();
  if (by.length === 0) groups.set('{}', nothing({}));
  for (const cell of cells) {
    const key = keyOf(cell, by, timeZoneOf);
    const name = JSON.stringify(key);
    const sums = groups.get(name) ?? nothing(key);
    groups.set(name, sums);
    add(sums, cell);
  }
  return [...groups.values()].map(groupOf);
};

/** Grown cell by cell: a month has many. */
interface Sums {
  readonly key: BookedKey;
  energy: number;
  overhead: number;
  unknown: number;
  knownAtSite: number;
  emissions: ExactSum;
  lines: number;
  readonly runs: Set<string>;
}

const nothing = (key: BookedKey): Sums => ({
  key,
  energy: 0,
  overhead: 0,
  unknown: 0,
  knownAtSite: 0,
  emissions: { value: 0, rest: 0 },
  lines: 0,
  runs: new Set(),
});

const add = (sums: Sums, { energy, siteEnergy, purpose, emissions, runId, lines }: BookedCell): void => {
  sums.energy += energy;
  if (purpose === 'overhead') sums.overhead += energy;
  if (emissions === undefined) sums.unknown += energy;
  else {
    sums.knownAtSite += siteEnergy;
    sums.emissions = plus(sums.emissions, emissions);
  }
  sums.lines += lines;
  sums.runs.add(runId);
};

const groupOf = ({ key, energy, overhead, unknown, knownAtSite, emissions, lines, runs }: Sums): BookedGroup => ({
  key,
  energy,
  overhead,
  unknown,
  emissions: energy > 0 && unknown === energy ? undefined : grams(emissions.value),
  intensity: knownAtSite > 0 ? carbonIntensity(emissions.value / kilowattHours(joules(knownAtSite / 1e6))) : undefined,
  runs: runs.size,
  lines,
});

const keyOf = (cell: BookedCell, by: readonly BookedDimension[], timeZoneOf: (zone: string) => string): BookedKey => {
  const has = (dimension: BookedDimension) => by.includes(dimension);
  return {
    ...(has('project') && { project: cell.project }),
    ...(has('experiment') && { experimentId: cell.experimentId }),
    ...(has('run') && { runId: cell.runId }),
    ...(has('zone') && { zone: cell.zone }),
    ...(has('day') && { day: iso(cell.at).slice(0, 10) }),
    ...(has('hour-of-day') && { hourOfDay: Math.floor(localTimeOf(cell.at, timeZoneOf(cell.zone)).minute / 60) }),
    ...(has('purpose') && { purpose: cell.purpose }),
    ...(has('reading') && { reading: cell.reading }),
  };
};
