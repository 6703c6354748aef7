/** Processor time in use: of the host, of this process with its children, of its threads by name. Linux keeps them in ticks of 10 ms. */
import fs from 'node:fs';
import os from 'node:os';

/** Linux shows user space 100 ticks a second whatever its own (USER_HZ). */
const MS_PER_TICK = 10;

export interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/**
 * Processor time of all cores since boot. Busy is all but idle and waiting for I/O, as CodeCarbon counts it; undefined where
 * the system does not say.
 */
export const hostTimes = (statFile = '/proc/stat'): CpuTimes | undefined => {
  const line = textOf(statFile)?.split('\n', 1)[0];
  if (line?.startsWith('cpu ') === true) {
    // user nice system idle iowait irq softirq steal; guest time is in user and nice already.
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
    const total = ticks.reduce((sum, each) => sum + each, 0);
    return { busyMs: (total - ticks[3]! - (ticks[4] ?? 0)) * MS_PER_TICK, totalMs: total * MS_PER_TICK };
  }
  const cores = os.cpus();
  if (process.platform === 'linux' || cores.length === 0) return undefined;
  const busyMs = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { busyMs, totalMs: cores.reduce((sum, { times }) => sum + times.idle, busyMs) };
};

/** Share in use between two readings; undefined when the counters did not move (a span below their tick). */
export const loadBetween = (before: CpuTimes, after: CpuTimes): number | undefined => {
  const total = after.totalMs - before.totalMs;
  if (total <= 0) return undefined;
  return Math.min(1, Math.max(0, (after.busyMs - before.busyMs) / total));
};

export interface ThreadTime {
  readonly name: string;
  readonly cpuMs: number;
}

/** This process' living threads by their id; undefined where the system does not tell threads apart. */
export const threadTimes = (taskFolder = '/proc/self/task'): ReadonlyMap<string, ThreadTime> | undefined => {
  const ids = entriesOf(taskFolder);
  if (ids === undefined) return undefined;
  return new Map(
    ids.flatMap((id): [string, ThreadTime][] => {
      const time = timeIn(textOf(`${taskFolder}/${id}/stat`)); // Gone by now: a thread that has just ended.
      return time === undefined ? [] : [[id, time]];
    }),
  );
};

/** Milliseconds this process and its living descendants have used, by process id. */
export const processTimes = (): ReadonlyMap<string, number> => {
  const own = process.cpuUsage();
  const times = new Map([[String(process.pid), (own.user + own.system) / 1000]]);
  for (const pid of descendants(String(process.pid))) {
    const time = timeIn(textOf(`/proc/${pid}/stat`));
    if (time !== undefined) times.set(pid, time.cpuMs);
  }
  return times;
};

/** What the same entries used between two readings; one that is new counts from its start, one that is gone not at all. */
export const usedBetween = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number => {
  let used = 0;
  for (const [id, ms] of after) used += Math.max(0, ms - (before.get(id) ?? 0));
  return used;
};

const descendants = (pid: string): readonly string[] =>
  (entriesOf(`/proc/${pid}/task`) ?? []).flatMap((thread) => {
    const children = textOf(`/proc/${pid}/task/${thread}/children`)?.trim().split(' ').filter(Boolean) ?? [];
    return children.flatMap((child) => [child, ...descendants(child)]);
  });

/** Name and user + system time of a `stat` line; the name is in parentheses and may hold any character. */
const timeIn = (stat: string | undefined): ThreadTime | undefined => {
  const end = stat?.lastIndexOf(')') ?? -1;
  if (stat === undefined || end < 0) return undefined;
  const fields = stat.slice(end + 2).split(' ');
  return { name: stat.slice(stat.indexOf('(') + 1, end), cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
};

const GONE = ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES'];

const unlessGone = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (failure) {
    if (GONE.includes((failure as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw failure;
  }
};

const textOf = (file: string): string | undefined => unlessGone(() => fs.readFileSync(file, 'utf8'));
const entriesOf = (folder: string): readonly string[] | undefined => unlessGone(() => fs.readdirSync(folder));
