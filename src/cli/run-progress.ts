/** What is known of a followed run from the events of its subscription, and how it reads on a terminal. */
import { hasEnded, type RunEvent } from '../client/follow-run.js';
import type { RunState } from '../client/documents.js';
import { massInWords } from '../units/in-words.js';

export interface RunProgress {
  readonly name: string;
  readonly state: RunState | 'SUBMITTED';
  readonly message: string;
  readonly window: { readonly start: number; readonly end: number } | undefined;
  /** Why the plan is what it is. */
  readonly reason: string;
  readonly step: number | undefined;
  readonly totalSteps: number | undefined;
  readonly epoch: number | undefined;
  readonly loss: number | undefined;
  readonly accuracy: { readonly share: number; readonly images: number } | undefined;
  readonly phase: string | undefined;
  readonly watts: number | undefined;
  readonly intensity: number | undefined;
  readonly grams: number;
  /** Whether some of the energy could not be booked. */
  readonly partial: boolean;
}

export const newProgress = (name: string): RunProgress => ({
  name,
  state: 'SUBMITTED',
  message: '',
  window: undefined,
  reason: '',
  step: undefined,
  totalSteps: undefined,
  epoch: undefined,
  loss: undefined,
  accuracy: undefined,
  phase: undefined,
  watts: undefined,
  intensity: undefined,
  grams: 0,
  partial: false,
});

export const afterEvent = (progress: RunProgress, event: RunEvent): RunProgress => {
  switch (event.__typename) {
    case 'RunStateChanged':
      return { ...progress, state: event.to, message: event.stateMessage };
    case 'PlanDecided': {
      const [segment] = event.plan.segments;
      return {
        ...progress,
        window: segment && { start: Date.parse(segment.start), end: Date.parse(segment.end) },
        reason: event.plan.reason,
      };
    }
    case 'SegmentStarted':
      return { ...progress, totalSteps: event.totalSteps, step: event.step };
    case 'PhaseChanged':
      return { ...progress, phase: event.phase };
    case 'TrainingProgressed':
      return { ...progress, step: event.step, epoch: event.epoch, loss: event.trainingLoss };
    case 'EvaluationRecorded':
      return { ...progress, accuracy: { share: event.accuracy, images: event.images } };
    case 'EnergyBooked': {
      const { emissionsGco2eq: grams } = event;
      return {
        ...progress,
        watts: event.powerWatts,
        intensity: event.intensityGco2eqPerKwh ?? undefined,
        grams: grams === null ? progress.grams : progress.grams + grams,
        partial: progress.partial || grams === null,
      };
    }
    default:
      return progress;
  }
};

export const isEnded = ({ state }: RunProgress): boolean => state !== 'SUBMITTED' && hasEnded(state);

const BAR_WIDTH = 16;

/** Of a run as it stands at a grid instant: one line, and a second with the reason while it waits. */
export const progressLine = (progress: RunProgress, gridNow: number, gridSpeed: number): string => {
  const { state } = progress;
  const head = `${progress.name.padEnd(10)} ${state.toLowerCase().padEnd(9)}`;
  if (state === 'PLANNED' && progress.window !== undefined)
    return `${head} ${waitingText(progress.window, gridNow, gridSpeed)}\n${' '.repeat(head.length)} ${progress.reason}`;
  if (state === 'RUNNING') return `${head} ${bar(progress)} ${figures(progress)}`;
  if (state === 'SUCCEEDED')
    return `${head} ${bar({ ...progress, phase: undefined })} ${figures({ ...progress, watts: undefined, intensity: undefined })}`;
  return `${head} ${progress.message}`;
};

const waitingText = ({ start, end }: { start: number; end: number }, gridNow: number, gridSpeed: number): string => {
  const gridLeft = Math.max(0, start - gridNow);
  const real = gridLeft / gridSpeed / 1000;
  return `window ${clockTime(start)} to ${clockTime(end)}, starts in ${(gridLeft / 3_600_000).toFixed(1)} grid hours (${real.toFixed(0)} s)`;
};

const bar = ({ step, totalSteps, phase }: RunProgress): string => {
  if (totalSteps === undefined || step === undefined) return 'starting the trainer';
  const filled = Math.round((BAR_WIDTH * step) / totalSteps);
  const doing = phase !== undefined && phase !== 'TRAINING' ? ` ${phase.toLowerCase()}` : '';
  return `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] step ${step}/${totalSteps}${doing}`;
};

const figures = ({ epoch, loss, accuracy, watts, intensity, grams, partial }: RunProgress): string =>
  [
    epoch === undefined ? '' : `epoch ${epoch}`,
    loss === undefined ? '' : `loss ${loss.toFixed(3)}`,
    accuracy === undefined ? '' : `accuracy ${(100 * accuracy.share).toFixed(1)} % of ${accuracy.images}`,
    watts === undefined ? '' : `${watts.toFixed(1)} W`,
    intensity === undefined ? '' : `${intensity.toFixed(0)} gCO2eq/kWh`,
    `${massInWords(grams)}${partial ? ' (part unknown)' : ''}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');

/** Of the grid, in UTC. */
export const clockTime = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
