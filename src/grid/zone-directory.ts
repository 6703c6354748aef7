/** Zones by any name they go by: keys, countries, states and provinces, grid operators' and cloud regions' names. */
import { plainName } from './nearest-names.js';
import type { IntensityKind } from './reading.js';
import type { CloudRegion, Country, Operator, ZoneTables } from './zone-tables.js';
import { UnknownZone, type Zone } from './zone.js';

export interface ZoneDirectory {
  readonly zones: readonly Zone[];
  /**
   * The zone a name stands for, letter case and punctuation aside. A key wins over every other name; a name that stands for
   * several zones is refused with all of them. Accepted besides keys: zone names; a country by ISO 3166-1 code or name,
   * which means the whole country; a country and a region (`USA + california`), or the region's ISO 3166-2 code or name; a
   * bidding zone (`DK1`), WattTime region or EIA respondent; a cloud region, with or without its provider
   * (`aws:us-west-1`).
   */
  resolve(name: string): Zone | UnknownZone;
  /** Key of the zone that stands for a zone's whole country; undefined when there is none. */
  countryZone(key: string): string | undefined;
  /** What to ask Electricity Maps for; undefined for Lowtide's own keys. */
  electricityMapsZone(key: string): string | undefined;
  /** What to ask WattTime for; where it divides the zone, one of its regions (see `configs/zones/README.md`). */
  watttimeRegion(key: string, kind: IntensityKind): string | undefined;
  /** What to ask the EIA for: the code of the balancing authority. */
  eiaRespondent(key: string): string | undefined;
  /** Number of a region of the UK Carbon Intensity API, 1-17. */
  ukRegion(key: string): number | undefined;
  /** Cloud regions fed by this zone and no other. */
  cloudRegions(key: string): readonly Pick<CloudRegion, 'provider' | 'region'>[];
}

export const zoneDirectory = (tables: ZoneTables): ZoneDirectory => {
  const zones = tables.zones.map(({ key, name, timeZone }): Zone => ({ key, name, timeZone }));
  const byPlainKey = new Map(zones.map((zone) => [plainName(zone.key), zone]));
  const countryOf = new Map(tables.zones.map(({ key, country }) => [key, country]));
  const names = namesOf(tables);
  const meanings = meaningsOf(names);
  const everyName = names.map(({ name }) => name);
  const oneOf = (name: string, keys: readonly string[]): Zone | UnknownZone => {
    const zone = keys.length === 1 ? byPlainKey.get(plainName(keys[0]!)) : undefined;
    return zone ?? new UnknownZone(name, keys, `${JSON.stringify(name)} is several grid zones`);
  };
  const nameAt = (operator: Operator, key: string, kind: IntensityKind): string | undefined =>
    tables.operators.find((each) => each.operator === operator && each.zone === key && [kind, 'both'].includes(each.signals))?.name;
  const ukRegion = (key: string): number | undefined => {
    const number = nameAt('uk-carbon-intensity', key, 'average');
    return number === undefined ? undefined : Number(number);
  };
  return {
    zones,
    resolve(name) {
      const plain = plainName(name);
      const keys = meanings.get(plain);
      if (byPlainKey.has(plain)) return byPlainKey.get(plain)!;
      if (keys !== undefined) return oneOf(name, [...keys]);
      const [first = '', second, ...rest] = name.split(/[+,/]/);
      if (second === undefined || rest.length > 0) return new UnknownZone(name, everyName);
      const found = regionIn(tables, first, second) ?? regionIn(tables, second, first);
      if (found === undefined) return new UnknownZone(name, everyName);
      return 'zones' in found ? oneOf(name, found.zones) : new UnknownZone(name, found.known);
    },
    countryZone(key) {
      const country = countryOf.get(key);
      return country !== undefined && countryOf.has(country) ? country : undefined;
    },
    electricityMapsZone: (key) => (countryOf.has(key) && ukRegion(key) === undefined ? key : undefined),
    watttimeRegion: (key, kind) => nameAt('watttime', key, kind),
    eiaRespondent: (key) => nameAt('eia', key, 'average'),
    ukRegion,
    cloudRegions: (key) =>
      tables.cloudRegions
        .filter((each) => each.zones.length === 1 && each.zones[0] === key)
        .map(({ provider, region }) => ({ provider, region })),
  };
};

interface Named {
  readonly name: string;
  readonly zones: readonly string[];
}

const namesOf = (tables: ZoneTables): readonly Named[] => [
  ...tables.zones.flatMap(({ key, name }) => [key, name, ...biddingZone(key)].map((each) => ({ name: each, zones: [key] }))),
  ...tables.countries.flatMap((country) => {
    const zones = zonesOfCountry(tables, country);
    return zones.length === 0 ? [] : [country.alpha2, country.alpha3, ...country.names].map((name) => ({ name, zones }));
  }),
  ...tables.regions.flatMap(({ code, name, zones }) => [code, name].map((each) => ({ name: each, zones }))),
  ...tables.operators.filter(({ operator }) => operator !== 'uk-carbon-intensity').map(({ name, zone }) => ({ name, zones: [zone] })),
  ...tables.cloudRegions.flatMap(({ provider, region, zones }) => [region, `${provider}:${region}`].map((name) => ({ name, zones }))),
];

/** `DK1` of `DK-DK1`: what the market calls a part whose own name begins with the country's. */
const biddingZone = (key: string): readonly string[] => {
  const [country, part, ...rest] = key.split('-');
  return part !== undefined && rest.length === 0 && part !== country && part.startsWith(country!) ? [part] : [];
};

/** The zone of the whole country or, where there is none, all it has. */
const zonesOfCountry = ({ zones }: ZoneTables, { alpha2 }: Country): readonly string[] => {
  const own = zones.filter(({ country }) => country === alpha2).map(({ key }) => key);
  return own.includes(alpha2) ? [alpha2] : own;
};

const meaningsOf = (names: readonly Named[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const meanings = new Map<string, Set<string>>();
  for (const { name, zones } of names) {
    const known = meanings.get(plainName(name)) ?? new Set();
    for (const zone of zones) known.add(zone);
    meanings.set(plainName(name), known);
  }
  return meanings;
};

/** Undefined when there is no such country; the names of its parts when it has others. */
const regionIn = (
  tables: ZoneTables,
  countryName: string,
  regionName: string,
): { readonly zones: readonly string[] } | { readonly known: readonly string[] } | undefined => {
  const wanted = plainName(countryName);
  const country = tables.countries.find(({ alpha2, alpha3, names }) =>
    [alpha2, alpha3, ...names].some((name) => plainName(name) === wanted),
  );
  if (country === undefined) return undefined;
  const { alpha2, alpha3 } = country;
  const own = tables.zones.filter((zone) => zone.country === alpha2);
  // A country that is one grid needs no list of its parts.
  if (own.length === 1) return { zones: [own[0]!.key] };
  const parts = [
    ...tables.regions.filter(({ code }) => code.startsWith(`${alpha2}-`)),
    ...own.filter(({ key }) => key !== alpha2).map(({ key, name }) => ({ code: key, name, zones: [key] })),
  ];
  const part = plainName(regionName);
  const found = parts.find(({ code, name }) => [name, code, code.slice(alpha2.length + 1)].some((each) => plainName(each) === part));
  return found === undefined ? { known: parts.map(({ name }) => `${alpha3} + ${name}`) } : { zones: found.zones };
};
