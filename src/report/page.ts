/** The page around a report: one file, no script, no request; light, dark and on paper. */

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** Rows with the same keys as a plain table. */
export const tableOf = (caption: string, rows: readonly Readonly<Record<string, unknown>>[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('');
  const body = rows.map((row) => `<tr>${columns.map((column) => `<td>${escapeHtml(cellText(row[column]))}</td>`).join('')}</tr>`).join('');
  return `<div class="scroll"><table class="data"><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
};

const cellText = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number | boolean);

export const pageOf = (title: string, body: string, generatedAt: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
<footer>Made by Lowtide on ${escapeHtml(generatedAt)}.</footer>
</body>
</html>
`;

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --quiet: #5b6672; --paper: #ffffff; --line: #d9dee3; --card: #ffffff; --warn: #b42318; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, footer { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
p, ul { max-width: 44rem; }
blockquote { margin: 1rem 0; padding: .6rem 1rem; border-left: 4px solid #0072b2; background: color-mix(in srgb, #0072b2 8%, transparent); }
blockquote p { margin: 0; }
figure { margin: 1.5rem 0; }
figcaption { color: var(--quiet); margin-bottom: .5rem; max-width: 44rem; }
figcaption strong { color: var(--ink); }
.chart { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: 1rem; overflow-x: auto; }
.chart svg { display: block; max-width: 100%; height: auto; min-width: 34rem; margin: 0 auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .75rem 0; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; }
.number { text-align: right; padding: .35rem 0 .35rem .75rem; }
table.data { font-size: .8rem; width: auto; }
details { margin-top: .4rem; color: var(--quiet); font-size: .9rem; }
summary { cursor: pointer; }
.broken { color: var(--warn); border: 1px solid var(--warn); border-radius: 6px; padding: .5rem .75rem; }
footer { color: var(--quiet); font-size: .85rem; border-top: 1px solid var(--line); }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --quiet: #a3adb8; --paper: #14181c; --line: #323a42; --warn: #ff8a7a; } }
@media print { @page { size: A4; margin: 16mm; } body { font-size: 10.5pt; } main, footer { padding: 0; } figure, table { break-inside: avoid; } details { display: none; } .chart svg { min-width: 0; } }
`;
