/** Work that is to be done once before the next picture, however often it was asked for. */

const HIDDEN_MS = 500;
const waiting = new Set<() => void>();
let asked = false;

const flush = (): void => {
  asked = false;
  const tasks = [...waiting];
  waiting.clear();
  for (const task of tasks) task();
};

/** A hidden page has no pictures: it is kept up to date twice a second, so that nothing piles up. */
export const inNextFrame = (task: () => void): void => {
  waiting.add(task);
  if (asked) return;
  asked = true;
  if (document.hidden) setTimeout(flush, HIDDEN_MS);
  else requestAnimationFrame(flush);
};

document.addEventListener('visibilitychange', () => {
  if (document.hidden && asked) flush();
});
