/** `/reports`: the list with a form for each, a report made live, its files, and the reload when its notebook changes. */
import { Router, type Request, type Response } from 'express';
import type { Reports } from '../workflows/reports.js';
import type { InProcessQuery } from './in-process-query.js';
import { sendPage } from './login.js';

export interface ReportPages {
  readonly router: Router;
  /** Ends the streams that tell browsers of changes. */
  close(): void;
}

const RELOAD_PATH = '/reports/-/reload.js';
/** Reloads also when the notebook changed while the server was away. */
const RELOAD = `'use strict';
const changes = new EventSource(location.pathname.replace(/\\/$/, '') + '/-/changes');
let shown;
changes.addEventListener('notebook', ({ data }) => {
  if (shown !== undefined && data !== shown) location.reload();
  shown = data;
});
addEventListener('pagehide', () => changes.close());
`;
const HEARTBEAT_MS = 20_000;

/** @param reports whose names are the only ones that lead to a file */
export const reportPages = (reports: Reports, query: InProcessQuery): ReportPages => {
  const router = Router();
  const streams = new Set<Response>();
  router.get('/reports', async (_request, response) => {
    sendPage(response, await reports.index(query));
  });
  router.get(RELOAD_PATH, (_request, response) => {
    response.set({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }).type('text/javascript').send(RELOAD);
  });
  router.get('/reports/:name', async (request, response) => {
    await answerReport(reports, query, request, response);
  });
  router.get('/reports/:name/-/changes', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    const end = reports.watch(request.params.name, (version) => response.write(`retry: 1000\nevent: notebook\ndata: ${version}\n\n`));
    if (end === undefined) {
      response.status(404).end();
      return;
    }
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    streams.add(response);
    response.once('close', () => {
      clearInterval(heartbeat);
      end();
      streams.delete(response);
    });
  });
  return {
    router,
    close() {
      for (const stream of streams) stream.end();
    },
  };
};

const answerReport = async (
  reports: Reports,
  query: InProcessQuery,
  { params, query: { format, ...given }, originalUrl }: Request<{ name: string }>,
  response: Response,
): Promise<void> => {
  const several = Object.keys(given).filter((key) => typeof given[key] !== 'string');
  const parameters = Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
  const saved = format === 'json' || format === 'html';
  const wish = { name: params.name, parameters, query, runPath: saved ? undefined : runPath };
  const answer =
    several.length > 0 ? ({ kind: 'not-made', message: `given more than once: ${several.join(', ')}` } as const) : await reports.make(wish);
  if (answer.kind === 'no-such-report') {
    response.status(404);
    sendPage(
      response,
      reports.plainPage('No such report', `<h1>No such report</h1><p>See the <a href="/reports">list of reports</a>.</p>`),
    );
  } else if (answer.kind === 'not-made') {
    response.status(400);
    sendPage(response, await reports.form(wish, answer.message));
  } else if (format === 'json') {
    response
      .type('json')
      .attachment(`${params.name}.json`)
      .send(`${JSON.stringify(answer.report.data, null, 2)}\n`);
  } else if (format === 'html') {
    response.attachment(`${params.name}.html`).type('html').send(reports.file(answer.report));
  } else {
    sendPage(response, reports.page(answer.report, { links: downloads(originalUrl), script: RELOAD_PATH, runPath }));
  }
};

/** A view of the dashboard. */
const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`;

const downloads = (url: string): string => {
  const { pathname, searchParams } = new URL(url, 'http://here.invalid');
  const link = (format: string, text: string): string => {
    searchParams.set('format', format);
    return `<a href="${`${pathname}?${searchParams.toString()}`.replaceAll('&', '&amp;')}">${text}</a>`;
  };
  return `Save this as ${link('html', 'one HTML file')} or ${link('json', 'its data as JSON')}.`;
};
