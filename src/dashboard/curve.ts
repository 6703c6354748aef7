/** A curve that grows without end in bounded memory: at twice its limit it is thinned to the limit. */
import { downSampled, type Point } from './down-sample.js';

export interface Curve {
  readonly points: readonly Point[];
  readonly limit: number;
}

export const emptyCurve = (limit: number): Curve => ({ points: [], limit });

export const curveOf = (points: readonly Point[], limit: number): Curve => ({ points: downSampled(points, limit), limit });

/** With more points, in order of x; what does not lie beyond the last one is known already. */
export const extended = ({ points, limit }: Curve, added: readonly Point[]): Curve => {
  const last = points.at(-1)?.x ?? Number.NEGATIVE_INFINITY;
  const all = [...points, ...added.filter(({ x }) => x > last)];
  return { points: all.length > 2 * limit ? downSampled(all, limit) : all, limit };
};

/** Without what lies beyond x: what is done after a checkpoint is done again. */
export const cutAt = ({ points, limit }: Curve, x: number): Curve => ({ points: points.filter((point) => point.x <= x), limit });
