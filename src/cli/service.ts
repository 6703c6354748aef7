/** What the commands need of the program's wiring. */
import type { Settings } from '../settings/settings.js';
import type { Examination } from './examination.js';

export interface Service {
  /** Of its API; undefined when it only works. */
  readonly url: string | undefined;
  /** How a replay's day was chosen; undefined on the live grid. */
  readonly dayRule: string | undefined;
  /** Which grid it is on, in a sentence, as of now. */
  notice(): string;
  /** Sets the replay back to its day's 17:00, now. */
  restartReplay(): Promise<void>;
  /** Checkpoints what runs, and stops. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly serve: boolean;
  readonly work: boolean;
  /** Zones whose runs this host trains; undefined: all. */
  readonly zones?: readonly string[] | undefined;
  readonly progress: (line: string) => void;
}

/** What was opened is closed again where starting fails. */
export type StartService = (settings: Settings, options: ServiceOptions) => Promise<Service>;

export interface Wiring {
  readonly version: string;
  /** Folder of the installed package. */
  readonly package: string;
  readonly startService: StartService;
  /** Runs what migrations have not run yet; returns their names. */
  migrate(settings: Settings): Promise<readonly string[]>;
  /** Looks at this machine without a database, and at whether what a service reports to is there. */
  examine(settings: Settings): Promise<Examination>;
}
