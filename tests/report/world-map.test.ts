import { renderNotebook } from '../../src/report/render-notebook.js';
import { mapAround } from '../../src/report/world-map.js';

const WORLD = { type: 'MultiPoint', coordinates: [[-168, -56], [180, -56], [-168, 83], [180, 83]] }; // prettier-ignore
const SIZE = [660, 400] as const;
const frame = (rows: readonly Record<string, unknown>[]) => mapAround(rows, SIZE).projection['fit'];

test('the frame is around the points with a margin, at least some degrees', () => {
  expect(frame([{ longitude: 10, latitude: 50 }])).toEqual({ type: 'MultiPoint', coordinates: [[2, 42], [18, 42], [2, 58], [18, 58]] }); // prettier-ignore
  expect(frame([{ longitude: -120, latitude: 30 }, { longitude: -20, latitude: 50 }])).toMatchObject({ coordinates: [[-135, 22], [-5, 22], [-135, 58], [-5, 58]] }); // prettier-ignore
});

test('without a point, or with some all over the world, the frame is the world', () => {
  expect(frame([])).toEqual(WORLD);
  expect(frame([{ longitude: null, latitude: null }])).toEqual(WORLD);
  expect(frame([{ longitude: -120, latitude: 37 }, { longitude: 150, latitude: -33 }])).toEqual(WORLD); // prettier-ignore
});

test('the outline is land and the borders within it', () => {
  expect(mapAround([], SIZE).world.map(({ part }) => part)).toEqual(['land', 'borders']);
});

const notebook = (map: string) =>
  `---\ntitle: T\n---\n\`\`\`graphql name=found\n{ zones { key } }\n\`\`\`\n\`\`\`vega-lite
title: Map
description: Zones.
map: ${map}
datasets: { zones: { expression: found.zones } }
width: 300
height: 200
projection: { type: naturalEarth1 }
layer:
  - { data: { name: world }, mark: geoshape }
  - data: { name: zones }
    mark: circle
    encoding: { longitude: { field: longitude, type: quantitative }, latitude: { field: latitude, type: quantitative } }
\`\`\`\n`;
const render = (map: string) =>
  renderNotebook({
    source: notebook(map),
    query: () => Promise.resolve({ zones: [{ key: 'DE', longitude: 10.4, latitude: 51 }] }),
    parameters: {},
    generatedAt: '2026-01-01T00:00:00Z',
  });

test('a chart with a map has the outline behind it, cut to its frame, and only its own rows in its data', async () => {
  const { body, data } = await render('zones');
  expect(data.errors).toEqual([]);
  expect(body.length).toBeLessThan(60_000);
  expect(body).toMatch(/<path[^>]* d="M[^"]{400,}"/);
  expect(body).not.toContain('NaN');
  expect(data.figures[0]!.rows).toEqual({ zones: [{ key: 'DE', longitude: 10.4, latitude: 51 }] });
});

test('a map around a dataset that is not there is one error in its place', async () => {
  expect((await render('places')).data.errors).toEqual([
    expect.objectContaining({ line: 7, message: expect.stringContaining('a map needs a dataset by name') }),
  ]);
});
