#!/usr/bin/env node
/** The only wiring: binds the concepts' ports to Postgres, the trainer threads, the meter and the grid. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectGuarded, startApi } from './api/server.js';
import { runProgram } from './cli/program.js';
import type { Service, ServiceOptions, StartService } from './cli/service.js';
import { openHostMeter } from './energy/host-meter.js';
import type { EnergyMeter } from './energy/sample.js';
import { examineMachine } from './examine-machine.js';
import { trainerThreads } from './execution/trainer-thread.js';
import { zoneDirectory } from './grid/zone-directory.js';
import { readZonePositions } from './grid/zone-positions.js';
import { readZoneTables, tabledTimeZone, type ZoneTables } from './grid/zone-tables.js';
import { lockHome, openDatabase } from './open-database.js';
import { chooseGrid } from './open-grid.js';
import { openTracking } from './open-tracking.js';
import type { Grid } from './grid/grid.js';
import { readingsWithin } from './grid/reading.js';
import { shippedTraces } from './grid/replayed-grid.js';
import { readTraceFile } from './grid/trace-file.js';
import type { RunWish } from './record/run-log.js';
import type { Settings } from './settings/settings.js';
import { openTracing } from './telemetry/open-tracing.js';
import { isAlive } from './store/embedded-postgres.js';
import { importedRuns } from './store/imported-runs.js';
import { listenTo } from './store/notifications.js';
import { pgBossQueue } from './store/pg-boss-queue.js';
import { budgetBook } from './store/budget-book.js';
import { ledgerBook } from './store/ledger-book.js';
import { policyBook } from './store/policies.js';
import { GRID_CHANNEL } from './store/reading-store.js';
import { runReader } from './store/run-reader.js';
import { runTotals } from './store/run-totals.js';
import { runTail } from './store/run-tail.js';
import { RUN_CHANNEL } from './store/append-facts.js';
import { runWriter, WISH_CHANNEL } from './store/run-writer.js';
import type { TrainerHost } from './training/protocol.js';
import { monotonicClock, wallClock, type GridClock } from './units/clock.js';
import { SECOND_MS } from './units/time.js';
import { budgetStates } from './workflows/budget-states.js';
import { accountOf, compareRuns } from './workflows/account-run.js';
import { auditLedger } from './workflows/audit-ledger.js';
import { cancelRun, pauseRun, resumeRun } from './workflows/control-run.js';
import { estimateRun } from './workflows/estimate-run.js';
import type { Lowtide } from './workflows/lowtide.js';
import type { Ports } from './workflows/ports.js';
import { exportRuns, sciOfRun, type ExportSettings } from './workflows/export-runs.js';
import { forecastsBehind, gridDuring, plansMade } from './workflows/forecast-behind.js';
import { observeService } from './workflows/observe-service.js';
import { importCodecarbon } from './workflows/import-runs.js';
import { settleOnNews } from './workflows/settle-on-news.js';
import { settleRun } from './workflows/settle-run.js';
import { backtestZone } from './workflows/run-backtest.js';
import { raiseProjectBudget, raiseRunBudget } from './workflows/raise-budget.js';
import { reportsOf } from './workflows/reports.js';
import { reportCompliance } from './workflows/report-compliance.js';
import { policyInForce, setPolicy } from './workflows/set-policy.js';
import { submitExperiment } from './workflows/submit-experiment.js';
import { trackedPage, trackedRun, trackedSource } from './workflows/track-run.js';
import { startWorker } from './workflows/work.js';

const PACKAGE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const LEASE_MS = 15 * SECOND_MS;

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const logFault = (fault: Error): void => {
  log(`${fault.message}${fault.cause instanceof Error ? `: ${fault.cause.stack ?? fault.cause.message}` : ''}`);
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

const openMeter = (settings: Settings): Promise<EnergyMeter> =>
  openHostMeter({
    clock: wallClock,
    monotonic: monotonicClock,
    intervalMs: settings.sampleIntervalMs,
    tdpTable: path.join(PACKAGE, 'configs/factors/cpu-tdp.csv'),
    tdpWatts: settings.tdpWatts,
    trackingMode: settings.trackingMode,
    psys: settings.raplPsys,
  });

const trainerHost = (settings: Settings): TrainerHost => ({
  backend: settings.backend,
  threads: settings.trainingThreads ?? os.availableParallelism(),
  memoryLimitBytes: settings.memoryLimitMb * 2 ** 20,
  dataDirectory: path.join(settings.home, 'data'),
});

type Closer = () => Promise<void> | void;

const closeInReverse = async (opened: readonly Closer[]): Promise<void> => {
  for (const closer of [...opened].reverse()) await closer();
};

/** Adds to `opened` how to close each thing as it opens it, so that a failure half-way leaves nothing behind. */
const openService = async (
  settings: Settings,
  { serve, work, zones: wanted, progress }: ServiceOptions,
  opened: Closer[],
): Promise<Omit<Service, 'close'>> => {
  const worker = `${process.pid}.${randomBytes(4).toString('hex')}`;
  const host = settings.workerHost ?? os.hostname();
  // What is wrong with the settings is said before anything is opened.
  if (serve) expectGuarded(settings);
  const zoneTables = readZoneTables(path.join(PACKAGE, 'configs/zones'));
  const chosenGrid = chooseGrid({ settings, package: PACKAGE, directory: zoneDirectory(zoneTables) });
  const zones = wanted === undefined ? chosenGrid.zones : [...new Set(wanted.map(chosenGrid.resolveZone))];
  if (settings.databaseUrl === undefined) opened.push(lockHome(settings.home));
  if (settings.otlpEndpoint !== undefined)
    opened.push(await openTracing({ endpoint: settings.otlpEndpoint, version: versionOf(), host, instance: worker, log }));
  const database = await openDatabase(settings);
  const { dataSource, url } = database;
  opened.push(database.stopServer, () => dataSource.destroy());
  progress(`database: ${database.how}${database.migrated.length > 0 ? `; migrations run: ${database.migrated.join(', ')}` : ''}`);

  const notifications = await listenTo(url, [RUN_CHANNEL, WISH_CHANNEL, GRID_CHANNEL], logFault);
  opened.push(() => notifications.close());
  const zonePositions = readZonePositions(path.join(PACKAGE, 'configs/zones'));
  const opening = await chosenGrid.open({
    dataSource,
    databaseUrl: url,
    notifications,
    serve,
    progress,
    log,
    onFault: logFault,
  });
  opened.push(() => opening.close());
  const { grid, clock: gridClock, resolveZone } = opening;
  const queue = await pgBossQueue(url, chosenGrid.zones, logFault);
  opened.push(() => queue.stop());
  const reader = runReader(dataSource);
  const tail = runTail(reader, notifications);
  const meter = await openMeter(settings);
  opened.push(() => meter.close());
  const ports: Ports = {
    clock: wallClock,
    gridClock,
    grid,
    resolveZone,
    reader,
    imported: importedRuns(dataSource),
    writer: runWriter(dataSource, queue.enqueue, LEASE_MS),
    ledgers: ledgerBook(dataSource),
    record: recordOf(grid, gridClock),
    policies: policyBook(dataSource),
    budgets: budgetBook(dataSource),
    meter,
    sampleIntervalMs: settings.sampleIntervalMs,
    trainer: trainerThreads(trainerHost(settings)),
    host,
    pue: settings.pue,
    checkpointDirectory: (runId) => path.join(settings.home, 'checkpoints', runId),
  };
  const exporting: ExportSettings = {
    version: versionOf(),
    embodied: settings.embodied,
    countryOf: (zone) => zoneTables.zones.flatMap(({ key, country }) => (key === zone ? countryNamed(zoneTables, country) : []))[0],
    noticeOf: (run) => (gridClock.replay === undefined ? undefined : opening.noticeAt(run.submittedGridAt)),
  };
  const source = trackedSource(ports, exporting);
  const tracking = serve
    ? openTracking({ settings, source, dataSource, notifications, process: worker, log, onFault: logFault })
    : undefined;
  opened.push(() => tracking?.close());
  const timeZoneOf = tabledTimeZone(zoneTables);
  const lowtide: Lowtide = {
    version: versionOf(),
    host: ports.host,
    meterCoverage: meter.coverage,
    grid,
    resolveZone,
    zonePosition: (zone) => zonePositions.get(zone),
    gridClock,
    get replayNotice() {
      return gridClock.replay && opening.noticeAt(gridClock.now());
    },
    runs: reader,
    tail,
    submitExperiment: (spec) => submitExperiment(ports, spec),
    estimateRun: (spec, project) => estimateRun(ports, spec, project),
    pauseRun: (id) => pauseRun(ports, id),
    resumeRun: (id) => resumeRun(ports, id),
    cancelRun: (id) => cancelRun(ports, id),
    settleRun: (id) => settleRun(ports, id),
    setPolicy: (policy) => setPolicy(ports, policy),
    policyInForce: (project) => policyInForce(ports, project),
    raiseRunBudget: (id, budget) => raiseRunBudget(ports, id, budget),
    raiseProjectBudget: (project, period, budget) => raiseProjectBudget(ports, project, period, budget),
    budgetStates: (project) => budgetStates(ports, project),
    backtest: (question) => backtestZone(ports, question),
    spendingCourse: (project, span, parts) => ports.budgets.course(project, span, parts),
    compliance: (project, first) => reportCompliance(ports, project, first, timeZoneOf),
    account: (run) => Promise.resolve(accountOf(ports, run)),
    audit: (span) => auditLedger(ports, span, timeZoneOf),
    plansMade: (run) => plansMade(ports, run),
    gridDuring: async (run) => gridDuring(ports, run, await plansMade(ports, run)),
    forecastsBehind: (made) => forecastsBehind(ports, made),
    exportRuns: (runs, request) => exportRuns(ports, exporting, runs, request),
    sci: (run, request) => sciOfRun(exporting, run, request),
    importCodecarbon: (experimentId, csv) => importCodecarbon(ports, experimentId, csv),
    trackedRun: (run) => trackedRun(ports, exporting, run),
    trackedPage: (id, after, most) => trackedPage(ports, id, after, most),
    trackerExport: () => tracking?.state() ?? Promise.resolve(undefined),
    observe: () => observeService(ports, runTotals(dataSource), () => tracking?.state() ?? Promise.resolve(undefined)),
    imported: ports.imported,
    reports: reportsOf(path.join(PACKAGE, 'reports'), wallClock),
    compare: (runs) => compareRuns(ports, runs, opening.noticeAt(runs[0]?.submittedGridAt ?? gridClock.now())),
  };

  if (serve) opened.push(settleOnNews(ports, zones, logFault));
  const api = serve ? await startApi(lowtide, { ...settings, log }) : undefined;
  if (api !== undefined) opened.push(() => api.close());
  if (work) {
    const running = await startWorker(ports, {
      zones,
      queue,
      worker,
      leaseMs: LEASE_MS,
      isGone: (name) => !isAlive(Number(name.split('.')[0])),
      onWish: (listener) =>
        notifications.on(WISH_CHANNEL, (payload) => {
          const [runId, wish] = payload.split(' ') as [string, RunWish | undefined];
          if (wish !== undefined) listener(runId, wish);
        }),
      onFault: logFault,
    });
    opened.push(() => running.drain());
  }
  return {
    url: api?.url,
    dayRule: opening.dayRule,
    notice: () => opening.noticeAt(gridClock.now()),
    restartReplay: () => opening.restartReplay(),
  };
};

const countryNamed = ({ countries }: ZoneTables, wanted: string) =>
  countries.flatMap(({ alpha2, alpha3, names }) => (alpha2 === wanted ? [{ alpha3, name: names[0]! }] : []));
/** The shipped trace of a zone where it reaches into the span, else what the grid's own record holds. */
const recordOf =
  (grid: Grid, clock: GridClock): Ports['record'] =>
  async (zone, span) => {
    const shipped = shippedTraces(path.join(PACKAGE, 'configs/traces')).find((trace) => trace.zone.key === zone);
    const trace = shipped && readTraceFile({ zone, file: shipped.file });
    return trace !== undefined && readingsWithin(trace, span).length > 0 ? trace : grid.readings(zone, span, clock.now());
  };

const versionOf = (): string => (JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as { version: string }).version;

const migrateOnly = async (settings: Settings): Promise<readonly string[]> => {
  const database = await openDatabase(settings);
  await database.dataSource.destroy();
  await database.stopServer();
  return database.migrated;
};

process.exitCode = await runProgram(process.argv, {
  version: versionOf(),
  package: PACKAGE,
  startService,
  migrate: migrateOnly,
  examine: (settings) => examineMachine({ settings, package: PACKAGE, host: trainerHost(settings), openMeter }),
});
