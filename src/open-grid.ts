/** Wiring of the grid: live sources when the settings name zones, else the replay of a recorded day. */
import path from 'node:path';
import type { Grid } from './grid/grid.js';
import { liveGrid, type SourcedZone } from './grid/live-grid.js';
import { replayedGrid, shippedTraces, type ReplayedGrid } from './grid/replayed-grid.js';
import { sourcedZones } from './grid/sources/sourced-zones.js';
import type { ZoneDirectory } from './grid/zone-directory.js';
import { watchZone } from './grid/zone-watch.js';
import { UnknownZone } from './grid/zone.js';
import { availableDays, medianSavingDay, savingOn, type ReplayDay } from './plan/replay-day.js';
import type { Settings } from './settings/settings.js';
import type { openDataSource } from './store/data-source.js';
import type { Notifications } from './store/notifications.js';
import { postgresReadingStore } from './store/reading-store.js';
import { beginReplay, currentReplay, expectNoLiveReadings, expectNoReplay, keepReplaying, resumeReplay } from './store/replay-clock.js';
import { liveGridClock, settableReplayClock, wallClock, type GridClock } from './units/clock.js';
import { HOUR_MS, SECOND_MS, type Instant } from './units/time.js';

export interface OpenedGrid {
  readonly grid: Grid;
  readonly clock: GridClock;
  /** The key of a served zone by any of its names. @throws UnknownZone */
  readonly resolveZone: (name: string) => string;
  /** Which grid this is, in one sentence, for a run submitted at an instant of it. */
  noticeAt(at: Instant): string;
  /** How a replay's day was chosen; undefined on the live grid. */
  readonly dayRule: string | undefined;
  /** Sets a replay back to its beginning, now. @throws Error on the live grid */
  restartReplay(): Promise<void>;
  close(): Promise<void>;
}

export interface GridChoice {
  readonly settings: Settings;
  /** Folder of the installed package. */
  readonly package: string;
  readonly directory: ZoneDirectory;
}

export interface GridWiring {
  readonly dataSource: Awaited<ReturnType<typeof openDataSource>>;
  readonly databaseUrl: string;
  readonly notifications: Notifications;
  /** Whether this process answers the API: it is the one that keeps a replay going. */
  readonly serve: boolean;
  readonly progress: (line: string) => void;
  readonly log: (line: string) => void;
  readonly onFault: (fault: Error) => void;
}

/** A grid that can be opened: its settings are right. */
export interface ChosenGrid {
  /** Keys of the zones it will serve. */
  readonly zones: readonly string[];
  /** The key of one of them by any of its names. @throws UnknownZone */
  readonly resolveZone: (name: string) => string;
  open(wiring: GridWiring): Promise<OpenedGrid>;
}

/** @throws Error naming every zone, source or setting that is wrong, before anything is opened */
export const chooseGrid = (choice: GridChoice): ChosenGrid => {
  const { settings, directory } = choice;
  if (Object.keys(settings.zones).length > 0) {
    const zones = sourcedZones(settings.zones, settings.sources, { directory, clock: wallClock, package: choice.package });
    const keys = zones.map(({ zone }) => zone.key);
    const resolveZone = servedZone(directory, keys);
    return { zones: keys, resolveZone, open: (wiring) => openLiveGrid(zones, resolveZone, wiring) };
  }
  const replay = chooseReplay(choice);
  return {
    zones: replay.grid.zones().map(({ key }) => key),
    resolveZone: replay.resolveZone,
    open: (wiring) => openReplay(replay, settings.replay.secondsPerHour, wiring),
  };
};

/** How long the start waits for the sources' first answers. */
const FIRST_ANSWERS_MS = 20 * SECOND_MS;

const openLiveGrid = async (
  zones: readonly SourcedZone[],
  resolveZone: ChosenGrid['resolveZone'],
  wiring: GridWiring,
): Promise<OpenedGrid> => {
  const { dataSource, databaseUrl, notifications, onFault, progress, log } = wiring;
  await expectNoReplay(dataSource);
  const store = postgresReadingStore(dataSource, databaseUrl, notifications, onFault);
  const grid = liveGrid(zones, store);
  const watches = zones.map((zone) => watchZone(zone, { store, clock: wallClock, log }));
  const notice = `The grid is live: ${zones.map(({ zone, sources }) => `${zone.key} by ${sources.map(({ name }) => name).join(', then ')}`).join('; ')}.`;
  progress(`asking the sources of ${zones.map(({ zone }) => zone.key).join(', ')}`);
  await Promise.race([Promise.all(watches.map(({ firstRound }) => firstRound)), after(FIRST_ANSWERS_MS)]);
  return {
    grid,
    clock: liveGridClock(wallClock),
    resolveZone,
    noticeAt: () => notice,
    dayRule: undefined,
    restartReplay: () => Promise.reject(new Error('the grid is live: there is no replay to restart')),
    async close() {
      await Promise.all(watches.map((watch) => watch.close()));
      await store.close();
    },
  };
};

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const servedZone =
  (directory: ZoneDirectory, served: readonly string[]) =>
  (name: string): string => {
    const zone = directory.resolve(name);
    if (zone instanceof UnknownZone) throw zone;
    if (!served.includes(zone.key)) throw new UnknownZone(name, served, `no source is set for ${zone.key} (${zone.name})`);
    return zone.key;
  };

