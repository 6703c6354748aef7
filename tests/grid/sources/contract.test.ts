/** The contract of sources, run on every adapter. */
import { carbonAwareSdk } from '../../../src/grid/sources/carbon-aware-sdk.js';
import { eia } from '../../../src/grid/sources/eia.js';
import { electricityMaps } from '../../../src/grid/sources/electricity-maps.js';
import { ukCarbonIntensity } from '../../../src/grid/sources/uk-carbon-intensity.js';
import { watttimeAverage, watttimeMarginal } from '../../../src/grid/sources/watttime.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/units/time.js';
import { fixture, type Asked, type Reply } from './provider-server.js';
import { describeSource, type Step } from './source-contract.js';

const only = (zone: string, location: string) => (asked: string) => (asked === zone ? location : undefined);
const KEY = 'k3y-with/odd+chars=&more';
const edited = (body: any, edit: ((body: any) => void) | undefined): Reply => {
  edit?.(body);
  return { body };
};

const GERMANY = fixture('recorded/em_carbon_intensity_history.json').history as readonly any[];
for (const version of ['v3', 'v4'] as const)
  describeSource({
    title: `Electricity Maps ${version}`,
    zone: 'DE',
    location: 'DE',
    now: '2024-03-06T19:30:00Z',
    secrets: [KEY],
    open: (url, options) => electricityMaps({ ...options, url, key: KEY, version, locationOf: only('DE', 'DE') }),
    isForValues: () => true,
    locationIn: ({ path, query, headers }) =>
      path.startsWith(`/${version}/carbon-intensity/`) && query.get('disableCallerLookup') === 'true' && headers['auth-token'] === KEY
        ? query.get('zone')
        : undefined,
    reply: ({ path }, edit) => {
      if (path.endsWith('/history')) return edited(fixture('recorded/em_carbon_intensity_history.json'), edit);
      if (path.endsWith('/forecast')) return edited(fixture('constructed/electricity-maps-forecast.json'), edit);
      if (path.endsWith('/latest')) return edited({ ...GERMANY.at(-1) }, edit);
      return { status: 404, body: { error: `no such route ${path}` } };
    },
    setValue: (body, value) => {
      body.history[20].carbonIntensity = value;
    },
    moveElsewhere: (body) => {
      body.zone = 'FR';
    },
    readings: {
      span: ['2024-03-06T15:10:00Z', '2024-03-06T19:30:00Z'],
      steps: GERMANY.slice(19).map(({ datetime, carbonIntensity, isEstimated }): Step => [
        datetime,
        carbonIntensity,
        isEstimated ? 'estimated' : 'measured',
      ]),
      stepMs: HOUR_MS,
    },
    forecast: {
      span: ['2024-03-06T19:30:00Z', '2024-03-06T22:00:00Z'],
      steps: [
        ['2024-03-06T19:00:00Z', 689, 'forecast'],
        ['2024-03-06T20:00:00Z', 671, 'forecast'],
        ['2024-03-06T21:00:00Z', 640, 'forecast'],
      ],
      issuedAt: '2024-03-06T18:48:27.926Z',
    },
  });

const TOKEN = 'eyJ.token.of-the-account';
const isWattTimeCall = ({ path }: Asked): boolean => path !== '/login';
const grams = (lbs: number): number => Number((lbs * 0.45359237).toFixed(6));
const WATTTIME_SECRETS = ['p4ss word/÷', 'reader:p4ss word/÷'];
const watttime = { username: 'reader', password: 'p4ss word/÷' };
const watttimeRegion = ({ path, query, headers }: Asked): string | null | undefined =>
  path.startsWith('/v3/') && headers.authorization === `Bearer ${TOKEN}` ? query.get('region') : undefined;

describeSource({
  title: 'WattTime marginal',
  zone: 'US-CAL-CISO',
  location: 'CAISO_NORTH',
  now: '2022-07-15T00:07:00Z',
  secrets: WATTTIME_SECRETS,
  tokens: [TOKEN],
  open: (url, options) => watttimeMarginal({ ...options, ...watttime, url, locationOf: only('US-CAL-CISO', 'CAISO_NORTH') }),
  isForValues: isWattTimeCall,
  locationIn: watttimeRegion,
  reply: ({ path, query }, edit) => {
    if (path === '/login') return { body: { token: TOKEN } };
    const recorded = fixture('recorded/watttime_v3_from_upgrade_guide.json');
    if (query.get('signal_type') !== 'co2_moer') return { status: 400 };
    return edited(path === '/v3/historical' ? recorded.historical : recorded.forecast, edit);
  },
  setValue: (body, value) => {
    body.data[1].value = value;
  },
  moveElsewhere: (body) => {
    body.meta.region = 'CAISO_SOUTH';
  },
  readings: {
    span: ['2022-07-15T00:00:00Z', '2022-07-15T00:07:00Z'],
    steps: [
      ['2022-07-15T00:00:00Z', grams(870), 'estimated'],
      ['2022-07-15T00:05:00Z', grams(860), 'estimated'],
    ],
    stepMs: 5 * MINUTE_MS,
  },
  forecast: {
    span: ['2022-07-15T00:07:00Z', '2022-07-15T06:00:00Z'],
    steps: [['2022-07-15T00:05:00Z', grams(1051.0880801214637), 'forecast']],
    issuedAt: '2022-07-15T00:00:00Z',
  },
});

