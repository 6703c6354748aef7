/** Zones named in a spec by any of their names become the keys by which they are stored, or one problem for each that is none. */
import type { Problem } from '../experiment/parsing.js';
import type { RunSpec } from '../experiment/spec.js';
import { UnknownZone } from '../grid/zone.js';
import type { Ports } from './ports.js';

/** @param path of the run in what was given, with its dot; empty for a run by itself */
export const withZoneKey = (
  { resolveZone }: Pick<Ports, 'resolveZone'>,
  run: RunSpec,
  path: string,
): { readonly run: RunSpec; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const keyOf = (name: string, field: string): string => {
    try {
      return resolveZone(name);
    } catch (failure) {
      if (!(failure instanceof UnknownZone)) throw failure;
      problems.push({ path: `${path}${field}`, given: JSON.stringify(failure.zone), allowed: failure.allowed });
      return name;
    }
  };
  const zone = keyOf(run.zone, 'zone');
  const { schedule } = run;
  if (schedule.mode !== 'planned') return { run: { ...run, zone }, problems };
  const allowedZones = schedule.allowedZones.map((name, index) => keyOf(name, `schedule.allowedZones[${index}]`));
  return { run: { ...run, zone, schedule: { ...schedule, allowedZones } }, problems };
};