/** Grid hours of the job by which a replay's day is chosen. */
const RULE_JOB_HOURS = 3;

/** The grid that the settings would replay, and its day. @throws UnknownZone, TraceError, Error naming the days there are */
export const chooseReplay = ({ settings, package: folder, directory }: GridChoice) => {
  const grid = replayedGrid(shippedTraces(path.join(folder, 'configs/traces')));
  const zones = grid.zones();
  const resolveZone = servedZone(
    directory,
    zones.map(({ key }) => key),
  );
  const home = zones.find(({ key }) => key === resolveZone(settings.replay.zone))!;
  return { grid, resolveZone, home, chosen: replayDay(home.key, settings.replay.day, grid) };
};

const openReplay = async (
  { grid, resolveZone, home, chosen }: ReturnType<typeof chooseReplay>,
  secondsPerHour: number,
  { dataSource, serve, progress, onFault }: GridWiring,
): Promise<OpenedGrid> => {
  const speed = HOUR_MS / (secondsPerHour * SECOND_MS);
  await expectNoLiveReadings(dataSource);
  const resumed = serve ? await resumeReplay(dataSource, wallClock) : undefined;
  const begin = () => beginReplay(dataSource, wallClock.now(), chosen.day.submission, speed);
  const clock = settableReplayClock(wallClock, resumed?.anchor ?? (await currentReplay(dataSource)) ?? (await begin()));
  if (resumed !== undefined)
    progress(
      `the replay goes on at ${new Date(clock.now()).toISOString()} grid time; it stood still for ${(resumed.stoodStillMs / 1000).toFixed(0)} s while no service ran`,
    );
  const keeping = setInterval(() => {
    keepReplaying(dataSource, wallClock.now()).catch((failure: unknown) => {
      onFault(new Error('cannot keep the replay clock', { cause: failure }));
    });
  }, SECOND_MS);
  return {
    grid,
    clock,
    resolveZone,
    noticeAt(at) {
      const local = new Intl.DateTimeFormat('en-GB', { timeZone: home.timeZone, dateStyle: 'long', timeStyle: 'short' }).format(at);
      const step = (HOUR_MS / SECOND_MS / clock.speed).toFixed(0);
      return `The grid is a replay: recorded readings of ${home.key} (${home.name}), from ${local} local time, at ${clock.speed.toFixed(0)}× (one grid hour per ${step} real seconds). Training, energy and accuracy are real and in real time.`;
    },
    dayRule: chosen.rule,
    async restartReplay() {
      clock.set(await begin());
    },
    async close() {
      clearInterval(keeping);
      await keepReplaying(dataSource, wallClock.now());
    },
  };
};

const replayDay = (zone: string, day: string | undefined, grid: ReplayedGrid): { readonly day: ReplayDay; readonly rule: string } => {
  const trace = grid.wholeTrace(zone);
  const { timeZone } = grid.zones().find(({ key }) => key === zone)!;
  if (day !== undefined) {
    const given = savingOn(trace, day, timeZone, RULE_JOB_HOURS);
    if (given === undefined)
      throw new Error(
        `replayed day ${day}: ${zone} has no 24 h of readings without a gap from 17:00 local time that day; ${availableDays(trace, timeZone, RULE_JOB_HOURS)}`,
      );
    return { day: given, rule: `${day}, as given` };
  }
  const { chosen, eligible, excluded, jobHours } = medianSavingDay(trace, timeZone, RULE_JOB_HOURS);
  return {
    day: chosen,
    rule: `${chosen.day}: the median of ${eligible} days (${excluded} left out for gaps) by what a perfect forecast could save a ${jobHours} h job submitted at 17:00 local with 24 h to finish, here ${(100 * chosen.possibleSaving).toFixed(1)} %`,
  };
};
