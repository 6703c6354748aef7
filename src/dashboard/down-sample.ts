/** Fewer points that still show a curve's shape. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * At most `most` of the points: the first, the last, and of each bucket between them the one that spans the largest triangle
 * with the one chosen before and the mean of the bucket after (Largest-Triangle-Three-Buckets: Steinarsson, Downsampling Time
 * Series for Visual Representation, University of Iceland, 2013), as the server does it.
 */
export const downSampled = (points: readonly Point[], most: number): readonly Point[] => {
  if (points.length <= most || most < 3) return points;
  const startOf = (bucket: number): number => 1 + Math.floor((bucket * (points.length - 2)) / (most - 2));
  const chosen: Point[] = [points[0]!];
  for (let bucket = 0; bucket < most - 2; bucket += 1) {
    const after = points.slice(startOf(bucket + 1), Math.max(startOf(bucket + 2), startOf(bucket + 1) + 1));
    chosen.push(
      farthest(points, startOf(bucket), startOf(bucket + 1), chosen.at(-1)!, meanOf(after.length > 0 ? after : [points.at(-1)!])),
    );
  }
  return [...chosen, points.at(-1)!];
};

const meanOf = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});

const farthest = (points: readonly Point[], start: number, end: number, before: Point, after: Point): Point => {
  let best = points[start]!;
  let largest = -1;
  for (let index = start; index < end; index += 1) {
    const point = points[index]!;
    const area = Math.abs((before.x - after.x) * (point.y - before.y) - (before.x - point.x) * (after.y - before.y));
    if (area <= largest) continue;
    largest = area;
    best = point;
  }
  return best;
};
