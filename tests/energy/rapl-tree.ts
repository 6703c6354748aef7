/** Constructed powercap trees: folders laid out as Linux lays them out, with made-up counter values. No hardware is read. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface ConstructedDomain {
  /** What the domain says it is: `package-0`, `dram`, `core`, … */
  readonly name: string;
  readonly energyUj: number;
  readonly rangeUj?: number;
}

export interface ConstructedTree {
  readonly root: string;
  /** Sets a domain's counter. */
  set(folder: string, energyUj: number | string): void;
  energyFile(folder: string): string;
}

/** A tree with one folder for each domain, by the folder's name. */
export const constructedRapl = (domains: Readonly<Record<string, ConstructedDomain>>): ConstructedTree => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'constructed-rapl-'));
  const energyFile = (folder: string) => path.join(root, folder, 'energy_uj');
  for (const [folder, { name, energyUj, rangeUj = 262_143_328_850 }] of Object.entries(domains)) {
    fs.mkdirSync(path.join(root, folder));
    fs.writeFileSync(path.join(root, folder, 'name'), `${name}\n`);
    fs.writeFileSync(path.join(root, folder, 'max_energy_range_uj'), `${rangeUj}\n`);
    fs.writeFileSync(energyFile(folder), `${energyUj}\n`);
  }
  return { root, energyFile, set: (folder, energyUj) => fs.writeFileSync(energyFile(folder), `${energyUj}\n`) };
};
