/** Intel's and AMD's running average power limit counters, as Linux shows them under /sys/class/powercap. */
import fs from 'node:fs';
import path from 'node:path';
import { joules, type Joules } from '../units/quantities.js';
import type { EnergyComponent } from './sample.js';

export const POWERCAP_ROOT = '/sys/class/powercap';

interface Domain {
  readonly name: string;
  readonly component: EnergyComponent;
  readonly energyFile: string;
  /** The counter starts again at zero after this many µJ. */
  readonly rangeUj: number;
}

export interface RaplCounters {
  /** Which components the domains cover, with the domains' names. */
  readonly components: readonly { readonly component: EnergyComponent; readonly domains: readonly string[] }[];
  /** Energy by component since the last call (or since the counters were opened). */
  take(): ReadonlyMap<EnergyComponent, Joules>;
}

export type RaplAnswer =
  { readonly kind: 'available'; readonly counters: RaplCounters } | { readonly kind: 'unavailable'; readonly reason: string };

/** Package domains count as CPU, DRAM domains as RAM; the mmio copies of a package are left out. */
export const openRapl = (root: string = POWERCAP_ROOT): RaplAnswer => {
  const domains = domainsIn(root);
  if (domains.length === 0) return { kind: 'unavailable', reason: `no RAPL package counter under ${root}` };
  for (const { energyFile } of domains) {
    try {
      fs.accessSync(energyFile, fs.constants.R_OK);
    } catch {
      return {
        kind: 'unavailable',
        reason: `no permission to read ${energyFile}; let this user read it: sudo chmod a+r ${root}/intel-rapl*/energy_uj`,
      };
    }
  }
  const last = new Map(domains.map((domain) => [domain.energyFile, readUj(domain.energyFile)]));
  const components = [...new Set(domains.map(({ component }) => component))].map((component) => ({
    component,
    domains: domains.filter((domain) => domain.component === component).map(({ name }) => name),
  }));
  return {
    kind: 'available',
    counters: {
      components,
      take() {
        const taken = new Map<EnergyComponent, Joules>();
        for (const domain of domains) {
          const now = readUj(domain.energyFile);
          const before = last.get(domain.energyFile)!;
          last.set(domain.energyFile, now);
          const used = now >= before ? now - before : now + domain.rangeUj - before;
          taken.set(domain.component, joules((taken.get(domain.component) ?? 0) + used / 1e6));
        }
        return taken;
      },
    },
  };
};

const domainsIn = (root: string): readonly Domain[] => {
  if (!fs.existsSync(root)) return [];
  const folders = fs.readdirSync(root).filter((name) => /^intel-rapl:\d+(:\d+)?$/.test(name));
  const seen = new Set<string>();
  return folders.sort().flatMap((folder): readonly Domain[] => {
    const directory = path.join(root, folder);
    const label = fs.readFileSync(path.join(directory, 'name'), 'utf8').trim();
    const component = label.startsWith('package-') ? 'cpu' : label === 'dram' ? 'ram' : undefined;
    const name = component === 'ram' ? `${folder.split(':').slice(0, 2).join(':')} dram` : label;
    if (component === undefined || seen.has(name)) return [];
    seen.add(name);
    return [
      { name, component, energyFile: path.join(directory, 'energy_uj'), rangeUj: readUj(path.join(directory, 'max_energy_range_uj')) },
    ];
  });
};

const readUj = (file: string): number => {
  const value = Number(fs.readFileSync(file, 'utf8').trim());
  if (!Number.isFinite(value)) throw new Error(`${file} does not hold a number of µJ`);
  return value;
};
