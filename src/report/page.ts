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

/** A page of the server: leads to its other pages, and may have one script of the server. @param script its path */
export const servedPageOf = (page: Page, script?: string): ServedPage => {
  const scripts = script === undefined ? [] : ["script-src 'self'", "connect-src 'self'"];
  const head = script === undefined ? '' : `<script src="${escapeHtml(script)}" defer></script>\n`;
  return {
    html: html(page, head, '<header><nav aria-label="Lowtide"><a href="/">Runs</a><a href="/reports">Reports</a></nav></header>\n'),
    policy: policyOf([...scripts, "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]),
  };
};

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
