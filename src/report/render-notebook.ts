/** Renders a notebook to one self-contained HTML page and the data behind it. */
import MarkdownIt from 'markdown-it';
import { svgOf } from './chart.js';
import { evaluator, type Evaluate } from './expressions.js';
import { parseNotebook, type Cell, type ChartCell, type Notebook, type TableCell } from './notebook.js';
import { escapeHtml, pageOf, tableOf } from './page.js';

/** Answers a GraphQL query with its data. */
export type Query = (document: string, variables: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface CellError {
  /** Of the notebook. */
  readonly line: number;
  readonly message: string;
}

export interface RenderedReport {
  readonly html: string;
  /** Every query's result, and the rows of every chart and table, as they were used. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly CellError[];
}

export interface RenderRequest {
  readonly source: string;
  readonly query: Query;
  readonly parameters: Readonly<Record<string, string>>;
  /** Shown at the end, ISO-8601. */
  readonly generatedAt: string;
}

/** A broken cell is shown in its place and reported; the others are rendered. @throws Error on bad front matter or parameters */
export const renderNotebook = async (request: RenderRequest): Promise<RenderedReport> => {
  const notebook = parseNotebook(request.source);
  expectParameters(notebook, request.parameters);
  const rendering = new Rendering(request);
  const parts: string[] = [];
  for (const cell of notebook.cells) parts.push(await rendering.render(cell));
  return { html: pageOf(notebook.title, parts.join('\n'), request.generatedAt), data: rendering.data, errors: rendering.errors };
};

const expectParameters = ({ parameters }: Notebook, given: Readonly<Record<string, string>>): void => {
  const missing = Object.keys(parameters).filter((name) => given[name] === undefined);
  const unknown = Object.keys(given).filter((name) => parameters[name] === undefined);
  if (missing.length > 0) throw new Error(`the notebook needs ${missing.map((name) => `${name} (${parameters[name]!})`).join(', ')}`);
  if (unknown.length > 0)
    throw new Error(`the notebook has no parameter ${unknown.join(', ')}; it has ${Object.keys(parameters).join(', ')}`);
};

class Rendering {
  readonly errors: CellError[] = [];
  private readonly results: Record<string, unknown> = {};
  private readonly drawn: { title: string; rows: unknown }[] = [];
  private readonly evaluate: Evaluate;

  constructor(private readonly request: RenderRequest) {
    this.evaluate = evaluator(() => ({ parameters: request.parameters }));
  }

  get data(): Readonly<Record<string, unknown>> {
    return { parameters: this.request.parameters, results: this.results, figures: this.drawn };
  }

  async render(cell: Cell): Promise<string> {
    try {
      switch (cell.kind) {
        case 'prose':
          return await this.prose(cell.text, cell.line);
        case 'graphql': {
          const variables = (await this.evaluate(cell.variables, this.results)) ?? {};
          this.results[cell.name] = await this.request.query(cell.document, variables as Record<string, unknown>);
          return '';
        }
        case 'vega-lite':
          return await this.chart(cell);
        case 'table':
          return await this.table(cell);
        case 'broken':
          throw new Error(cell.message);
      }
    } catch (failure) {
      return this.broken(cell.line, failure);
    }
  }

  private broken(line: number, failure: unknown): string {
    const message = messageOf(failure);
    this.errors.push({ line, message });
    return `<p class="broken" role="alert">Line ${line} of the notebook: ${escapeHtml(message)}</p>`;
  }

  /** Markdown with `{{ expression }}` in it; values are shown as text, never as Markdown or HTML. */
  private async prose(text: string, line: number): Promise<string> {
    const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
    markdown.inline.ruler.before('text', 'expression', (state, silent) => {
      if (!state.src.startsWith('{{', state.pos)) return false;
      const end = state.src.indexOf('}}', state.pos);
      if (end < 0) return false;
      if (!silent) state.push('expression', '', 0).content = state.src.slice(state.pos + 2, end);
      state.pos = end + 2;
      return true;
    });
    markdown.renderer.rules['expression'] = (tokens, index) => tokens[index]!.content;
    const tokens = markdown.parse(text, {});
    for (const token of tokens.flatMap(({ children, map }) => (children ?? []).map((child) => ({ child, at: map?.[0] ?? 0 })))) {
      if (token.child.type !== 'expression') continue;
      try {
        const value = await this.evaluate(token.child.content, this.results);
        token.child.content = escapeHtml(textOf(value));
      } catch (failure) {
        token.child.content = this.broken(line + token.at, failure)
          .replace(/^<p/, '<span')
          .replace(/p>$/, 'span>');
      }
    }
    return markdown.renderer.render(tokens, markdown.options, {});
  }

  private async chart({ spec }: ChartCell): Promise<string> {
    const { datasets, data, ...rest } = spec as { datasets?: Record<string, { expression: string }>; data?: { expression: string } };
    const named: Record<string, unknown> = {};
    for (const [name, { expression }] of Object.entries(datasets ?? {})) named[name] = await this.rows(expression);
    const own = data === undefined ? undefined : await this.rows(data.expression);
    const { title, description, ...chart } = rest as { title: string; description: string };
    const svg = await svgOf({
      ...chart,
      description,
      ...(own === undefined ? {} : { data: { values: own } }),
      ...(datasets === undefined ? {} : { datasets: named }),
    });
    const tables = own === undefined ? Object.entries(named) : [[title, own] as const];
    this.drawn.push({ title, rows: own ?? named });
    const details = tables.map(([name, rows]) => tableOf(name, rows as readonly Record<string, unknown>[])).join('');
    return `<figure><figcaption><strong>${escapeHtml(title)}</strong><br>${escapeHtml(description)}</figcaption><div class="chart">${svg}</div><details><summary>The data of this chart</summary>${details}</details></figure>`;
  }

  private async table({ caption, rows: expression, columns }: TableCell): Promise<string> {
    const rows = await this.rows(expression);
    const body: string[][] = [];
    for (const row of rows) {
      const cells: string[] = [];
      for (const { value } of columns) cells.push(textOf(await this.evaluate(value, row)));
      body.push(cells);
    }
    this.drawn.push({
      title: caption,
      rows: body.map((cells) => Object.fromEntries(cells.map((cell, index) => [columns[index]!.heading, cell]))),
    });
    const align = (index: number) => (columns[index]!.align === 'left' ? '' : ' class="number"');
    const head = columns.map(({ heading }, index) => `<th scope="col"${align(index)}>${escapeHtml(heading)}</th>`).join('');
    const lines = body.map((cells) => `<tr>${cells.map((cell, index) => `<td${align(index)}>${escapeHtml(cell)}</td>`).join('')}</tr>`);
    return `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
  }

  private async rows(expression: string): Promise<readonly Record<string, unknown>[]> {
    const value = await this.evaluate(expression, this.results);
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]) as readonly Record<string, unknown>[];
  }
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? 'unknown' : typeof value === 'string' ? value : JSON.stringify(value);

/** JSONata throws plain objects with a message. */
const messageOf = (failure: unknown): string =>
  typeof failure === 'object' && failure !== null && 'message' in failure ? String(failure.message) : String(failure);
