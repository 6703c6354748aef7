/** Follows runs to their end through the API's subscription, as a live display or, without a terminal, line by line. */
import logUpdate from 'log-update';
import { ServiceDocument } from '../client/documents.js';
import { followRun, type RunEvent } from '../client/follow-run.js';
import type { GraphqlClient } from '../client/graphql-client.js';
import { IntensityDocument } from './documents.js';
import { afterEvent, clockTime, isEnded, newProgress, progressLine, type RunProgress } from './run-progress.js';

interface Followed {
  readonly id: string;
  readonly name: string;
}

const REDRAW_MS = 250;

export interface FollowDisplay {
  /** Whose intensity is shown; undefined: none. */
  readonly zone: string | undefined;
  /** Lines above the runs. */
  readonly header?: readonly string[];
  /** Ends it before the runs end. */
  readonly signal?: AbortSignal;
}

/** Resolves with the runs' last known progress when all have ended. */
export const followRuns = async (
  client: GraphqlClient,
  runs: readonly Followed[],
  { zone, header = [], signal }: FollowDisplay,
): Promise<readonly RunProgress[]> => {
  const { service } = await client.query(ServiceDocument, {});
  const gridSpeed = service.replay?.speed ?? 1;
  const began = { real: performance.now(), grid: Date.parse(service.gridNow) };
  const gridNow = () => began.grid + (performance.now() - began.real) * gridSpeed;
  const progress = new Map(runs.map(({ id, name }) => [id, newProgress(name)]));
  let intensity = '';
  const draw = () => {
    const lines = [...progress.values()].map((each) => progressLine(each, gridNow(), gridSpeed));
    logUpdate([...header, `grid time ${clockTime(gridNow())}${intensity}`, ...lines].join('\n'));
  };
  const live = process.stdout.isTTY;
  const timer = live ? setInterval(draw, REDRAW_MS) : undefined;
  const ending = new AbortController();
  const watching = watchIntensity(client, zone, ending.signal, (text) => (intensity = text));
  try {
    await Promise.all(
      runs.map(async ({ id }) => {
        for await (const event of followRun(client, id, signal && { signal })) {
          const next = afterEvent(progress.get(id)!, event);
          progress.set(id, next);
          if (!live) printLine(next, event, gridNow(), gridSpeed);
          if (isEnded(next)) break;
        }
      }),
    );
  } finally {
    clearInterval(timer);
    ending.abort();
    await watching;
    if (live) {
      draw();
      logUpdate.done();
    }
  }
  return [...progress.values()];
};

/** Leaves what is displayed as it stands, so that something can be said below it. */
export const leaveDisplay = (): void => {
  if (process.stdout.isTTY) logUpdate.done();
};

/** The runs are what is followed: that nothing is told of the grid is said in its place. */
const watchIntensity = async (
  client: GraphqlClient,
  zone: string | undefined,
  signal: AbortSignal,
  show: (text: string) => void,
): Promise<void> => {
  if (zone === undefined) return;
  try {
    for await (const { carbonIntensity: reading } of client.subscribe(IntensityDocument, { zone }, signal)) {
      const known = reading && `${reading.intensityGco2eqPerKwh.toFixed(0)} gCO2eq/kWh (${reading.provenance.toLowerCase()})`;
      show(` · ${zone} now: ${known ?? 'unknown'}`);
    }
  } catch (failure) {
    show(` · ${zone} now: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
};

/** Without a terminal: one line per event worth reading. */
const printLine = (progress: RunProgress, event: RunEvent, gridNow: number, gridSpeed: number): void => {
  const say = (text: string) => process.stdout.write(`${clockTime(Date.parse(event.gridAt))}  ${text}\n`);
  switch (event.__typename) {
    case 'RunStateChanged':
      say(`${progress.name}: ${progress.state.toLowerCase()}: ${progress.message}`);
      break;
    case 'EvaluationRecorded':
    case 'CheckpointSaved':
      say(progressLine(progress, gridNow, gridSpeed));
      break;
    case 'WarningRaised':
      say(`${progress.name}: warning: ${event.message}`);
      break;
    default:
      break;
  }
};
