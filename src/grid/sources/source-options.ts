/** What every source with a network can be given, and what each one's file says of itself for settings and registry. */
import type { z } from 'zod';
import { wallClock, type Clock } from '../../units/clock.js';
import { SourceFault, type IntensitySource } from '../intensity-source.js';
import type { IntensityKind } from '../reading.js';
import type { CallOptions } from './connection.js';

export interface SourceOptions {
  /** Base address instead of the provider's own, for a proxy or a mirror. */
  readonly url?: string | undefined;
  /** Says which steps have begun; the wall clock when absent. */
  readonly clock?: Clock;
  readonly calls?: CallOptions;
  /** What the provider calls a zone instead of what the source's own table says; undefined: it does not serve it. */
  readonly locationOf?: (zone: string) => string | undefined;
}

export const clockOf = ({ clock = wallClock }: SourceOptions): Clock => clock;

/** What a settings file, a registry and a manual need to know of one kind of source. */
export interface SourceType {
  readonly name: string;
  /** `as-set`: the settings must say. */
  readonly kind: IntensityKind | 'as-set';
  readonly attribution: string;
  /** What a user may set, in the words of a settings file. */
  readonly settings: z.ZodType;
  /** Which of the settings must never be shown. */
  readonly secrets: readonly string[];
  /** @throws z.ZodError naming every setting that is wrong */
  open(settings: unknown, options?: CommonOptions): IntensitySource;
}

/** What the program gives to every source, whatever the user set. */
export type CommonOptions = Omit<SourceOptions, 'url'>;

/** A source's entry of the registry, whose `open` checks the settings before the source sees them. */
export const sourceType = <Settings>(type: {
  readonly name: string;
  readonly kind: SourceType['kind'];
  readonly attribution: string;
  readonly settings: z.ZodType<Settings>;
  readonly secrets: readonly string[];
  readonly open: (settings: Settings, options: CommonOptions) => IntensitySource;
}): SourceType => ({ ...type, open: (settings, options = {}) => type.open(type.settings.parse(settings), options) });

/** What a provider calls a zone that was asked for. @throws SourceFault when it does not serve it */
export const locationFor = (source: string, locationOf: (zone: string) => string | undefined, zone: string): string => {
  const location = locationOf(zone);
  if (location === undefined) throw new SourceFault(source, 'not-offered', `does not serve the zone ${JSON.stringify(zone)}`);
  return location;
};
