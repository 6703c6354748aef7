/** Where to draw a zone on a map: `configs/zones/positions.csv`. */
import path from 'node:path';
import { readTable, TableError } from './csv-table.js';

/** A point that stands for a zone; no figure is worked out from it. */
export interface ZonePosition {
  /** Degrees east and north. */
  readonly longitude: number;
  readonly latitude: number;
  /** The place in the zone it is; undefined: the middle of a country's largest land. */
  readonly place: string | undefined;
}

/** By key. @throws TableError when the table is missing or malformed */
export const readZonePositions = (directory: string): ReadonlyMap<string, ZonePosition> =>
  new Map(
    readTable(path.join(directory, 'positions.csv'), ['key', 'longitude', 'latitude', 'place', 'source']).map(({ where, cells }) => [
      cells.key,
      {
        longitude: degrees(where, cells.longitude, 180),
        latitude: degrees(where, cells.latitude, 90),
        place: cells.place === '' ? undefined : cells.place,
      },
    ]),
  );

const degrees = (where: string, text: string, most: number): number => {
  const value = Number(text);
  if (text === '' || !(Math.abs(value) <= most))
    throw new TableError(`${where}: ${text} is not a number of degrees from -${most} to ${most}`);
  return value;
};
