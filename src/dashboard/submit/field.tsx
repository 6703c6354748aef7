/** A field with its label, what it means, and what the server found wrong with it. */
import type { ComponentChildren } from 'preact';
import type { InputProblem } from '../../client/graphql-client.js';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly problem?: InputProblem | undefined;
  readonly children: (described: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': boolean;
  }) => ComponentChildren;
}

export const Field = ({ id, label, hint, problem, children }: Props) => {
  const described = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`]
    .filter((each) => each !== '')
    .join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': problem !== undefined })}
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem === undefined ? null : (
        <p class="wrong" id={`${id}-problem`}>
          {problemText(problem)}
        </p>
      )}
    </div>
  );
};

export const problemText = ({ given, allowed }: InputProblem): string => `Got ${given}; allowed is ${allowed}.`;
