/** Power of a processor without counters, from its load and thermal design power: CodeCarbon's model for a whole machine. */
import fs from 'node:fs';
import os from 'node:os';
import { watts, type Watts } from '../units/quantities.js';

/** CodeCarbon's assumption for a processor its table does not name. */
export const UNKNOWN_CPU_TDP = watts(85);

/** P = TDP·(0.1 + 0.9·u³), u = share of the machine's processor time in use (CodeCarbon 3, CPU load mode). */
export const cpuPower = (tdp: Watts, load: number): Watts => {
  if (!(load >= 0 && load <= 1)) throw new RangeError(`CPU load must be from 0 to 1, got ${load}`);
  return watts(tdp * (0.1 + 0.9 * load ** 3));
};

export interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

/** Processor time of all cores since boot. */
export const machineTimes = (): CpuTimes => {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of os.cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return { busyMs, totalMs };
};

/** Share in use between two readings; undefined when the counters did not move (a span below their 10 ms tick). */
export const loadBetween = (before: CpuTimes, after: CpuTimes): number | undefined => {
  const total = after.totalMs - before.totalMs;
  if (total <= 0) return undefined;
  return Math.min(1, Math.max(0, (after.busyMs - before.busyMs) / total));
};

export interface Processor {
  readonly model: string;
  readonly tdp: Watts;
  /** Where the TDP comes from, for a reader. */
  readonly detail: string;
}

/**
 * This machine's processor. The table's name must be the model's name once trademarks, "CPU", "Processor" and clock
 * speeds are left out, or the longest one contained in it.
 */
export const processorOf = (model: string, sockets: number, tdpTable: string, tdpWatts: number | undefined): Processor => {
  if (tdpWatts !== undefined) return { model, tdp: watts(tdpWatts), detail: `${model}: TDP ${tdpWatts} W, from the settings` };
  const entries = readTable(tdpTable);
  const wanted = plainName(model);
  const exact = entries.find(({ plain }) => plain === wanted);
  const contained = entries.filter(({ plain }) => ` ${wanted} `.includes(` ${plain} `)).sort((a, b) => b.plain.length - a.plain.length)[0];
  const found = exact ?? contained;
  const each = found?.watts ?? UNKNOWN_CPU_TDP;
  const known = found === undefined ? 'not in the table, CodeCarbon’s 85 W is assumed' : `TDP ${each} W, as ${found.name} in the table`;
  return { model, tdp: watts(each * sockets), detail: `${model}: ${known}${sockets > 1 ? `, × ${sockets} sockets` : ''}` };
};

/** Physical processors; 1 where the system does not say. */
export const socketsOf = (cpuinfoFile = '/proc/cpuinfo'): number => {
  if (!fs.existsSync(cpuinfoFile)) return 1;
  const ids = fs.readFileSync(cpuinfoFile, 'utf8').match(/^physical id\s*:\s*\d+/gm) ?? [];
  return Math.max(1, new Set(ids).size);
};

const plainName = (name: string): string =>
  name
    .replace(/\((r|tm)\)/gi, ' ')
    .replace(/\b(cpu|processor)\b/gi, ' ')
    .replace(/@.*$/, ' ')
    .replace(/\b\d+-core\b/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();

const readTable = (file: string): readonly { readonly name: string; readonly plain: string; readonly watts: number }[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const comma = line.lastIndexOf(',');
      const name = line.slice(0, comma).replace(/^"|"$/g, '');
      return { name, plain: plainName(name), watts: Number(line.slice(comma + 1)) };
    });
