/** Pause, resume and cancel, each asked about once more, with the server's answer as it gave it. */
import { useState } from 'preact/hooks';
import { CancelRunDocument, PauseRunDocument, ResumeRunDocument, type ControlAnswerFragment, type RunState } from '../client/documents.js';
import { announce } from './announce.js';
import { Confirm } from './confirm.js';
import { client, connection, noticingToken } from './session.js';

type Verb = 'pause' | 'resume' | 'cancel';

const VERBS = {
  pause: {
    document: PauseRunDocument,
    action: 'Pause',
    from: ['PLANNED', 'QUEUED', 'RUNNING'],
    says: 'A running run writes a checkpoint and frees its host; it goes on from there when it is resumed.',
  },
  resume: {
    document: ResumeRunDocument,
    action: 'Resume',
    from: ['PAUSED', 'HALTED'],
    says: 'It goes on from its last checkpoint as soon as its plan and a free host allow.',
  },
  cancel: {
    document: CancelRunDocument,
    action: 'Cancel the run',
    from: ['PLANNED', 'QUEUED', 'RUNNING', 'PAUSED', 'HALTED'],
    says: 'This ends it for good and cannot be undone. What was metered stays booked.',
  },
} as const satisfies Record<Verb, { readonly from: readonly RunState[] } & Record<string, unknown>>;

const allows = (verb: Verb, state: RunState): boolean => (VERBS[verb].from as readonly RunState[]).includes(state);

export const RunControls = ({ id, name, state }: { readonly id: string; readonly name: string; readonly state: RunState }) => {
  const [asked, setAsked] = useState<Verb | undefined>(undefined);
  const [answer, setAnswer] = useState<{ readonly text: string; readonly refused: boolean } | undefined>(undefined);
  const send = async (verb: Verb): Promise<void> => {
    try {
      const { control } = await client.query(VERBS[verb].document, { run: id }).catch(noticingToken);
      setAnswer(answerOf(control));
      announce(answerOf(control).text);
    } catch (failure) {
      setAnswer({ text: failure instanceof Error ? failure.message : String(failure), refused: true });
    }
  };
  return (
    <div class="controls">
      {(['pause', 'resume', 'cancel'] as const)
        .filter((verb) => allows(verb, state))
        .map((verb) => (
          <button
            type="button"
            class={verb === 'cancel' ? 'danger' : 'primary'}
            disabled={connection.value.kind === 'lost'}
            onClick={() => setAsked(verb)}
          >
            {VERBS[verb].action}
          </button>
        ))}
      {answer === undefined ? null : (
        <p class={answer.refused ? 'problem' : 'answer'} role={answer.refused ? 'alert' : 'status'}>
          {answer.text}
        </p>
      )}
      {asked === undefined ? null : (
        <Confirm
          title={`${VERBS[asked].action === 'Cancel the run' ? 'Cancel' : VERBS[asked].action} ${name}?`}
          action={VERBS[asked].action}
          dangerous={asked === 'cancel'}
          onAnswer={(sure) => {
            setAsked(undefined);
            if (sure) void send(asked);
          }}
        >
          <p>{VERBS[asked].says}</p>
        </Confirm>
      )}
    </div>
  );
};

const answerOf = (control: ControlAnswerFragment): { readonly text: string; readonly refused: boolean } => ({
  text: control.message,
  refused: control.__typename !== 'RunAccepted',
});
