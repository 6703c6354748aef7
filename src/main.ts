#!/usr/bin/env node
/** The only wiring: binds the concepts' ports to Postgres, the trainer threads, the meter and the grid. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApi } from './api/server.js';
import { runProgram } from './cli/program.js';
import type { Service, ServiceOptions, StartService } from './cli/service.js';
import { hostMeter } from './energy/host-meter.js';
import { probe, startTraining } from './execution/trainer-thread.js';
import { replayedGrid, shippedTraces, type ReplayedGrid } from './grid/replayed-grid.js';
import type { Zone } from './grid/zone.js';
import { availableDays, medianSavingDay, savingOn, type ReplayDay } from './plan/replay-day.js';
import type { RunWish } from './record/run-log.js';
import type { Settings } from './settings/settings.js';
import { migrate, openDataSource } from './store/data-source.js';
import { isAlive, startEmbeddedPostgres } from './store/embedded-postgres.js';
import { listenTo } from './store/notifications.js';
import { pgBossQueue } from './store/pg-boss-queue.js';
import { beginReplay, currentReplay, keepReplaying, resumeReplay } from './store/replay-clock.js';
import { runReader } from './store/run-reader.js';
import { runTail } from './store/run-tail.js';
import { RUN_CHANNEL, runWriter, WISH_CHANNEL } from './store/run-writer.js';
import { monotonicClock, settableReplayClock, wallClock } from './units/clock.js';
import { HOUR_MS, SECOND_MS, type Instant } from './units/time.js';
import { accountOf, compareRuns } from './workflows/account-run.js';
import { cancelRun, pauseRun, resumeRun } from './workflows/control-run.js';
import { estimateRun } from './workflows/estimate-run.js';
import type { Lowtide } from './workflows/lowtide.js';
import type { Ports } from './workflows/ports.js';
import { submitExperiment } from './workflows/submit-experiment.js';
import { startWorker } from './workflows/work.js';

const PACKAGE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const LEASE_MS = 15 * SECOND_MS;
/** Grid hours of the job by which a replay's day is chosen. */
const RULE_JOB_HOURS = 3;

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const logFault = (fault: Error): void => {
  log(`${fault.message}${fault.cause instanceof Error ? `: ${fault.cause.stack ?? fault.cause.message}` : ''}`);
};

const openDatabase = async (settings: Settings) => {
  const embedded = settings.databaseUrl === undefined ? await startEmbeddedPostgres(settings.home, 'lowtide') : undefined;
  const url = settings.databaseUrl ?? embedded!.url;
  const dataSource = await openDataSource(url);
  const migrated = await migrate(dataSource);
  return {
    url,
    dataSource,
    migrated,
    how: embedded === undefined ? 'DATABASE_URL' : `embedded Postgres in ${embedded.directory}, ${embedded.how}`,
    stopServer: async () => embedded?.stop(),
  };
};

/** One service per home: two would run two workers and two replays over one database. */
const lockHome = (home: string): (() => void) => {
  fs.mkdirSync(home, { recursive: true });
  const file = path.join(home, 'service.lock');
  const holder = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  if (holder > 0 && holder !== process.pid && isAlive(holder))
    throw new Error(`process ${holder} already serves ${home}; stop it, or set LOWTIDE_HOME to another folder`);
  fs.writeFileSync(file, String(process.pid));
  return () => {
    fs.rmSync(file, { force: true });
  };
};

