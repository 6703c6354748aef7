/** Zones named in a spec by any of their names become the keys by which they are stored, or one problem for each that is none. */
import type { Problem, RunSpec } from '../experiment/spec.js';
import { UnknownZone } from '../grid/zone.js';
import type { Ports } from './ports.js';

/** @param path of the run in what was given, with its dot; empty for a run by itself */
export const withZoneKey = (
  { resolveZone }: Pick<Ports, 'resolveZone'>,
  run: RunSpec,
  path: string,
): { readonly run: RunSpec; readonly problems: readonly Problem[] } => {
  try {
    return { run: { ...run, zone: resolveZone(run.zone) }, problems: [] };
  } catch (failure) {
    if (!(failure instanceof UnknownZone)) throw failure;
    return { run, problems: [{ path: `${path}zone`, given: JSON.stringify(run.zone), allowed: failure.allowed }] };
  }
};
