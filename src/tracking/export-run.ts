/** Brings a run in a tracker up to date with its log, from wherever the tracker says it stands. */
import type { Instant } from '../units/time.js';
import type { TrackedMetric, TrackedRun, TrackedSource } from './tracked-run.js';
import type { OpenedRun, Tracker } from './tracker.js';

export interface RunExport {
  readonly run: TrackedRun;
  /** Sequence up to which the tracker has everything. */
  readonly until: number;
  /** Goes on from here next time; to be dropped after a fault. */
  readonly opened: OpenedRun;
  /** Why its files are not there, if so. */
  readonly filesLeftOut: string | undefined;
}

/**
 * May be asked for at any time and any number of times; the status is set last, so that a run that is over in the tracker
 * is whole there. Undefined: there is no such run.
 * @param now the totals are logged with; a total that has not changed is not logged again
 * @throws TrackerFault
 */
export const exportRun = async (
  tracker: Tracker,
  source: TrackedSource,
  runId: string,
  now: Instant,
  signal: AbortSignal,
  before?: OpenedRun,
): Promise<RunExport | undefined> => {
  const run = await source.run(runId);
  if (run === undefined) return undefined;
  const opened = before ?? (await tracker.open(run, signal));
  let until = opened.cursor;
  for (let complete = false; !complete;) {
    const page = await source.page(runId, until);
    if (page.until > until) await opened.append(page.points, page.until, signal);
    ({ until, complete } = page);
  }
  await opened.describe(run, changedTotals(run, opened.latest, now), signal);
  const filesLeftOut = run.endedAt === undefined ? undefined : await opened.upload(await source.files(runId), signal);
  await opened.setStatus(run, signal);
  return { run, until, opened, filesLeftOut };
};

const changedTotals = ({ totals, step }: TrackedRun, latest: Readonly<Record<string, number>>, at: Instant): readonly TrackedMetric[] =>
  Object.entries(totals).flatMap(([key, value]) => (latest[key] === value ? [] : [{ key, value, at, step }]));
