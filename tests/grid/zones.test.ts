import path from 'node:path';
import { plainName } from '../../src/grid/nearest-names.js';
import { zoneDirectory } from '../../src/grid/zone-directory.js';
import { readZonePositions } from '../../src/grid/zone-positions.js';
import { readZoneTables } from '../../src/grid/zone-tables.js';
import { UnknownZone } from '../../src/grid/zone.js';

const tables = readZoneTables(path.resolve('configs/zones'));
const directory = zoneDirectory(tables);
const keyOf = (name: string): string | undefined => {
  const zone = directory.resolve(name);
  return zone instanceof UnknownZone ? undefined : zone.key;
};
const refusalOf = (name: string): UnknownZone => {
  const zone = directory.resolve(name);
  if (!(zone instanceof UnknownZone)) throw new Error(`${name} is ${zone.key}`);
  return zone;
};

describe('the table', () => {
  test('has every key once and for each a time zone this Node knows', () => {
    const keys = tables.zones.map(({ key }) => plainName(key));
    expect(new Set(keys).size).toBe(keys.length);
    for (const { timeZone } of tables.zones) expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
  });

  test('has a zone for every country, and a country for every zone but Northern Cyprus', () => {
    const countries = new Set(tables.countries.map(({ alpha2 }) => alpha2));
    expect(tables.zones.filter(({ country }) => !countries.has(country)).map(({ key }) => key)).toEqual(['XX']);
    const keys = new Set(tables.zones.map(({ key }) => key));
    expect([...countries].filter((country) => !keys.has(country))).toEqual([]);
  });

  test('has a place for every zone, within its degrees', () => {
    const positions = readZonePositions(path.resolve('configs/zones'));
    expect([...positions.keys()].sort()).toEqual(tables.zones.map(({ key }) => key).sort());
    expect(positions.get('DE')).toEqual({ longitude: 10.4, latitude: 51, place: undefined });
    expect(positions.get('US-TEX-ERCO')).toEqual({ longitude: -97.1, latitude: 31.5, place: 'Waco' });
  });

  test('gives each zone its own key', () => {
    for (const { key } of directory.zones) expect(keyOf(key)).toBe(key);
  });

  test('leaves two names with several meanings, and these are known', () => {
    const meanings = new Map<string, Set<string>>();
    const say = (name: string, zones: readonly string[]) =>
      meanings.set(plainName(name), (meanings.get(plainName(name)) ?? new Set()).add(zones.join(' ')));
    for (const { key, name } of tables.zones) [key, name].forEach((each) => say(each, [key]));
    for (const { alpha2, alpha3, names } of tables.countries) [alpha3, ...names].forEach((each) => say(each, [alpha2]));
    for (const { code, name, zones } of tables.regions) [code, name].forEach((each) => say(each, zones));
    for (const { operator, name, zone } of tables.operators) if (operator !== 'uk-carbon-intensity') say(name, [zone]);
    for (const { region, zones } of tables.cloudRegions) say(region, zones);
    expect([...meanings].filter(([, zones]) => zones.size > 1).map(([name]) => name)).toEqual(['georgia', 'sc']);
  });
});

describe('a zone is found by', () => {
  test.each([
    ['its key, in any letter case', 'us-cal-ciso', 'US-CAL-CISO'],
    ['its name', 'Balancing Authority of Northern California', 'US-CAL-BANC'],
    ['its name without accents', 'Quebec', 'CA-QC'],
    ['ISO 3166-1 alpha-2', 'de', 'DE'],
    ['ISO 3166-1 alpha-3', 'DEU', 'DE'],
    ['country name', 'Germany', 'DE'],
    ['another name of the country', 'UK', 'GB'],
    ['country and region', 'USA + california', 'US-CAL-CISO'],
    ['country and region, divided otherwise', 'United States/Texas', 'US-TEX-ERCO'],
    ['region and country', 'Ontario, Canada', 'CA-ON'],
    ['country and code of the region', 'USA + NY', 'US-NY-NYIS'],
    ['country and region, where the country is one grid', 'Germany, Bavaria', 'DE'],
    ['country and zone', 'United Kingdom / London', 'GB-R13'],
    ['ISO 3166-2', 'AU-ACT', 'AU-NSW'],
    ['region', 'Tasmania', 'AU-TAS'],
    ['bidding zone', 'no4', 'NO-NO4'],
    ['WattTime region', 'CAISO_NORTH', 'US-CAL-CISO'],
    ['WattTime name of a balancing authority', 'BPA', 'US-NW-BPAT'],
    ['EIA respondent', 'ERCO', 'US-TEX-ERCO'],
    ['AWS region', 'aws:us-west-1', 'US-CAL-CISO'],
    ['AWS region without provider', 'eu-north-1', 'SE-SE3'],
    ['Azure region', 'azure:germanywestcentral', 'DE'],
    ['Google Cloud region', 'europe-west9', 'FR'],
  ])('%s: %s', (_by, name, key) => {
    expect(keyOf(name)).toBe(key);
  });

  test('a name in two meanings, of which one is a key, is the key', () => {
    expect(keyOf('SC')).toBe('SC');
  });

  test('and carries its local time', () => {
    expect(directory.resolve('IN-NO')).toEqual({ key: 'IN-NO', name: 'Northern India', timeZone: 'Asia/Kolkata' });
  });
});

