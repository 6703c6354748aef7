/** Settles a run: lines booked on a forecast, an estimate or nothing are booked anew on the readings that are there by now. */
import type { LedgerLine } from '../emissions/ledger-entry.js';
import { isProvisional, restate, type Restatement } from '../emissions/restate.js';
import { runLinks } from '../telemetry/run-trace.js';
import { inSpan } from '../telemetry/span.js';
import type { Interval } from '../units/time.js';
import type { Settlement } from './answers.js';
import type { Ports } from './ports.js';

/** A settlement whose lines somebody else restated in the meantime is worked out again. */
const TRIES = 3;
/** Lines restated by one fact, so that no event of the log grows without bound. */
const MOST_LINES = 2000;

/** May be asked for again at any time, also while the run goes on; where nothing better is known, nothing is written. */
export const settleRun = (ports: Ports, runId: string): Promise<Settlement> =>
  inSpan('settle run', { attributes: { 'lowtide.run.id': runId }, links: runLinks(runId) }, async (span) => {
    const settlement = await settle(ports, runId);
    span.setAttribute('lowtide.outcome', settlement.kind);
    if (settlement.kind === 'settled') span.setAttribute('lowtide.restated_lines', settlement.restated);
    return settlement;
  });

const settle = async (ports: Ports, runId: string): Promise<Settlement> => {
  let restated = 0;
  for (let contested = 0; contested < TRIES;) {
    if ((await ports.reader.run(runId)) === undefined) return { kind: 'not-found' };
    const lines = await ports.reader.ledger(runId);
    const changes = (await changesTo(ports, lines)).slice(0, MOST_LINES);
    if (changes.length === 0) return { kind: 'settled', restated, provisional: provisionalOf(lines) };
    const at = ports.clock.now();
    const message = messageOf(changes);
    const answer = await ports.writer.restate({ runId, at, gridAt: ports.gridClock.toGrid(at), changes, message });
    if (answer === 'not-found') return { kind: 'not-found' };
    if (answer === 'restated') restated += changes.length;
    else contested += 1;
  }
  throw new Error(`the ledger of run ${runId} was restated by others ${TRIES} times in a row; settle it again later`);
};

const changesTo = async ({ grid, gridClock }: Ports, lines: readonly LedgerLine[]): Promise<readonly Restatement[]> => {
  const open = lines.filter(({ entry }) => isProvisional(entry));
  const changes: Restatement[] = [];
  for (const zone of new Set(open.map(({ entry }) => entry.zone))) {
    const ofZone = open.filter(({ entry }) => entry.zone === zone);
    changes.push(...restate(ofZone, await grid.readings(zone, spanOf(ofZone), gridClock.now())));
  }
  return changes;
};

const spanOf = (lines: readonly LedgerLine[]): Interval =>
  lines.reduce<Interval>(
    ({ start, end }, { entry: { grid } }) => ({ start: grid.start < start ? grid.start : start, end: grid.end > end ? grid.end : end }),
    lines[0]!.entry.grid,
  );

const provisionalOf = (lines: readonly LedgerLine[]): number => lines.filter(({ entry }) => isProvisional(entry)).length;

const messageOf = (changes: readonly Restatement[]): string => {
  const from = [...new Set(changes.map(({ before }) => before.reading?.provenance ?? 'unknown'))].join(', ');
  const to = [...new Set(changes.flatMap(({ after }) => after.map(({ reading }) => reading?.source ?? 'unknown')))].join(', ');
  return `${changes.length} lines booked on ${from} intensities are booked anew on ${to}`;
};
