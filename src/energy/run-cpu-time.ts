/** Processor time of named groups of threads of this process: a run's trainer and every thread it starts carry its name. */
import { createHash } from 'node:crypto';
import { threadTimes, type ThreadTime } from './cpu-times.js';

/** Linux keeps 15 bytes of a thread's name. Threads that a thread starts inherit it. */
export const threadName = (runId: string): string => `run-${createHash('sha256').update(runId).digest('hex').slice(0, 11)}`;

export interface RunTimes {
  /** By the names of threads that begin with `run-`. */
  readonly ofRuns: ReadonlyMap<string, number>;
  /** Of the whole process. */
  readonly processMs: number;
}

/**
 * Processor time since the last call; undefined where threads cannot be told apart. What threads used that ended since is
 * known only in sum: it is given to the runs whose threads ended, in equal parts.
 */
export const runCpuTimes = (
  threads: () => ReadonlyMap<string, ThreadTime> | undefined = threadTimes,
  process: () => number = ownCpuMs,
): (() => RunTimes | undefined) => {
  let before = threads();
  let processBefore = process();
  return () => {
    const [now, processNow] = [threads(), process()];
    const [last, lastProcess] = [before, processBefore];
    [before, processBefore] = [now, processNow];
    if (now === undefined || last === undefined) return undefined;
    const ofRuns = new Map<string, number>();
    const add = (name: string, ms: number) => ofRuns.set(name, (ofRuns.get(name) ?? 0) + ms);
    let living = 0;
    for (const [id, { name, cpuMs }] of now) {
      const earlier = last.get(id);
      const used = Math.max(0, cpuMs - (earlier?.cpuMs ?? 0));
      living += used;
      if (isRun(name)) add(name, used);
    }
    const processMs = Math.max(processNow - lastProcess, living);
    const ended = new Set([...last].flatMap(([id, { name }]) => (isRun(name) && !now.has(id) ? [name] : [])));
    for (const name of ended) add(name, (processMs - living) / ended.size);
    return { ofRuns, processMs };
  };
};

const isRun = (name: string): boolean => name.startsWith('run-');

const ownCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
