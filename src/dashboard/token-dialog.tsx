/** Asks for the server's token and logs in with it, for the reports of the server too. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { logIn } from './session.js';

export const TokenDialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  const submit = async (): Promise<void> => {
    setAsking(true);
    setProblem(await logIn(token.trim()));
    setAsking(false);
  };
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 id="token-title">This server wants a token</h2>
        {problem === undefined ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          It is the value of LOWTIDE_TOKEN the server was started with. It is not kept; this browser stays logged in for 12 hours, for
          reports too.
        </p>
        <label>
          <span>Token</span>
          <input type="password" required autocomplete="off" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <div class="buttons">
          <button type="submit" class="primary" disabled={asking}>
            Log in
          </button>
        </div>
      </form>
    </dialog>
  );
};
