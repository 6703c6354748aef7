/** What every source with a network can be given, and what each one's file says of itself to the registry. */
import { z } from 'zod';
import { wallClock, type Clock } from '../../units/clock.js';
import { SourceFault, type IntensitySource } from '../intensity-source.js';
import type { IntensityKind } from '../reading.js';
import type { ZoneDirectory } from '../zone-directory.js';
import type { CallOptions } from './connection.js';

export interface SourceOptions {
  /** What the provider calls a zone; undefined: it does not serve it. */
  readonly locationOf: (zone: string) => string | undefined;
  /** Base address instead of the provider's own, for a proxy or a mirror. */
  readonly url?: string | undefined;
  /** Says which steps have begun; the wall clock when absent. */
  readonly clock?: Clock | undefined;
  readonly calls?: CallOptions | undefined;
}

export const clockOf = ({ clock = wallClock }: Pick<SourceOptions, 'clock'>): Clock => clock;

/** What a provider calls a zone that was asked for. @throws SourceFault when it does not serve it */
export const locationFor = (source: string, locationOf: (zone: string) => string | undefined, zone: string): string => {
  const location = locationOf(zone);
  if (location === undefined) throw new SourceFault(source, 'not-offered', `does not serve the zone ${JSON.stringify(zone)}`);
  return location;
};

/** What the program gives to every source, whatever the user has set. */
export interface Surroundings {
  readonly directory: ZoneDirectory;
  readonly clock: Clock;
  /** Folder of the installed package. */
  readonly package: string;
}

/** One kind of source, as settings and registry see it. */
export interface SourceType {
  readonly name: string;
  /** `as-set`: the settings must say. */
  readonly kind: IntensityKind | 'as-set';
  readonly attribution: string;
  /** What a user may set, in the words of a settings file. */
  readonly settings: z.ZodType;
  /** @throws z.ZodError naming every setting that is wrong */
  open(settings: unknown, surroundings: Surroundings): IntensitySource;
}

/** An entry of the registry, whose `open` checks the settings before the source sees them. */
export const sourceType = <Settings>(type: {
  readonly name: string;
  readonly kind: SourceType['kind'];
  readonly attribution: string;
  readonly settings: z.ZodType<Settings>;
  readonly open: (settings: Settings, surroundings: Surroundings) => IntensitySource;
}): SourceType => ({ ...type, open: (settings, surroundings) => type.open(type.settings.parse(settings), surroundings) });

/** Settings several sources have. What was given is not repeated: it may be a key. */
export const required = (what: string) => z.string(`needed is ${what}`).min(1, `needed is ${what}`);
export const address = z.url({ protocol: /^https?$/, error: 'allowed is an address like https://api.example.org' });
