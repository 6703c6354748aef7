/** Tables of yearly mean intensity shipped in `configs/factors/`, each with what its figures count and where they are from. */
import path from 'node:path';
import { carbonIntensity, type CarbonIntensity } from '../../units/quantities.js';
import { readTable, TableError } from '../csv-table.js';
import type { FactorType } from '../reading.js';

export interface YearlyFactor {
  /** Any name of a zone, or `world`. */
  readonly location: string;
  readonly intensity: CarbonIntensity;
  /** The year it is the mean of or, where the table states none, in which it was published. */
  readonly year: number;
}

export interface FactorTable {
  readonly name: FactorTableName;
  readonly factorType: FactorType;
  readonly attribution: string;
  readonly factors: readonly YearlyFactor[];
}

const CODECARBON = 'CodeCarbon 3.3.2 (MIT)';
const TABLES = {
  'nordic-zones': {
    factorType: 'lifecycle',
    attribution: `Bidding zones of Norway and Sweden: ENTSO-E generation of 2025, as in ${CODECARBON}`,
  },
  countries: { factorType: 'lifecycle', attribution: `Countries: Our World in Data and Ember, as in ${CODECARBON}` },
  'google-cloud-regions': {
    factorType: 'direct',
    attribution: `Grids of Google Cloud regions: Google (Apache-2.0) and as in ${CODECARBON}`,
  },
  'us-states': { factorType: 'direct', attribution: `US states: EPA eGRID2023 (public domain), as in ${CODECARBON}` },
  'canadian-provinces': { factorType: 'direct', attribution: `Canadian provinces: generation of 2023, as in ${CODECARBON}` },
  'aws-regions': { factorType: 'direct', attribution: 'Grids of AWS regions: Cloud Carbon Footprint (Apache-2.0)' },
  'azure-regions': { factorType: 'direct', attribution: 'Grids of Azure regions: Cloud Carbon Footprint (Apache-2.0)' },
  world: { factorType: 'direct', attribution: 'World average of 2018: IEA, Global Energy & CO2 Status Report 2019' },
} as const satisfies Record<string, { readonly factorType: FactorType; readonly attribution: string }>;

export type FactorTableName = keyof typeof TABLES;

/** In the order in which they are asked unless the settings name another; never the world's average, which must be named. */
export const USUAL_TABLES: Readonly<Record<FactorType, readonly FactorTableName[]>> = {
  lifecycle: ['nordic-zones', 'countries'],
  direct: ['google-cloud-regions', 'us-states', 'canadian-provinces', 'aws-regions', 'azure-regions'],
};

export const factorTableNames = Object.keys(TABLES) as readonly FactorTableName[];

/** Those a source of one factor type may be given. */
export const tablesCounting = (factorType: FactorType): readonly FactorTableName[] =>
  factorTableNames.filter((name) => TABLES[name].factorType === factorType);

/** @throws TableError */
export const readFactorTable = (directory: string, name: FactorTableName): FactorTable => {
  const rows = readTable(path.join(directory, `${name}.csv`), ['location', 'intensity_gco2eq_per_kwh', 'year']);
  const factors = rows.map(({ where, cells }): YearlyFactor => {
    const amount = cells.intensity_gco2eq_per_kwh === '' ? Number.NaN : Number(cells.intensity_gco2eq_per_kwh);
    if (!(amount >= 0) || !Number.isFinite(amount))
      throw new TableError(`${where}: intensity ${cells.intensity_gco2eq_per_kwh} is not a number of at least 0 gCO2eq/kWh`);
    if (!/^(19|20)\d\d$/.test(cells.year)) throw new TableError(`${where}: ${cells.year} is not a year like 2023`);
    return { location: cells.location, intensity: carbonIntensity(amount), year: Number(cells.year) };
  });
  return { name, ...TABLES[name], factors };
};
