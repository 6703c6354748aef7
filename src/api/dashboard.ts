/** Serves the built dashboard from disk: hashed assets for good, the page itself anew each time, nothing from elsewhere. */
import fs from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Express, RequestHandler } from 'express';
import sirv from 'sirv';

/** Beside the compiled server, see `npm run build`. */
const BUILT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dashboard');

/** No inline script or style, no eval, no frame, nothing from another host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Paths at which the page shows a view of its own. */
const VIEWS = ['/', '/submit', '/runs/:id'];

export const serveDashboard = (app: Express, log: (line: string) => void): void => {
  if (!fs.existsSync(path.join(BUILT, 'index.html'))) {
    log(`no dashboard at /: there is none in ${BUILT}; npm run build makes it`);
    return;
  }
  const files = sirv(BUILT, { brotli: true, gzip: true, etag: true, setHeaders });
  const page: RequestHandler = (request, response, next) => {
    request.url = '/';
    files(request, response, next);
  };
  app.get(VIEWS, page);
  app.get('/assets/*name', (request, response, next) => {
    files(request, response, next);
  });
};

const setHeaders = (response: ServerResponse, pathname: string): void => {
  response.setHeader('cache-control', pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
};