describeSource({
  title: 'WattTime average',
  zone: 'US-CAL-CISO',
  location: 'CAISO_NORTH',
  now: '2022-07-15T00:12:00Z',
  secrets: WATTTIME_SECRETS,
  tokens: [TOKEN],
  open: (url, options) => watttimeAverage({ ...options, ...watttime, url, locationOf: only('US-CAL-CISO', 'CAISO_NORTH') }),
  isForValues: isWattTimeCall,
  locationIn: watttimeRegion,
  reply: ({ path, query }, edit) => {
    if (path === '/login') return { body: { token: TOKEN } };
    if (query.get('signal_type') !== 'co2_aoer') return { status: 400 };
    return edited(fixture(`constructed/watttime-aoer-${path === '/v3/historical' ? 'historical' : 'forecast'}.json`), edit);
  },
  setValue: (body, value) => {
    body.data[2].value = value;
  },
  moveElsewhere: (body) => {
    body.meta.region = 'CAISO_SOUTH';
  },
  readings: {
    span: ['2022-07-15T00:01:00Z', '2022-07-15T00:12:00Z'],
    steps: [
      ['2022-07-15T00:00:00Z', grams(512.5), 'estimated'],
      ['2022-07-15T00:10:00Z', grams(498), 'estimated'],
    ],
    stepMs: 5 * MINUTE_MS,
  },
  forecast: {
    span: ['2022-07-15T00:12:00Z', '2022-07-16T00:00:00Z'],
    steps: [
      ['2022-07-15T00:10:00Z', grams(500), 'forecast'],
      ['2022-07-15T00:15:00Z', grams(495.25), 'forecast'],
    ],
    issuedAt: '2022-07-15T00:10:00Z',
  },
});

describeSource({
  title: 'UK Carbon Intensity, national',
  zone: 'GB',
  location: 'national',
  now: '2018-01-20T13:20:00Z',
  secrets: [],
  open: (url, options) => ukCarbonIntensity({ ...options, url, locationOf: only('GB', 'national') }),
  isForValues: () => true,
  locationIn: ({ path }) => (path.startsWith('/intensity/') ? 'national' : undefined),
  reply: ({ path }, edit) => {
    if (path === '/intensity/2018-01-20T13:00Z/fw48h') return edited(fixture('constructed/uk-intensity-fw48h.json'), edit);
    return /^\/intensity\/[\d-]{10}T[\d:]{5}Z\/[\d-]{10}T[\d:]{5}Z$/.test(path)
      ? edited(fixture('constructed/uk-intensity.json'), edit)
      : { status: 400, body: { error: { code: '400 Bad Request', message: `Please enter a valid date: ${path}` } } };
  },
  setValue: (body, value) => {
    body.data[1].intensity.actual = value;
  },
  // A national answer names no place; one of a region has the other shape.
  moveElsewhere: (body) => {
    body.data = { regionid: 13, data: body.data };
  },
  elsewhere: 'malformed',
  readings: {
    span: ['2018-01-20T12:00:00Z', '2018-01-20T13:20:00Z'],
    steps: [
      ['2018-01-20T12:00:00Z', 263, 'estimated'],
      ['2018-01-20T13:00:00Z', 258, 'estimated'],
    ],
    stepMs: 30 * MINUTE_MS,
  },
  forecast: {
    span: ['2018-01-20T13:20:00Z', '2018-01-20T14:10:00Z'],
    steps: [
      ['2018-01-20T13:00:00Z', 259, 'forecast'],
      ['2018-01-20T13:30:00Z', 255, 'forecast'],
      ['2018-01-20T14:00:00Z', 251, 'forecast'],
    ],
    issuedAt: '2018-01-20T13:20:00Z',
  },
});

describeSource({
  title: 'UK Carbon Intensity, a region',
  zone: 'GB-R13',
  location: 'region 13',
  now: '2018-01-20T12:40:00Z',
  secrets: [],
  open: (url, options) => ukCarbonIntensity({ ...options, url, locationOf: only('GB-R13', 'region 13') }),
  isForValues: () => true,
  locationIn: ({ path }) => /^\/regional\/intensity\/[^/]+\/[^/]+\/regionid\/(\d+)$/.exec(path)?.[1]?.replace(/^/, 'region '),
  reply: ({ path }, edit) =>
    path.startsWith('/regional/')
      ? edited(fixture('constructed/uk-regional.json'), edit)
      : { status: 400, body: { error: { message: path } } },
  setValue: (body, value) => {
    body.data.data[1].intensity.forecast = value;
  },
  moveElsewhere: (body) => {
    body.data.regionid = 12;
  },
  readings: {
    span: ['2018-01-20T12:10:00Z', '2018-01-20T13:00:00Z'],
    steps: [
      ['2018-01-20T12:00:00Z', 179, 'forecast'],
      ['2018-01-20T12:30:00Z', 175, 'forecast'],
    ],
    stepMs: 30 * MINUTE_MS,
  },
  forecast: {
    span: ['2018-01-20T12:40:00Z', '2018-01-20T13:40:00Z'],
    steps: [
      ['2018-01-20T12:30:00Z', 175, 'forecast'],
      ['2018-01-20T13:00:00Z', 174, 'forecast'],
      ['2018-01-20T13:30:00Z', 170, 'forecast'],
    ],
    issuedAt: '2018-01-20T12:40:00Z',
  },
});

