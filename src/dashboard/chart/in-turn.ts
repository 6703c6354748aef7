/** Charts are redrawn one to a frame, and each no more often than an eye can follow, so that the page never waits for them. */

const LEAST_MS = 250;
const waiting = new Map<object, () => void>();
const drawnAt = new WeakMap<object, number>();
let asked = false;

/** The newest `draw` of a chart replaces one that has not had its turn. */
export const inTurn = (chart: object, draw: () => void): void => {
  waiting.set(chart, draw);
  ask();
};

const ask = (): void => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(next);
};

const next = (now: number): void => {
  asked = false;
  for (const [chart, draw] of waiting) {
    if (now - (drawnAt.get(chart) ?? Number.NEGATIVE_INFINITY) < LEAST_MS) continue;
    waiting.delete(chart);
    drawnAt.set(chart, now);
    draw();
    break;
  }
  if (waiting.size > 0) ask();
};
