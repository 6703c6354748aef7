/** Tables of a report as HTML. */
import { escapeHtml } from './html.js';

export interface Column {
  readonly heading: string;
  readonly number: boolean;
}

export interface TextCell {
  readonly text: string;
  /** Path of the page that it leads to; undefined: none. */
  readonly path: string | undefined;
}

/** Scrolls in its own box where it is too wide, and can be reached by keyboard to do so. */
const framed = (label: string, table: string): string =>
  `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}">${table}</div>`;

/** @param caption HTML */
const tableHtml = (kind: string, caption: string, head: string, lines: readonly string[]): string =>
  `<table${kind}><caption><span>${caption}</span></caption><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>`;

/** Longer cells of a column of numbers may break. */
const LONG_CELL = 26;

/** The first column names its row. */
export const tableOf = (caption: string, columns: readonly Column[], rows: readonly (readonly TextCell[])[]): string => {
  const kind = ({ number }: Column, long: boolean): string => (number ? ` class="number${long ? ' long' : ''}"` : '');
  const head = columns.map((column) => `<th scope="col"${kind(column, true)}>${escapeHtml(column.heading)}</th>`).join('');
  const cell = (given: TextCell, index: number): string =>
    index === 0 && !columns[0]!.number
      ? `<th scope="row">${linked(given)}</th>`
      : `<td${kind(columns[index]!, given.text.length > LONG_CELL)}>${linked(given)}</td>`;
  return framed(
    caption,
    tableHtml(
      '',
      escapeHtml(caption),
      head,
      rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`),
    ),
  );
};

const linked = ({ text, path }: TextCell): string =>
  path === undefined ? escapeHtml(text) : `<a href="${escapeHtml(path)}">${escapeHtml(text)}</a>`;

/** Rows a table behind a chart shows at most. */
const MOST_ROWS = 200;

/** The rows behind a chart, as they are; of very many, some at equal distances, which it says. */
export const dataTable = (name: string, rows: readonly Readonly<Record<string, unknown>>[]): string => {
  if (rows.length === 0) return `<p>${escapeHtml(name)}: no rows.</p>`;
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const step = Math.ceil(rows.length / MOST_ROWS);
  const shown = rows.filter((_, index) => index % step === 0 || index === rows.length - 1);
  const caption = `${name}${step > 1 ? `: ${shown.length} of ${rows.length} rows, one in ${step} and the last; the JSON of this report has all` : ''}`;
  const head = keys.map((key) => `<th scope="col">${escapeHtml(key)}</th>`).join('');
  const lines = shown.map((row) => `<tr>${keys.map((key) => `<td>${escapeHtml(plainText(row[key]))}</td>`).join('')}</tr>`);
  return framed(`Data: ${name}`, tableHtml(' class="data"', escapeHtml(caption), head, lines));
};

const plainText = (value: unknown): string => {
  if (value === undefined || value === null) return 'unknown';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
};
