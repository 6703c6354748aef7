/** The tables of `configs/zones/`: which zones there are and what others call them. Read in one place, at start. */
import path from 'node:path';
import { readTable, TableError } from './csv-table.js';
import type { Zone } from './zone.js';

/** Who names zones in another way. */
export type Operator = 'watttime' | 'eia' | 'uk-carbon-intensity';
export type CloudProvider = 'aws' | 'azure' | 'gcp';

export interface TabledZone extends Zone {
  /** ISO 3166-1 alpha-2, blank where there is none. The zone whose key is its country stands for the whole country. */
  readonly country: string;
}

export interface Country {
  readonly alpha2: string;
  readonly alpha3: string;
  readonly names: readonly string[];
}

/** A state or province. */
export interface Region {
  /** ISO 3166-2, like `US-CA`. */
  readonly code: string;
  readonly name: string;
  /** The zones that serve it: one where a single one carries nearly all of its load. */
  readonly zones: readonly string[];
}

export interface OperatorName {
  readonly operator: Operator;
  readonly name: string;
  readonly zone: string;
  readonly signals: 'average' | 'marginal' | 'both';
}

export interface CloudRegion {
  readonly provider: CloudProvider;
  readonly region: string;
  /** Several where it is not known, or not one, which grid feeds it. */
  readonly zones: readonly string[];
}

export interface ZoneTables {
  readonly zones: readonly TabledZone[];
  readonly countries: readonly Country[];
  readonly regions: readonly Region[];
  /** Of several names an operator has for a zone, the first one is asked for. */
  readonly operators: readonly OperatorName[];
  readonly cloudRegions: readonly CloudRegion[];
}

const OPERATORS: readonly Operator[] = ['watttime', 'eia', 'uk-carbon-intensity'];
const SIGNALS = ['average', 'marginal', 'both'] as const;
const PROVIDERS: readonly CloudProvider[] = ['aws', 'azure', 'gcp'];

/** @throws TableError when a table is missing, malformed, or names a zone that is not in `zones.csv` */
export const readZoneTables = (directory: string): ZoneTables => {
  const zones = readTable(path.join(directory, 'zones.csv'), ['key', 'country', 'time_zone', 'name']).map(
    ({ cells: { key, country, time_zone, name } }): TabledZone => ({ key, name, timeZone: time_zone, country }),
  );
  const keys = new Set(zones.map(({ key }) => key));
  const known = (where: string, names: string): readonly string[] =>
    names.split(' ').map((key) => {
      if (!keys.has(key)) throw new TableError(`${where}: ${key} is not in zones.csv`);
      return key;
    });
  return {
    zones,
    countries: readTable(path.join(directory, 'countries.csv'), ['alpha2', 'alpha3', 'name', 'other_names']).map(
      ({ cells: { alpha2, alpha3, name, other_names } }) => ({
        alpha2,
        alpha3,
        names: [name, ...(other_names === '' ? [] : other_names.split(';'))],
      }),
    ),
    regions: readTable(path.join(directory, 'regions.csv'), ['code', 'name', 'zones']).map(({ where, cells }) => ({
      code: cells.code,
      name: cells.name,
      zones: known(where, cells.zones),
    })),
    operators: readTable(path.join(directory, 'operators.csv'), ['operator', 'name', 'zone', 'signals']).map(({ where, cells }) => ({
      operator: oneOf(where, OPERATORS, cells.operator),
      name: cells.name,
      zone: known(where, cells.zone)[0]!,
      signals: oneOf(where, SIGNALS, cells.signals),
    })),
    cloudRegions: readTable(path.join(directory, 'cloud-regions.csv'), ['provider', 'region', 'zones', 'note']).map(({ where, cells }) => ({
      provider: oneOf(where, PROVIDERS, cells.provider),
      region: cells.region,
      zones: known(where, cells.zones),
    })),
  };
};

const oneOf = <Allowed extends string>(where: string, allowed: readonly Allowed[], given: string): Allowed => {
  const found = allowed.find((each) => each === given);
  if (found === undefined) throw new TableError(`${where}: ${given} is not one of ${allowed.join(', ')}`);
  return found;
};

/** The time zone of any zone of the tables, served or not. The function @throws RangeError on another zone */
export const tabledTimeZone = ({ zones }: Pick<ZoneTables, 'zones'>): ((zone: string) => string) => {
  const timeZones = new Map(zones.map(({ key, timeZone }) => [key, timeZone]));
  return (zone) => {
    const timeZone = timeZones.get(zone);
    if (timeZone === undefined) throw new RangeError(`zone ${zone} is not in the tables of zones`);
    return timeZone;
  };
};
