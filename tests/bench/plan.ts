/** `npm run bench plan`: speed of the planners, how near fleets come to their bound, and what real forecasts keep of an oracle's saving. */
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { logUpdateStderr } from 'log-update';
import { shippedTraces } from '../../src/grid/replayed-grid.js';
import { readTraceFile } from '../../src/grid/trace-file.js';
import { stepsOf } from '../../src/plan/intensity-steps.js';
import { MINUTE_MS } from '../../src/units/time.js';
import { germany, missingData } from '../yardstick/germany.js';
import { besideSolver, timeFleet } from './plan-fleets.js';
import { requestsOver, timeNumpy, timeSegments, timeSlots } from './plan-requests.js';
import { METHODS, sharesKept, type Method, type Share } from './plan-shares.js';

export interface PlanBenchOptions {
  readonly json?: boolean;
}

export const benchPlan = async ({ json }: PlanBenchOptions): Promise<void> => {
  const missing = missingData();
  const speed = benchRequests(missing);
  const fleet = await benchFleets();
  if (missing !== undefined) console.log(`${missing}; without it no share of the oracle is measured`);
  const kept = missing === undefined ? benchShares() : undefined;
  console.log(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} threads, Node ${process.version}`);
  if (json === true) console.log(JSON.stringify({ ...speed, fleet, ...kept }));
};

const benchRequests = (missing: string | undefined) => {
  doing('10,000 requests');
  const [first] = shippedTraces(path.resolve('configs/traces'));
  const { values } = stepsOf(missing === undefined ? germany() : readTraceFile({ zone: first!.zone.key, file: first!.file }));
  const known = values.filter((value) => !Number.isNaN(value));
  const requests = requestsOver(known);
  const slots = timeSlots(requests);
  const numpy = timeNumpy(known, requests);
  doing('10,000 requests with starts that cost');
  const segments = timeSegments(requests, 30 * MINUTE_MS);
  const fine = timeSegments(requests, 15 * MINUTE_MS);
  done();
  const table = new Table({ head: ['10,000 interruptible requests x 192 half-hours', 'ms', 'fastest'], style: { head: [], border: [] } });
  table.push(['n smallest, as intervals', slots.ms.toFixed(1), slots.fastestMs.toFixed(1)]);
  if (numpy !== undefined) {
    table.push([`numpy ${numpy.numpy}: only their sums`, '', numpy.sumsMs.toFixed(1)]);
    table.push([`numpy ${numpy.numpy}: which slots`, '', numpy.slotsMs.toFixed(1)]);
  }
  table.push(['starts of 30 min at half power, segments of 2 h at least, optimal', segments.ms.toFixed(0), segments.fastestMs.toFixed(0)]);
  table.push(['starts of 15 min (so 384 quarter-hours), the same', fine.ms.toFixed(0), fine.fastestMs.toFixed(0)]);
  console.log(table.toString());
  console.log(
    `over ${missing === undefined ? 'Germany 2020' : 'US-CAL-CISO 2022, its hours taken as half-hours'}; 8 to 119 slots of work in a window of 192`,
  );
  if (numpy === undefined) console.log('no numpy here to compare with (PEER_PYTHON names a Python that has it)');
  else
    console.log(
      `numpy's sums take ${(numpy.sumsMs / slots.fastestMs).toFixed(2)} times as long, its slots ${(numpy.slotsMs / slots.fastestMs).toFixed(2)} times; the sums differ by ${(Math.abs(numpy.total / 2 / slots.total - 1) * 100).toExponential(1)} %`,
    );
  return {
    interruptible10kMs: round(slots.ms),
    interruptible10kFastestMs: round(slots.fastestMs),
    interruptible10kNumpyMs: numpy && { sums: round(numpy.sumsMs), slots: round(numpy.slotsMs) },
    segments10kMs: round(segments.ms),
  };
};

const benchFleets = async () => {
  doing('a fleet of 10,000');
  const fleet = timeFleet();
  doing('a fleet beside HiGHS');
  const solver = await besideSolver();
  done();
  console.log(
    `fleet of 10,000 requests x 4 zones x 192 hours, 70 % of all room needed: ${fleet.seconds.toFixed(2)} s, at most ${fleet.gapPercent.toFixed(2)} % above its own dual bound (median and worst of 5 seeds), ${fleet.crowdedOut} without room; feasibility checked`,
  );
  console.log(
    `fleet of ${solver.requests} x 4 x ${solver.slots} beside HiGHS (${solver.solverSeconds.toFixed(1)} s): our bound is ${solver.boundBelowPercent.toFixed(2)} % below the linear programme, our plan ${solver.planAbovePercent.toFixed(2)} % above it`,
  );
  return {
    seconds: round(fleet.seconds),
    gapToBoundPercent: round(fleet.gapPercent),
    crowdedOut: fleet.crowdedOut,
    boundBelowLinearProgrammePercent: round(solver.boundBelowPercent),
  };
};

const benchShares = () => {
  const { shares, backtestSeconds } = sharesKept((zone) => {
    doing(`jobs on forecasts of ${zone}`);
  });
  done();
  const table = new Table({
    head: ['zone', 'slack', 'mode', 'oracle saves, %', 'built-in', 'kept', '24-h persistence', 'kept', '7-day persistence', 'kept'],
    style: { head: [], border: [] },
  });
  for (const share of shares)
    table.push([
      share.zone,
      share.slack,
      share.mode,
      share.oracle.toFixed(3),
      ...METHODS.flatMap((method) => [share.saved[method].toFixed(2), `${keptPercent(share, method).toFixed(1)} %`]),
    ]);
  console.log(table.toString());
  console.log(
    'the 3,387 machine-learning jobs of Wiesner et al. (4 to 89.5 h, Germany 2020; on the US zones by step index in 2022), strict deadlines, planned anew on each hourly forecast',
  );
  for (const zone of new Set(shares.map((share) => share.zone))) {
    const own = shares.filter((share) => share.zone === zone);
    const most = (of: (share: Share) => number) => Math.max(...own.map(of));
    console.log(
      `${zone}: up to ${most(({ skipped }) => skipped)} jobs left out at gaps and the end of the trace, ${most(({ blind }) => blind)} ran some time without any forecast`,
    );
  }
  console.log(
    `a year of built-in forecasts and 3,387 jobs planned anew on them (Germany, semi-weekly, interruptible): ${backtestSeconds.toFixed(1)} s on one core`,
  );
  return {
    oracleShareKeptPercent: byZone(shares, (share) => round(keptPercent(share, 'builtin'))),
    persistence24hShareKeptPercent: byZone(shares, (share) => round(keptPercent(share, 'persistence-24h'))),
    persistence7dShareKeptPercent: byZone(shares, (share) => round(keptPercent(share, 'persistence-7d'))),
    savingPercent: byZone(shares, (share) => round(share.saved.builtin)),
    backtestSeconds: round(backtestSeconds),
  };
};

const keptPercent = ({ saved, oracle }: Share, method: Method): number => (100 * saved[method]) / oracle;

const byZone = (shares: readonly Share[], figure: (share: Share) => number): Record<string, Record<string, number>> => {
  const zones: Record<string, Record<string, number>> = {};
  for (const share of shares) (zones[share.zone] ??= {})[`${share.slack} ${share.mode}`] = figure(share);
  return zones;
};

const round = (value: number): number => Number(value.toFixed(2));

const doing = (what: string): void => {
  if (process.stderr.isTTY) logUpdateStderr(`measuring ${what}`);
};
const done = (): void => {
  if (process.stderr.isTTY) logUpdateStderr.clear();
};