describeSource({
  title: 'Carbon Aware SDK',
  zone: 'US-MIDA-PJM',
  location: 'eastus',
  now: '2022-07-19T14:10:00Z',
  secrets: [],
  open: (url, options) =>
    carbonAwareSdk({ ...options, url, kind: 'marginal', factorType: 'direct', locations: { 'US-MIDA-PJM': { location: 'eastus' } } }),
  isForValues: () => true,
  locationIn: ({ query }) => query.get('location'),
  reply: ({ path }, edit) => {
    if (path === '/emissions/bylocation') return edited(fixture('constructed/carbon-aware-sdk-bylocation.json'), edit);
    return path === '/emissions/forecasts/current'
      ? edited(fixture('constructed/carbon-aware-sdk-forecast.json'), edit)
      : { status: 404, body: { title: 'Not Found', detail: path } };
  },
  // The SDK's own word for "none" is -1.
  setValue: (body, value) => {
    body[0].rating = value ?? -1;
  },
  moveElsewhere: (body) => {
    body[0].location = 'westus';
  },
  readings: {
    span: ['2022-07-19T12:00:00Z', '2022-07-19T14:10:00Z'],
    steps: [
      ['2022-07-19T12:00:00Z', 410.5, 'estimated'],
      ['2022-07-19T14:00:00Z', 395, 'estimated'],
    ],
    stepMs: HOUR_MS,
  },
  forecast: {
    span: ['2022-07-19T14:10:00Z', '2022-07-19T16:00:00Z'],
    steps: [
      ['2022-07-19T14:00:00Z', 395, 'forecast'],
      ['2022-07-19T15:00:00Z', 383.5, 'forecast'],
    ],
    issuedAt: '2022-07-19T14:05:00Z',
  },
});

/** gCO2eq/kWh of MWh by fuel with the factors as the traces' README states them. */
const intensityOf = (mix: Readonly<Record<string, number>>): number => {
  const factors: Readonly<Record<string, number>> = { COL: 820, NG: 490, NUC: 12, OIL: 650, OTH: 230, SUN: 41, WAT: 24, WND: 11 };
  const total = Object.values(mix).reduce((sum, amount) => sum + amount, 0);
  return Number((Object.entries(mix).reduce((sum, [fuel, amount]) => sum + factors[fuel]! * amount, 0) / total).toFixed(6));
};

describeSource({
  title: 'EIA',
  zone: 'US-CAL-CISO',
  location: 'CISO',
  now: '2022-01-01T05:30:00Z',
  secrets: [KEY],
  open: (url, options) => eia({ ...options, url, key: KEY, locationOf: only('US-CAL-CISO', 'CISO') }),
  isForValues: () => true,
  locationIn: ({ query }) => (query.get('api_key') === KEY ? query.get('facets[respondent][]') : undefined),
  reply: ({ path, query }, edit) => {
    if (path !== '/v2/electricity/rto/fuel-type-data/data/') return { status: 404 };
    const body = fixture('constructed/eia-fuel-type-data.json');
    body.response.data = body.response.data.filter(({ period }: any) => period >= query.get('start')! && period <= query.get('end')!);
    body.response.total = String(body.response.data.length);
    return edited(body, edit);
  },
  negativeIsNone: true,
  // Solar of the last hour.
  setValue: (body, value) => {
    body.response.data.findLast(({ fueltype }: any) => fueltype === 'SUN').value = value;
  },
  moveElsewhere: (body) => {
    body.response.data[0].respondent = 'ERCO';
  },
  readings: {
    span: ['2022-01-01T00:00:00Z', '2022-01-01T05:30:00Z'],
    steps: [
      [
        '2022-01-01T00:00:00Z',
        intensityOf({ COL: 19, NG: 6764, NUC: 2265, OIL: 44, OTH: 189, SUN: 1367, WAT: 2304, WND: 3130 }),
        'measured',
      ],
      // Solar was below zero, which counts as none; gas was missing in the hour before, which is a gap.
      ['2022-01-01T02:00:00Z', intensityOf({ COL: 19, NG: 9221, NUC: 2265, OIL: 41, OTH: 1111, WAT: 2859, WND: 2657 }), 'measured'],
    ],
    stepMs: HOUR_MS,
  },
});