describe('refused is', () => {
  test('a mistyped key, with the nearest one', () => {
    const refusal = refusalOf('US-CAL-CSIO');
    expect(refusal.message).toBe('unknown grid zone "US-CAL-CSIO"; did you mean US-CAL-CISO?');
    expect(refusal.suggestions).toEqual(['US-CAL-CISO']);
  });

  test.each([
    ['Germny', 'Germany'],
    ['aws:us-wst-1', 'aws:us-west-1'],
    ['CAISO_NROTH', 'CAISO_NORTH'],
    ['USA + califronia', 'USA + California'],
    ['tokio', 'Tokyo'],
  ])('%s, which may mean %s', (name, suggestion) => {
    expect(refusalOf(name).suggestions).toContain(suggestion);
  });

  test('a name far from all, with how zones are named', () => {
    expect(refusalOf('somewhere over the rainbow').message).toBe(
      'unknown grid zone "somewhere over the rainbow"; name a zone by its Electricity Maps key (US-CAL-CISO), a country (DE), a country and region (USA + california) or a cloud region (aws:us-west-1)',
    );
    for (const name of ['', '???', 'NYC', 'x'.repeat(1_000_000)]) expect(refusalOf(name).suggestions).toEqual([]);
  });

  test('a part of a divided country that is none of its parts, with those', () => {
    expect(refusalOf('Norway + Oslo').message).toContain('name one of NOR + Southeast Norway, ');
  });

  test('a state that several grids serve, with all of them', () => {
    expect(refusalOf('USA + illinois').message).toBe('"USA + illinois" is several grid zones; name one of US-MIDA-PJM, US-MIDW-MISO');
  });

  test('a cloud region whose grid is not known, with those it may be', () => {
    expect(refusalOf('azure:westus3').message).toContain('name one of US-SW-AZPS, US-SW-SRP');
  });

  test('a name of two places, with both', () => {
    expect(refusalOf('Georgia').message).toBe('"Georgia" is several grid zones; name one of GE, US-SE-SOCO');
    expect(keyOf('USA + Georgia')).toBe('US-SE-SOCO');
  });

  test('a country of several zones and none for the whole, with all of them', () => {
    const two = [
      { key: 'ZZ-A', name: 'A', timeZone: 'UTC', country: 'ZZ' },
      { key: 'ZZ-B', name: 'B', timeZone: 'UTC', country: 'ZZ' },
    ];
    const countries = [{ alpha2: 'ZZ', alpha3: 'ZZZ', names: ['Zedland'] }];
    const small = zoneDirectory({ zones: two, countries, regions: [], operators: [], cloudRegions: [] });
    const refusal = small.resolve('zedland');
    expect(refusal).toBeInstanceOf(UnknownZone);
    expect((refusal as UnknownZone).message).toBe('"zedland" is several grid zones; name one of ZZ-A, ZZ-B');
  });
});

describe('what others call a zone', () => {
  test('is what an adapter asks for', () => {
    expect(directory.watttimeRegion('US-CAL-CISO', 'marginal')).toBe('CAISO_NORTH');
    expect(directory.watttimeRegion('US-CAL-CISO', 'average')).toBe('CAISO');
    expect(directory.watttimeRegion('US-NW-BPAT', 'average')).toBe('BPA');
    expect(directory.eiaRespondent('US-MIDA-PJM')).toBe('PJM');
    expect(directory.ukRegion('GB-R13')).toBe(13);
    expect(directory.electricityMapsZone('DK-DK1')).toBe('DK-DK1');
    expect(directory.countryZone('US-CAL-CISO')).toBe('US');
    expect(directory.countryZone('XX')).toBeUndefined();
    expect(directory.cloudRegions('DE')).toContainEqual({ provider: 'gcp', region: 'europe-west3' });
  });

  test('is nothing where they do not serve it', () => {
    expect(directory.watttimeRegion('DE', 'marginal')).toBeUndefined();
    expect(directory.watttimeRegion('US-NY-NYIS', 'average')).toBeUndefined();
    expect(directory.eiaRespondent('DE')).toBeUndefined();
    expect(directory.ukRegion('GB')).toBeUndefined();
    expect(directory.electricityMapsZone('GB-R13')).toBeUndefined();
    expect(directory.cloudRegions('US-SW-SRP')).toEqual([]);
  });

  test('of a balancing authority is the last part of its key', () => {
    const authorities = tables.operators.filter(({ operator }) => operator === 'eia');
    expect(authorities.length).toBeGreaterThan(50);
    for (const { name, zone } of authorities) expect(zone.split('-').at(-1)).toBe(name);
  });
});
