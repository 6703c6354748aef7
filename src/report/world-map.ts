/** A map behind points: the outline of the world, framed about them. Natural Earth 1:110m (public domain) by way of `world-atlas`. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { merge, mesh } from 'topojson-client';
import { once } from './once.js';
import type { GeometryCollection, MultiPolygon, Polygon, Topology } from 'topojson-specification';

type Countries = Topology<{ readonly countries: GeometryCollection }>;
type Point = readonly [longitude: number, latitude: number];

export interface Map {
  /** Rows of GeoJSON features for geoshape marks, with `part`: `land` or `borders`. */
  readonly world: readonly Readonly<Record<string, unknown>>[];
  /** Vega's projection, besides its type. */
  readonly projection: Readonly<Record<string, unknown>>;
}

/** Degrees around the points, at least; and the most a frame may be wide before it is the whole world. */
const LEAST_MARGIN = 8;
const MOST_WIDTH = 200;
/** Share of the frame that is margin. */
const MARGIN_SHARE = 0.15;

/**
 * @param rows with `longitude` and `latitude` in degrees; others are left out. With none, or with some all over the world, the frame is the world
 * @param size of the drawing in px
 */
export const mapAround = (rows: readonly Readonly<Record<string, unknown>>[], size: readonly [width: number, height: number]): Map => {
  const points = rows.flatMap(({ longitude, latitude }): readonly Point[] =>
    typeof longitude === 'number' && typeof latitude === 'number' ? [[longitude, latitude]] : [],
  );
  return { world: worldOutline(), projection: { fit: frameOf(points), size, clipExtent: [[0, 0], size] } };
};

/** All land but Antarctica. */
const INHABITED = { type: 'MultiPoint', coordinates: [[-168, -56], [180, -56], [-168, 83], [180, 83]] }; // prettier-ignore

/** GeoJSON whose extent is the frame: the points with a margin, or the inhabited Earth. */
const frameOf = (points: readonly Point[]): object => {
  const [west, east] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const [south, north] = [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
  if (points.length === 0 || east - west > MOST_WIDTH) return INHABITED;
  const [x, y] = [east - west, north - south].map((span) => Math.max(LEAST_MARGIN, MARGIN_SHARE * span)) as [number, number];
  const latitudes = [Math.max(-85, south - y), Math.min(85, north + y)];
  return { type: 'MultiPoint', coordinates: latitudes.flatMap((latitude) => [[west - x, latitude], [east + x, latitude]]) }; // prettier-ignore
};

/** Land without Antarctica as one shape and the borders within it as one line, so that none is drawn twice. */
const worldOutline = once((): Map['world'] => {
  const require = createRequire(import.meta.url);
  const file = require.resolve('world-atlas/countries-110m.json');
  const topology = JSON.parse(fs.readFileSync(file, 'utf8')) as Countries;
  const { countries } = topology.objects;
  const drawn = countries.geometries.filter(({ id }) => id !== ANTARCTICA) as (Polygon | MultiPolygon)[];
  return [
    { type: 'Feature', part: 'land', properties: {}, geometry: merge(topology, drawn) },
    { type: 'Feature', part: 'borders', properties: {}, geometry: mesh(topology, countries, (a, b) => a !== b) },
  ];
});

/** ISO 3166-1 numeric. */
const ANTARCTICA = '010';
