/** Asks for the server's token; it goes into headers and the connection's first message, never into an address. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { givenToken, giveToken } from './session.js';

export const TokenDialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState('');
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={(event) => event.preventDefault()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          giveToken(token.trim());
        }}
      >
        <h2 id="token-title">This server wants a token</h2>
        {givenToken() === undefined ? null : (
          <p class="problem" role="alert">
            It refused the token of this tab.
          </p>
        )}
        <p>It is the value of LOWTIDE_TOKEN the server was started with. It is kept for this tab only.</p>
        <label>
          <span>Token</span>
          <input type="password" required autocomplete="off" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <div class="buttons">
          <button type="submit" class="primary">
            Use this token
          </button>
        </div>
      </form>
    </dialog>
  );
};
