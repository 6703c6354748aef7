/** Browsers send no bearer header when they open a page: a person logs in once with the token, and a cookie proves it from then on. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const NAME = 'lowtide_session';
const LASTS_SECONDS = 12 * 3600;

/** Signed with the token itself, so that no store is needed and another token ends every session. */
export interface Sessions {
  /** Value of a Set-Cookie header. @param secure whether the page came over TLS */
  open(now: number, secure: boolean): string;
  /** @param cookies the Cookie header of a request */
  holds(cookies: string | undefined, now: number): boolean;
}

export const sessionsOf = (token: string): Sessions => {
  const sign = (expires: string): Buffer => createHmac('sha256', token).update(`lowtide session until ${expires}`).digest();
  return {
    open(now, secure) {
      const expires = String(now + LASTS_SECONDS * 1000);
      const value = `${expires}.${sign(expires).toString('base64url')}`;
      // Lax: a link from elsewhere opens a page, but no form or script from elsewhere acts with it.
      return `${NAME}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${LASTS_SECONDS}${secure ? '; Secure' : ''}`;
    },
    holds(cookies, now) {
      const [, expires = '', signature = ''] = new RegExp(`(?:^|;\\s*)${NAME}=(\\d+)\\.([\\w-]+)(?:;|$)`).exec(cookies ?? '') ?? [];
      const [given, wanted] = [Buffer.from(signature, 'base64url'), sign(expires)];
      return given.length === wanted.length && timingSafeEqual(given, wanted) && Number(expires) > now;
    },
  };
};
