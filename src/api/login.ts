/** `/login`: a browser's way past the token that every operation must carry. */
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Reports } from '../workflows/reports.js';
import type { Guard } from './guard.js';

const FORM_BYTES = 4096;

/** What all pages of the server are sent with. @param policy Content-Security-Policy */
export const sendPage = (response: Response, { html, policy }: { readonly html: string; readonly policy: string }): void => {
  response
    .set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    .type('html')
    .send(html);
};

/** Lets a browser with a session or a client with a token through; sends a browser to log in. */
export const pageGuard =
  (guard: Guard): RequestHandler =>
  (request, response, next) => {
    if (guard.allowsRequest(request.headers)) next();
    else if (request.accepts(['json', 'html']) === 'html') response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
    else
      response
        .status(401)
        .json({ errors: [{ message: 'send the header Authorization: Bearer <token>', extensions: { code: 'UNAUTHENTICATED' } }] });
  };

export const loginPages = (guard: Guard, reports: Reports): Router => {
  const router = Router();
  router.get('/login', (request, response) => {
    const next = localPath(request.query['next']);
    if (guard.allowsRequest(request.headers)) response.redirect(303, next);
    else sendPage(response, reports.plainPage('Log in', form(next, '')));
  });
  router.post('/login', express.urlencoded({ extended: false, limit: FORM_BYTES }), (request: Request<object, unknown, Body>, response) => {
    const { token, next } = request.body ?? {};
    if (!guard.allowsOrigin(request.headers.origin, request.headers.host)) {
      response.status(403).type('text').send('this form was sent from another site');
      return;
    }
    const cookie = typeof token === 'string' ? guard.openSession(token, request.secure) : undefined;
    if (cookie === undefined) {
      response.status(401);
      sendPage(response, reports.plainPage('Log in', form(localPath(next), WRONG)));
    } else response.set('set-cookie', cookie).redirect(303, localPath(next));
  });
  return router;
};

type Body = Readonly<Record<string, unknown>> | undefined;

/** Where to go on; never another site. */
const localPath = (next: unknown): string => {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/';
  const here = 'http://here.invalid';
  const url = URL.canParse(next, here) ? new URL(next, here) : undefined;
  return url?.origin === here ? `${url.pathname}${url.search}` : '/';
};

const WRONG = '<div class="broken" role="alert"><p>That is not the token of this service (LOWTIDE_TOKEN).</p></div>';

const form = (next: string, problem: string): string =>
  `<h1>Log in</h1>${problem}<form method="post" action="/login"><input type="hidden" name="next" value="${attribute(next)}"><input name="username" autocomplete="username" value="lowtide" hidden><label for="token">Token <span>of this service, LOWTIDE_TOKEN in its settings</span></label><input id="token" name="token" type="password" autocomplete="current-password" required autofocus><button>Log in</button></form>`;

/** A path of `URL` has no quotes or angle brackets; an ampersand it may have. */
const attribute = (path: string): string => path.replaceAll('&', '&amp;').replaceAll("'", '&#39;');
