/** The token of a WattTime account: fetched with name and password, renewed before it expires and once when it is refused. */
import { z } from 'zod';
import type { Clock } from '../../units/clock.js';
import { MINUTE_MS, type Instant } from '../../units/time.js';
import { SourceFault } from '../intensity-source.js';
import { sharedCall } from '../../calls/abortable.js';
import type { Connection } from './connection.js';

/** Tokens are valid for 30 minutes. */
const RENEWED_AFTER_MS = 25 * MINUTE_MS;

export interface Session {
  /** Makes a call with a valid token; a call whose token is refused is made once more with a new one. @throws SourceFault */
  withToken<T>(signal: AbortSignal, call: (token: string) => Promise<T>): Promise<T>;
}

export const openSession = (
  connection: Connection,
  clock: Clock,
  { username, password }: { readonly username: string; readonly password: string },
  obtained: (token: string) => void,
): Session => {
  let held: { readonly token: string; readonly since: Instant } | undefined;
  // However many zones are asked for at once, one login: the provider allows 100 in 5 minutes.
  const login = sharedCall(async (signal) => {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
    const shape = z.object({ token: z.string().min(1) });
    const { value, at } = await connection.get({ path: '/login', headers: { authorization }, shape, signal });
    obtained(value.token);
    held = { token: value.token, since: at };
    return value.token;
  });
  const tokenFor = async (signal: AbortSignal): Promise<string> =>
    held !== undefined && clock.now() - held.since < RENEWED_AFTER_MS ? held.token : login(signal);
  return {
    async withToken(signal, call) {
      const token = await tokenFor(signal);
      try {
        return await call(token);
      } catch (failure) {
        if (!(failure instanceof SourceFault) || failure.kind !== 'unauthorized') throw failure;
        if (held?.token === token) held = undefined; // Unless another caller has renewed it meanwhile.
        return call(await tokenFor(signal));
      }
    },
  };
};
