/** Asks before something is done, in the browser's own dialog: it takes the focus, and gives it back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly action: string;
  readonly dangerous?: boolean;
  readonly onAnswer: (sure: boolean) => void;
}

export const Confirm = ({ title, children, action, dangerous = false, onAnswer }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  const answer = (sure: boolean): void => {
    dialog.current!.close();
    onAnswer(sure);
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="confirm-title"
      onCancel={(event) => {
        event.preventDefault();
        answer(false);
      }}
    >
      <h2 id="confirm-title">{title}</h2>
      {children}
      <div class="buttons">
        <button type="button" class="quiet" onClick={() => answer(false)}>
          Leave it
        </button>
        <button type="button" class={dangerous ? 'danger' : 'primary'} onClick={() => answer(true)}>
          {action}
        </button>
      </div>
    </dialog>
  );
};
