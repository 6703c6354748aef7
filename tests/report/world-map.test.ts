import { mapAround } from '../../src/report/world-map.js';

const SIZE = [660, 400] as const;
const frame = (rows: readonly Record<string, unknown>[]) => mapAround(rows, SIZE).projection['fit'];

test('the frame is around the points with a margin, at least some degrees', () => {
  expect(frame([{ longitude: 10, latitude: 50 }])).toEqual({ type: 'MultiPoint', coordinates: [[2, 42], [18, 42], [2, 58], [18, 58]] }); // prettier-ignore
  expect(frame([{ longitude: -120, latitude: 30 }, { longitude: -20, latitude: 50 }])).toMatchObject({ coordinates: [[-135, 22], [-5, 22], [-135, 58], [-5, 58]] }); // prettier-ignore
});

test('without a point, or with some all over the world, the frame is the world', () => {
  expect(frame([])).toEqual({ type: 'Sphere' });
  expect(frame([{ longitude: null, latitude: null }])).toEqual({ type: 'Sphere' });
  expect(frame([{ longitude: -120, latitude: 37 }, { longitude: 150, latitude: -33 }])).toEqual({ type: 'Sphere' }); // prettier-ignore
});

test('the outline is land and the borders within it', () => {
  expect(mapAround([], SIZE).world.map(({ part }) => part)).toEqual(['land', 'borders']);
});
