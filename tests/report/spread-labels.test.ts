/** Charts drawn by Vega, their labels read from the SVG. */
import { svgOf } from '../../src/report/chart.js';

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** A scatter plot of 200 × 200 pixels, 0 to 10 both ways, a label beside each point. */
const labelsOf = async (points: readonly Point[]): Promise<ReadonlyMap<string, number>> => {
  const svg = await svgOf(
    {
      data: { values: points },
      ...{ width: 200, height: 200 },
      encoding: {
        x: { field: 'x', type: 'quantitative', scale: { domain: [0, 10] } },
        y: { field: 'y', type: 'quantitative', scale: { domain: [0, 10] } },
      },
      layer: [{ mark: 'point' }, { mark: { type: 'text', align: 'left', dx: 6, fontSize: 11 }, encoding: { text: { field: 'label' } } }],
    },
    { id: 'chart', title: 'points', description: 'points' },
  );
  const found = svg.matchAll(/<text[^>]* transform="translate\([-\d.]+,([-\d.]+)\)"[^>]*>(run [^<]*)<\/text>/g);
  return new Map([...found].map(([, y, label]) => [label!, Number(y)]));
};

const gaps = (places: ReadonlyMap<string, number>): readonly number[] => {
  const sorted = [...places.values()].sort((a, b) => a - b);
  return sorted.slice(1).map((y, index) => y - sorted[index]!);
};

test('labels of points that lie on each other are written one above the other, none far away', async () => {
  const points = Array.from({ length: 6 }, (_none, run) => ({ x: 5 + 0.01 * run, y: 5, label: `run ${run}` }));
  const places = await labelsOf(points);
  expect(places.size).toBe(6);
  for (const gap of gaps(places)) expect(gap).toBeGreaterThanOrEqual(11);
  expect(Math.max(...places.values()) - Math.min(...places.values())).toBeLessThan(6 * 16);
  expect(places.get('run 0')).toBeCloseTo((await labelsOf(points.slice(0, 1))).get('run 0')!, 6);
});

test('labels with room stay where they are', async () => {
  const points = [2, 5, 8].map((y) => ({ x: y, y, label: `run ${y}` }));
  const together = await labelsOf(points);
  for (const point of points) expect(together.get(point.label)).toBe((await labelsOf([point])).get(point.label));
});

test('labels at the edge of a plot stay inside it', async () => {
  for (const y of [0.5, 9.5]) {
    const places = await labelsOf([0, 1, 2].map((run) => ({ x: 5, y, label: `run ${run}` })));
    for (const gap of gaps(places)) expect(gap).toBeGreaterThanOrEqual(11);
    // A text's place is its baseline, up to 4 pixels below its middle.
    for (const place of places.values()) expect(place > 0 && place < 204).toBe(true);
  }
});
