/** A processor and its thermal design power, found in CodeCarbon's table by name. */
import fs from 'node:fs';
import { watts, type Watts } from '../units/quantities.js';

/** CodeCarbon's constant for a processor its table does not name. */
export const UNKNOWN_CPU_TDP = watts(85);

export interface Processor {
  readonly model: string;
  /** Of all sockets together. */
  readonly tdp: Watts;
  /** Logical cores. */
  readonly cores: number;
  /** Where the TDP comes from, for a reader. */
  readonly detail: string;
}

/**
 * The table's name must be the model's name once trademarks, "CPU", "Processor" and clock speeds are left out, or the
 * longest one contained in it.
 * @param tdpWatts of the whole machine, in place of the table's
 */
export const processorOf = (
  { model, sockets, cores }: { readonly model: string; readonly sockets: number; readonly cores: number },
  tdpTable: string,
  tdpWatts: number | undefined,
): Processor => {
  if (tdpWatts !== undefined) return { model, cores, tdp: watts(tdpWatts), detail: `${model}: TDP ${tdpWatts} W, from the settings` };
  const entries = readTable(tdpTable);
  const wanted = plainName(model);
  const exact = entries.find(({ plain }) => plain === wanted);
  const contained = entries.filter(({ plain }) => ` ${wanted} `.includes(` ${plain} `)).sort((a, b) => b.plain.length - a.plain.length)[0];
  const found = exact ?? contained;
  const each = found?.watts ?? UNKNOWN_CPU_TDP;
  const known =
    found === undefined
      ? 'not in the table, CodeCarbon’s 85 W is assumed; set LOWTIDE_TDP_WATTS to what is known of it'
      : `TDP ${each} W, as ${found.name} in the table`;
  return { model, cores, tdp: watts(each * sockets), detail: `${model}: ${known}${sockets > 1 ? `, × ${sockets} sockets` : ''}` };
};

const plainName = (name: string): string =>
  name
    .replace(/\((r|tm)\)|[®™]/gi, ' ')
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