const replayDay = (settings: Settings, grid: ReplayedGrid): { readonly day: ReplayDay; readonly rule: string } => {
  const { zone, day } = settings.replay;
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

const startService: StartService = async (settings, options) => {
  const opened: Closer[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeInReverse(opened));
  try {
    return { ...(await openService(settings, options, opened)), close };
  } catch (failure) {
    await close();
    throw failure;
  }
};

type Closer = () => Promise<void> | void;

const closeInReverse = async (opened: readonly Closer[]): Promise<void> => {
  for (const closer of [...opened].reverse()) await closer();
};

/** Adds to `opened` how to close each thing as it opens it, so that a failure half-way leaves nothing behind. */
const openService = async (
  settings: Settings,
  { serve, work, progress }: ServiceOptions,
  opened: Closer[],
): Promise<Omit<Service, 'close'>> => {
  const grid = replayedGrid(shippedTraces(path.join(PACKAGE, 'configs/traces')));
  const chosen = replayDay(settings, grid);
  const speed = HOUR_MS / (settings.replay.secondsPerHour * SECOND_MS);
  if (settings.databaseUrl === undefined) opened.push(lockHome(settings.home));
  const database = await openDatabase(settings);
  const { dataSource, url } = database;
  opened.push(database.stopServer, () => dataSource.destroy());
  progress(`database: ${database.how}${database.migrated.length > 0 ? `; migrations run: ${database.migrated.join(', ')}` : ''}`);

  const resumed = serve ? await resumeReplay(dataSource, wallClock) : undefined;
  const existing = resumed?.anchor ?? (await currentReplay(dataSource));
  const gridClock = settableReplayClock(
    wallClock,
    existing ?? (await beginReplay(dataSource, wallClock.now(), chosen.day.submission, speed)),
  );
  if (resumed !== undefined)
    progress(
      `the replay goes on at ${new Date(gridClock.now()).toISOString()} grid time; it stood still for ${(resumed.stoodStillMs / 1000).toFixed(0)} s while no service ran`,
    );
  const keeping = setInterval(() => {
    keepReplaying(dataSource, wallClock.now()).catch((failure: unknown) => {
      logFault(new Error('cannot keep the replay clock', { cause: failure }));
    });
  }, SECOND_MS);
  opened.push(() => keepReplaying(dataSource, wallClock.now()));
  opened.push(() => {
    clearInterval(keeping);
  });

  const notifications = await listenTo(url, [RUN_CHANNEL, WISH_CHANNEL], logFault);
  opened.push(() => notifications.close());
  const zones = grid.zones().map(({ key }) => key);
  const queue = await pgBossQueue(url, zones, logFault);
  opened.push(() => queue.stop());
  const reader = runReader(dataSource);
  const tail = runTail(reader, notifications);
  const meter = hostMeter({
    clock: wallClock,
    monotonic: monotonicClock,
    intervalMs: settings.sampleIntervalMs,
    tdpTable: path.join(PACKAGE, 'configs/factors/cpu-tdp.csv'),
    tdpWatts: settings.tdpWatts,
  });
  const ports: Ports = {
    clock: wallClock,
    gridClock,
    grid,
    reader,
    writer: runWriter(dataSource, queue.enqueue, LEASE_MS),
    meter,
    trainer: { start: startTraining, probe },
    host: os.hostname(),
    pue: settings.pue,
    checkpointDirectory: (runId) => path.join(settings.home, 'checkpoints', runId),
  };
  const home = grid.zones().find(({ key }) => key === settings.replay.zone)!;
  const noticeOf = (from: Instant) => replayNotice(home, from, gridClock.speed);
  const lowtide: Lowtide = {
    version: versionOf(),
    host: ports.host,
    meterCoverage: meter.coverage,
    grid,
    gridClock,
    get replayNotice() {
      return noticeOf(gridClock.now());
    },
    runs: reader,
    tail,
    submitExperiment: (spec) => submitExperiment(ports, spec),
    estimateRun: (spec) => estimateRun(ports, spec),
    pauseRun: (id) => pauseRun(ports, id),
    resumeRun: (id) => resumeRun(ports, id),
    cancelRun: (id) => cancelRun(ports, id),
    account: (run) => accountOf(ports, run),
    compare: (runs) => compareRuns(ports, runs, noticeOf(runs[0]?.submittedGridAt ?? gridClock.now())),
  };

  const api = serve ? await startApi(lowtide, { ...settings, log }) : undefined;
  if (api !== undefined) opened.push(() => api.close());
  if (work) {
    const worker = await startWorker(ports, {
      zones,
      queue,
      worker: `${process.pid}.${randomBytes(4).toString('hex')}`,
      leaseMs: LEASE_MS,
      isGone: (name) => !isAlive(Number(name.split('.')[0])),
      onWish: (listener) =>
        notifications.on(WISH_CHANNEL, (payload) => {
          const [runId, wish] = payload.split(' ') as [string, RunWish | undefined];
          if (wish !== undefined) listener(runId, wish);
        }),
      onFault: logFault,
    });
    opened.push(() => worker.drain());
  }
  return {
    url: api?.url,
    dayRule: chosen.rule,
    notice: noticeOf(gridClock.now()),
    async restartReplay() {
      gridClock.set(await beginReplay(dataSource, wallClock.now(), chosen.day.submission, speed));
    },
  };
};

const replayNotice = (home: Zone, from: Instant, speed: number): string => {
  const local = new Intl.DateTimeFormat('en-GB', { timeZone: home.timeZone, dateStyle: 'long', timeStyle: 'short' }).format(from);
  const step = (HOUR_MS / SECOND_MS / speed).toFixed(0);
  return `The grid is a replay: recorded readings of ${home.key} (${home.name}), from ${local} local time, at ${speed.toFixed(0)}× (one grid hour per ${step} real seconds). Training, energy and accuracy are real and in real time.`;
};

const versionOf = (): string => (JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as { version: string }).version;

const migrateOnly = async (settings: Settings): Promise<readonly string[]> => {
  const database = await openDatabase(settings);
  await database.dataSource.destroy();
  await database.stopServer();
  return database.migrated;
};

process.exitCode = await runProgram(process.argv, { version: versionOf(), package: PACKAGE, startService, migrate: migrateOnly });
