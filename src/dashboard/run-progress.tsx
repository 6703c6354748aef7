/** How far a run has got, in optimiser steps. */
import type { RunCardFragment } from '../client/documents.js';
import { count, shortTime, words } from './format.js';

type Shown = Pick<RunCardFragment, 'state' | 'step' | 'totalSteps' | 'epoch' | 'phase' | 'plan'>;

interface Props {
  readonly run: Shown;
  /** Said of a run that has taken no step and does not run. */
  readonly message?: string;
}

export const RunProgress = ({ run, message = '' }: Props) => {
  const { step, totalSteps } = run;
  return (
    <div class="progress">
      {step === null || totalSteps === null ? null : (
        <progress max={totalSteps} value={step} aria-label={`step ${count(step)} of ${count(totalSteps)}`} />
      )}
      <span>{progressText(run) || message}</span>
    </div>
  );
};

const progressText = ({ state, step, totalSteps, epoch, phase, plan }: Shown): string => {
  const next = plan?.segments[0];
  if (state === 'PLANNED' && next !== undefined) return `starts ${shortTime(next.start)} grid time`;
  if (step === null || totalSteps === null) return state === 'RUNNING' ? 'starting the trainer' : '';
  const doing = phase === null || phase === 'TRAINING' ? '' : ` · ${words(phase)}`;
  const passes = epoch === null ? '' : ` · epoch ${epoch}`;
  return `step ${count(step)} of ${count(totalSteps)}${passes}${doing}`;
};
