/** Where in the page the reader is; the address says it, so that a view can be sent to somebody. */
import { computed, signal } from '@preact/signals';
import type { RunState } from '../client/documents.js';

export type Route =
  | { readonly view: 'runs'; readonly states: StateFilter; readonly project: string | undefined }
  | { readonly view: 'run'; readonly id: string }
  | { readonly view: 'submit' };

/** Names of the filters, with what they let through; `all` lets everything. */
export const STATE_FILTERS = {
  all: undefined,
  active: ['PLANNED', 'QUEUED', 'RUNNING', 'PAUSED'],
  running: ['RUNNING'],
  waiting: ['PLANNED', 'QUEUED', 'PAUSED'],
  succeeded: ['SUCCEEDED'],
  'not succeeded': ['FAILED', 'HALTED', 'CANCELLED'],
} as const satisfies Record<string, readonly RunState[] | undefined>;
export type StateFilter = keyof typeof STATE_FILTERS;

const address = signal(new URL(location.href));

export const route = computed((): Route => {
  const { pathname, searchParams } = address.value;
  const run = /^\/runs\/([^/]+)$/.exec(pathname);
  if (run !== null) return { view: 'run', id: decodeURIComponent(run[1]!) };
  if (pathname === '/submit') return { view: 'submit' };
  const asked = searchParams.get('show') ?? 'all';
  const states = asked in STATE_FILTERS ? (asked as StateFilter) : 'all';
  return { view: 'runs', states, project: searchParams.get('project') ?? undefined };
});

export const pathOfRun = (id: string): string => `/runs/${encodeURIComponent(id)}`;
export const pathOfRuns = (states: StateFilter, project: string | undefined): string => {
  const search = new URLSearchParams({ ...(states === 'all' ? {} : { show: states }), ...(project === undefined ? {} : { project }) });
  return search.size === 0 ? '/' : `/?${search.toString()}`;
};

export const goTo = (path: string): void => {
  history.pushState(null, '', path);
  const before = address.value;
  address.value = new URL(location.href);
  if (address.value.pathname === before.pathname) return;
  scrollTo(0, 0);
  // A reader of the screen hears where they are.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus());
};

addEventListener('popstate', () => {
  address.value = new URL(location.href);
});

/** Links within the page, and only plain clicks on them, are followed without loading it anew. */
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  if (link.origin !== location.origin || link.target !== '' || link.hash !== '' || !/^\/($|submit$|runs\/)/.test(link.pathname)) return;
  event.preventDefault();
  goTo(link.pathname + link.search);
});
