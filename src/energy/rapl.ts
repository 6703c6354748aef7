/** Intel's and AMD's running average power limit counters, as Linux shows them under /sys/class/powercap. */
import fs from 'node:fs';
import path from 'node:path';
import { joules } from '../units/quantities.js';
import { countedBetween } from './counter.js';
import type { Meter, Take } from './meter.js';
import type { EnergyComponent } from './sample.js';

export const POWERCAP_ROOT = '/sys/class/powercap';

/** No package or platform draws so much; above it, a difference is a reset. Doubles what server processors are sold with. */
const MOST_WATTS = 1000;
/** Two counters above so many µJ and no further apart than what is drawn between two reads show one and the same register. */
const MIRRORED_ABOVE_UJ = 1e9;
const MIRRORED_WITHIN_UJ = 1e6;

export interface RaplOptions {
  readonly root?: string;
  /** Count the whole platform (psys) in place of packages and memory, where there is such a domain. */
  readonly psys?: boolean;
}

export interface RaplMeters {
  readonly meters: readonly Meter[];
  /** Whether the CPU meter counts the whole platform, memory included. */
  readonly platform: boolean;
  /** Why a component has no meter here. */
  readonly without: readonly { readonly component: EnergyComponent; readonly reason: string }[];
}

interface Domain {
  /** What it counts: `package-0`, `intel-rapl:0 dram`, `psys`. */
  readonly name: string;
  readonly kind: 'package' | 'dram' | 'psys';
  readonly energyFile: string;
  readonly rangeUj: number;
  readonly uj: number;
}

/**
 * Package domains count as CPU and DRAM domains as RAM; cores and graphics are parts of packages. The platform domain
 * stands for both where it is asked for or alone. A domain shown twice (mmio beside msr, or one register for each die)
 * counts once.
 */
export const openRapl = ({ root = POWERCAP_ROOT, psys = false }: RaplOptions = {}): RaplMeters => {
  const { domains, refused } = domainsIn(root);
  const of = (kind: Domain['kind']) => withoutMirrors(domains.filter((domain) => domain.kind === kind));
  const platform = of('psys');
  if (platform.length > 0 && (psys || (of('package').length === 0 && refused.length === 0))) {
    const reason = 'it is part of the platform that psys counts, shown as cpu';
    return { meters: [raplMeter('cpu', platform, 'whole platform')], platform: true, without: [{ component: 'ram', reason }] };
  }
  const component = (name: EnergyComponent, kind: Domain['kind']) => {
    const denied = refused.find((each) => each.kind === kind);
    const counted = of(kind);
    if (denied !== undefined) return { component: name, reason: denied.reason };
    return counted.length > 0 ? raplMeter(name, counted) : { component: name, reason: `no RAPL ${kind} counter under ${root}` };
  };
  const answers = [component('cpu', 'package'), component('ram', 'dram')];
  return {
    meters: answers.filter((answer) => 'begin' in answer),
    platform: false,
    without: answers.filter((answer) => 'reason' in answer),
  };
};

const raplMeter = (component: EnergyComponent, domains: readonly Domain[], what?: string): Meter => {
  const ranges = domains.map(({ rangeUj }) => (rangeUj / 1e6).toFixed(0)).join(', ');
  return {
    component,
    method: 'rapl',
    scope: 'host',
    detail: `RAPL ${domains.map(({ name }) => name).join(', ')}${what === undefined ? '' : ` (${what})`}, wrapping at ${ranges} J`,
    begin() {
      const takes = domains.map(beginDomain);
      return (span) => {
        const taken = takes.map((take) => take(span)); // All are read, so that all begin anew together.
        const unknown = taken.find(({ kind }) => kind === 'unknown');
        if (unknown !== undefined) return unknown;
        const energy = joules(taken.reduce((sum, each) => sum + (each.kind === 'known' ? each.energy : 0), 0));
        return { kind: 'known', energy, idle: undefined };
      };
    },
  };
};

/** A counter that cannot be read begins anew at its next reading. */
const beginDomain = ({ name, energyFile, rangeUj }: Domain): Take => {
  const range = { wrapsAt: rangeUj / 1e6, mostWatts: MOST_WATTS };
  let last = readUj(energyFile);
  return ({ lengthMs }) => {
    const before = last;
    last = readUj(energyFile);
    if (typeof last !== 'number') return { kind: 'unknown', reason: last.reason };
    if (typeof before !== 'number') return { kind: 'unknown', reason: `${energyFile} could not be read before` };
    const counted = countedBetween(before / 1e6, last / 1e6, lengthMs, range);
    return counted.kind === 'known' ? { ...counted, idle: undefined } : { kind: 'unknown', reason: `${name}: ${counted.reason}` };
  };
};

const domainsIn = (root: string) => {
  const domains: Domain[] = [];
  const refused: { readonly kind: Domain['kind']; readonly reason: string }[] = [];
  const folders = fs.existsSync(root) ? fs.readdirSync(root).filter((name) => /^intel-rapl(-mmio)?:\d+(:\d+)?$/.test(name)) : [];
  // The msr folders sort before the mmio ones, which repeat packages.
  const sorted = folders.sort((a, b) => Number(a.includes('mmio')) - Number(b.includes('mmio')) || a.localeCompare(b));
  for (const folder of sorted) {
    const directory = path.join(root, folder);
    const label = fs.readFileSync(path.join(directory, 'name'), 'utf8').trim();
    const kind = label.startsWith('package-') ? 'package' : label === 'dram' || label === 'psys' ? label : undefined;
    const name = kind === 'dram' ? `${folder.split(':').slice(0, 2).join(':')} dram` : label;
    if (kind === undefined || domains.some((each) => each.name === name) || (kind === 'dram' && folder.includes('mmio'))) continue;
    const energyFile = path.join(directory, 'energy_uj');
    const [uj, rangeUj] = [readUj(energyFile), readUj(path.join(directory, 'max_energy_range_uj'))];
    if (typeof uj !== 'number') refused.push({ kind, reason: uj.reason });
    else if (typeof rangeUj !== 'number') refused.push({ kind, reason: rangeUj.reason });
    else domains.push({ name, kind, energyFile, rangeUj, uj });
  }
  return { domains, refused };
};

/** Processors of several dies may show their one counter once for each die. */
const withoutMirrors = (domains: readonly Domain[]): readonly Domain[] =>
  domains.filter(
    ({ uj }, index) =>
      uj < MIRRORED_ABOVE_UJ ||
      !domains.slice(0, index).some((earlier) => Math.abs(earlier.uj - uj) <= Math.max(MIRRORED_WITHIN_UJ, 1e-6 * uj)),
  );

/** The file's µJ, or why it cannot be read and what to do about it. */
const readUj = (file: string): number | { readonly reason: string } => {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8').trim();
  } catch (failure) {
    const { code = String(failure) } = failure as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM';
    return {
      reason: denied
        ? `no permission to read ${file}; let this user read it: sudo chmod a+r ${path.dirname(path.dirname(file))}/intel-rapl*/energy_uj`
        : `cannot read ${file} (${code})`,
    };
  }
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && value >= 0 ? value : { reason: `${file} does not hold a number of µJ` };
};
