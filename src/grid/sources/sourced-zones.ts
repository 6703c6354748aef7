/** From the settings' names of zones and sources to opened sources in their order, or every problem at once. */
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import type { IntensitySource } from '../intensity-source.js';
import type { SourcedZone } from '../live-grid.js';
import { UnknownZone } from '../zone.js';
import { SOURCE_TYPES } from './registry.js';
import type { Surroundings } from './source-options.js';

/** Zones or sources in the settings that cannot be used; one line a problem. */
export class SourceSettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`settings of the grid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SourceSettingsError';
  }
}

/**
 * @param zones names of sources by zone, the preferred one first
 * @param settings of each source, by its name
 * @throws SourceSettingsError
 */
export const sourcedZones = (
  zones: Readonly<Record<string, readonly string[]>>,
  settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  surroundings: Surroundings,
): readonly SourcedZone[] => {
  const problems: string[] = [];
  const opened = new Map<string, IntensitySource | undefined>();
  const sourceOf = (name: string): IntensitySource | undefined => {
    if (!opened.has(name)) opened.set(name, openSource(name, settings[name] ?? {}, surroundings, problems));
    return opened.get(name);
  };
  const sourced = Object.entries(zones).flatMap(([name, sourceNames]): readonly SourcedZone[] => {
    const sources = sourceNames.map(sourceOf).filter((source) => source !== undefined);
    const zone = surroundings.directory.resolve(name);
    if (zone instanceof UnknownZone) {
      problems.push(`zones: ${zone.message}`);
      return [];
    }
    for (const source of sources)
      if (source.locationOf(zone.key) === undefined)
        problems.push(`zones.${name}: ${source.name} does not serve ${zone.key} (${zone.name})`);
    problems.push(...mixedFactors(name, sources));
    return [{ zone, sources }];
  });
  for (const name of Object.keys(settings)) if (!SOURCE_TYPES.some((type) => type.name === name)) problems.push(noSource('sources', name));
  if (problems.length > 0) throw new SourceSettingsError([...new Set(problems)]);
  return sourced;
};

const openSource = (
  name: string,
  settings: Readonly<Record<string, unknown>>,
  surroundings: Surroundings,
  problems: string[],
): IntensitySource | undefined => {
  const type = SOURCE_TYPES.find((each) => each.name === name);
  if (type === undefined) {
    problems.push(noSource('zones', name));
    return undefined;
  }
  try {
    return type.open(settings, surroundings);
  } catch (failure) {
    if (failure instanceof UnknownZone) {
      problems.push(`sources.${name}: ${failure.message}`);
      return undefined;
    }
    if (!(failure instanceof z.ZodError)) throw failure;
    // What was given is not repeated: it may be a key.
    for (const { path, message } of failure.issues) problems.push(`sources.${[name, ...path].join('.')}: ${message}`);
    return undefined;
  }
};

const noSource = (where: string, name: string): string => {
  const names = SOURCE_TYPES.map((type) => type.name);
  return `${where}: there is no source ${JSON.stringify(name)}; did you mean ${closest(name, names)}? Sources: ${names.join(', ')}`;
};

/** Sources of one kind stand in for each other, so they must count the same emissions. */
const mixedFactors = (zone: string, sources: readonly IntensitySource[]): readonly string[] =>
  sources.flatMap((source) => {
    const first = sources.find(({ kind }) => kind === source.kind)!;
    return first.factorType === source.factorType
      ? []
      : [
          `zones.${zone}: ${source.name} counts ${source.factorType} emissions but ${first.name} ${first.factorType} ones; one zone's ${source.kind} sources must count the same`,
        ];
  });
