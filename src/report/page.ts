/** The page around a report: one file, no script, no request; light, dark and on paper. */
import { escapeHtml } from './html.js';
import { styleHash, styleSheet } from './style.js';

export interface Page {
  readonly title: string;
  /** HTML of the main part. */
  readonly body: string;
  /** HTML, as it stands at the end; nothing when absent. */
  readonly footer?: string;
}

/** A page that asks for nothing and runs nothing: opened from a file, forwarded, printed. */
export const pageOf = (page: Page): string => {
  const policy = policyOf(["base-uri 'none'", "form-action 'none'"]);
  return html(page, `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`, '');
};

export interface ServedPage {
  readonly html: string;
  /** Content-Security-Policy, to be sent as a header. */
  readonly policy: string;
}

export interface Link {
  readonly path: string;
  readonly text: string;
}

/** What a page of the server has that a file has not. */
export interface ServedWith {
  /** Path of one script of the server. */
  readonly script?: string;
  /** Pages it is about, with what they are. */
  readonly about?: { readonly what: string; readonly links: readonly Link[] } | undefined;
}

/** A page of the server, which leads to its other pages. */
export const servedPageOf = (page: Page, { script, about }: ServedWith = {}): ServedPage => {
  const scripts = script === undefined ? [] : ["script-src 'self'", "connect-src 'self'"];
  const head = script === undefined ? '' : `<script src="${escapeHtml(script)}" defer></script>\n`;
  return {
    html: html(
      page,
      head,
      `<header>${navOf('Lowtide', SITE)}${about === undefined ? '' : navOf(about.what, about.links, true)}</header>\n`,
    ),
    policy: policyOf([...scripts, "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]),
  };
};

const SITE: readonly Link[] = [
  { path: '/', text: 'Runs' },
  { path: '/reports', text: 'Reports' },
];

const navOf = (name: string, links: readonly Link[], named = false): string =>
  `<nav aria-label="${escapeHtml(name)}">${named ? `<span>${escapeHtml(name)}</span>` : ''}${links.map(({ path, text }) => `<a href="${escapeHtml(path)}">${escapeHtml(text)}</a>`).join('')}</nav>`;

const policyOf = (more: readonly string[]): string =>
  ["default-src 'none'", `style-src '${styleHash()}'`, 'font-src data:', ...more].join('; ');

const html = ({ title, body, footer }: Page, head: string, header: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${escapeHtml(title)}</title>
<style>${styleSheet()}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${header}<main id="content" tabindex="-1">
${body}
</main>
${footer === undefined ? '' : `<footer>${footer}</footer>\n`}</body>
</html>
`;
