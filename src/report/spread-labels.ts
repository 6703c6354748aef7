/** Labels written beside data, moved up or down where they would lie on each other. */
import type { Scene, SceneGroup, SceneItem } from 'vega';

/** As Vega keeps it, in pixels; its bounds are in the coordinates of the group. */
interface Label extends SceneItem {
  dy?: number;
  readonly opacity?: number;
}

/** Pixels between two labels. */
const APART = 1;

/** Each text that marks data goes to the free place nearest to its own, above or below, inside of its plot where there is one. */
export const spreadLabels = (mark: Scene): void => {
  for (const group of mark.items as SceneGroup[]) {
    const marks = group.items as unknown as (Scene & { readonly marktype: string; readonly role: string })[];
    const texts = marks.filter(({ marktype, role }) => marktype === 'text' && role === 'mark');
    spread(
      texts.flatMap(({ items }) => items as Label[]),
      group.height,
    );
    for (const inner of marks) if (inner.marktype === 'group') spreadLabels(inner);
  }
};

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const spread = (labels: readonly Label[], height: number): void => {
  const placed: Box[] = [];
  for (const label of labels.filter(({ opacity }) => opacity !== 0)) {
    const { x1: left, y1, x2: right, y2 } = label.bounds;
    const beside = placed.filter((other) => other.left < right && other.right > left);
    const isFree = (shift: number): boolean => beside.every(({ top, bottom }) => bottom <= y1 + shift || top >= y2 + shift);
    const isInside = (shift: number): boolean => y1 + shift >= 0 && y2 + shift <= height;
    // Below the lowest of the others there is always a place.
    const free = [0, ...beside.flatMap(({ top, bottom }) => [top - APART - y2, bottom + APART - y1])].filter(isFree);
    const inside = free.filter((shift) => shift === 0 || isInside(shift));
    const shift = (inside.length > 0 ? inside : free).reduce((best, each) => (Math.abs(each) < Math.abs(best) ? each : best));
    label.dy = (label.dy ?? 0) + shift;
    placed.push({ left, right, top: y1 + shift, bottom: y2 + shift });
  }
};
