/** `lowtide grid`: a zone's carbon intensity now, in the last day and the next two, drawn in the terminal. */
import type { GraphqlClient } from '../client/graphql-client.js';
import { HOUR_MS } from '../units/time.js';
import { GridAroundDocument, GridNowDocument, type GridAroundQuery, type GridNowQuery } from './documents.js';
import { plotRows, type Column } from './plot.js';

const PAST_HOURS = 24;
const AHEAD_HOURS = 48;
const CHART_ROWS = 14;

interface Span {
  readonly start: string;
  readonly end: string;
}

type ForecastValue = GridAroundQuery['intensityForecast']['readings'][number];

/** @throws GraphqlFailure for a zone that is not served, with what is */
export const gridText = async (client: GraphqlClient, name: string): Promise<string> => {
  const now = await client.query(GridNowDocument, { zone: name });
  const at = new Date(now.service.gridNow);
  const from = new Date(at.getTime() - PAST_HOURS * HOUR_MS);
  const span = { from: from.toISOString(), to: at.toISOString(), horizonHours: AHEAD_HOURS };
  const series = await client.query(GridAroundDocument, { zone: name, ...span });
  const zone = now.zones.find(({ key }) => key === now.sources[0]?.zone);
  const local = localTime(zone?.timeZone ?? 'UTC');
  return [
    `${zone?.key ?? name}  ${zone?.name ?? ''}`,
    ...(now.service.replay === null ? [] : [now.service.replay.notice]),
    '',
    nowLine(now, at, local),
    '',
    ...chart(series, at),
    ...axis(at, local),
    '',
    ...aheadLines(series, local),
    '',
    ...now.sources.map(sourceLine),
    ...(zone === undefined ? [] : [zone.attribution]),
  ].join('\n');
};

const localTime = (timeZone: string): ((at: string | Date) => string) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return (at) => format.format(new Date(at));
};

const perKwh = (value: number): string => `${value.toFixed(0)} gCO2eq/kWh`;
const known = (provenance: string): string => provenance.toLowerCase();

const nowLine = ({ carbonIntensity: value, sources }: GridNowQuery, at: Date, local: (at: Date) => string): string => {
  const what = sources[0] === undefined ? '' : `, ${known(sources[0].kind)}, ${known(sources[0].factorType)}`;
  if (value === null) return `now (${local(at)}): unknown: no source has told, and no forecast was made yet`;
  const since = value.provenance === 'FORECAST' ? `, issued ${value.issuedAt}: no source has told of this hour yet` : '';
  return `now (${local(at)}): ${perKwh(value.intensityGco2eqPerKwh)}${what}, ${known(value.provenance)} by ${value.source}${since}`;
};

/** The value in force at the middle of an hour counted from now. */
const inForce = <T extends Span>(values: readonly T[], at: Date, hour: number): T | undefined => {
  const middle = at.getTime() + (hour + 0.5) * HOUR_MS;
  return values.find(({ start, end }) => Date.parse(start) <= middle && middle < Date.parse(end));
};

const chart = ({ intensityHistory: past, intensityForecast: { readings } }: GridAroundQuery, at: Date): readonly string[] => {
  const before = Array.from({ length: PAST_HOURS }, (_, index): Column => {
    const told = inForce(past, at, index - PAST_HOURS);
    return { value: told?.intensityGco2eqPerKwh, mark: told?.provenance === 'FORECAST' ? '○' : '●' };
  });
  const ahead = Array.from({ length: AHEAD_HOURS }, (_, hour): Column => {
    const expected = inForce(readings, at, hour);
    const band = expected?.interval80;
    return {
      value: expected?.intensityGco2eqPerKwh,
      mark: '○',
      ...(band && { band: { low: band.lowGco2eqPerKwh, high: band.highGco2eqPerKwh } }),
    };
  });
  const rows = plotRows([...before, ...ahead], CHART_ROWS, (value) => value.toFixed(0).padStart(6));
  return rows.length > 0 ? rows : ['nothing is known of the last day, and nothing is expected yet'];
};

const axis = (at: Date, local: (at: Date) => string): readonly string[] => {
  const label = (hours: number) => local(new Date(at.getTime() + hours * HOUR_MS)).replace(/ \S+$/, '');
  const below = [label(-PAST_HOURS), 'now', label(PAST_HOURS), label(AHEAD_HOURS)].map((text) => `╷${text}`);
  return [
    `        ${below
      .map((text) => text.padEnd(PAST_HOURS))
      .join('')
      .trimEnd()}`,
    `        gCO2eq/kWh   ● told   ○ expected   ░ what 80 % of outcomes lie within`,
  ];
};

const aheadLines = (
  { intensityForecast: { method, issuedAt, note, readings } }: GridAroundQuery,
  local: (at: string) => string,
): readonly string[] => {
  if (readings.length === 0) return [`forecast: none${note === null ? '' : `: ${note}`}`];
  const sorted = [...readings].sort((a, b) => a.intensityGco2eqPerKwh - b.intensityGco2eqPerKwh);
  const told = ({ start, intensityGco2eqPerKwh, interval80 }: ForecastValue) =>
    `${perKwh(intensityGco2eqPerKwh)}${interval80 === null ? '' : ` (80 %: ${interval80.lowGco2eqPerKwh.toFixed(0)}-${interval80.highGco2eqPerKwh.toFixed(0)})`} at ${local(start)}`;
  const flat = sorted[0]!.intensityGco2eqPerKwh === sorted.at(-1)!.intensityGco2eqPerKwh;
  return [
    ...(flat ? [] : [`cleanest  ${told(sorted[0]!)}`, `dirtiest  ${told(sorted.at(-1)!)}`]),
    `forecast  ${method}, issued ${issuedAt}${note === null ? '' : `; ${note}`}`,
  ];
};

const sourceLine = ({ name, health, lastSuccessAt, lastFailure, newestEnd }: GridNowQuery['sources'][number]): string => {
  const parts = [
    health.toLowerCase().replace('_', ' '),
    lastSuccessAt === null ? undefined : `last answer ${lastSuccessAt}`,
    newestEnd === null ? undefined : `newest step ends ${newestEnd}`,
    lastFailure === null || health === 'ANSWERING' ? undefined : `fails since ${lastFailure.since}: ${lastFailure.message}`,
  ];
  return `source    ${name}: ${parts.filter((part) => part !== undefined).join(', ')}`;
};
