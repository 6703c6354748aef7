/** AMD GPUs through the power their Linux driver shows under /sys/class/drm, polled and integrated. */
import fs from 'node:fs';
import path from 'node:path';
import { watts, type Watts } from '../units/quantities.js';
import type { Meter } from './meter.js';
import { polledPower } from './polled-power.js';

const DRM_ROOT = '/sys/class/drm';

/** One meter for each card whose driver is amdgpu and tells its power; none elsewhere. */
export const openAmdgpu = (root = DRM_ROOT): readonly Meter[] => {
  const cards = fs.existsSync(root) ? fs.readdirSync(root).filter((name) => /^card\d+$/.test(name)) : [];
  return cards.sort().flatMap((card): readonly Meter[] => {
    const file = powerFile(path.join(root, card, 'device', 'hwmon'));
    if (file === undefined) return [];
    return [
      {
        component: 'gpu',
        method: 'amdgpu-power',
        scope: 'host',
        detail: `${card}, the whole device, ${path.basename(file)} of amdgpu, integrated`,
        begin: () => polledPower(() => microwatts(file), `${file} cannot be read`),
      },
    ];
  });
};

/** The mean where the chip gives one, else the reading of the moment. */
const powerFile = (hwmon: string): string | undefined => {
  const folders = fs.existsSync(hwmon) ? fs.readdirSync(hwmon).map((name) => path.join(hwmon, name)) : [];
  const amd = folders.filter((folder) => fs.readFileSync(path.join(folder, 'name'), 'utf8').trim() === 'amdgpu');
  return amd
    .flatMap((folder) => ['power1_average', 'power1_input'].map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file) && microwatts(file) !== undefined);
};

const microwatts = (file: string): Watts | undefined => {
  try {
    const value = Number(fs.readFileSync(file, 'utf8').trim());
    return Number.isFinite(value) ? watts(value / 1e6) : undefined;
  } catch {
    return undefined; // A card that sleeps or was pulled: its energy is unknown, and the meter says so.
  }
};
