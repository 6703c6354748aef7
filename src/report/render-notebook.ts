/** Renders a notebook to one self-contained HTML page and the data behind it. */
import { evaluator, type Evaluate } from './expressions.js';
import { svgOf } from './chart.js';
import { parameterValues } from './front-matter.js';
import { escapeHtml } from './html.js';
import { parseNotebook, type Cell, type ChartCell, type Notebook, type TableCell } from './notebook.js';
import { UNKNOWN } from './numbers.js';
import { proseHtml } from './prose.js';
import { dataTable, tableOf, type TextCell } from './tables.js';
import { mapAround } from './world-map.js';

/** Answers a GraphQL query with its data. */
export type Query = (document: string, variables: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface CellError {
  /** Of the notebook. */
  readonly line: number;
  readonly message: string;
  /** The cell, as it stands in the notebook. */
  readonly cell: string;
}

type Row = Readonly<Record<string, unknown>>;

interface Figure {
  readonly kind: 'chart' | 'table';
  readonly title: string;
  /** Of the notebook. */
  readonly line: number;
  /** A chart's by dataset where it has several. */
  readonly rows: readonly Row[] | Readonly<Record<string, readonly Row[]>>;
}

/** What a report rests on, as it was used. */
export interface ReportData {
  readonly title: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** ISO-8601. */
  readonly generatedAt: string;
  /** Every query's answer, by name. */
  readonly results: Readonly<Record<string, unknown>>;
  readonly figures: readonly Figure[];
  readonly errors: readonly CellError[];
}

export interface RenderedReport {
  readonly title: string;
  /** Of the main part of a page. */
  readonly body: string;
  readonly footer: string;
  readonly data: ReportData;
}

export interface RenderRequest {
  readonly source: string;
  readonly query: Query;
  readonly parameters: Readonly<Record<string, string>>;
  /** Shown at the end, ISO-8601. */
  readonly generatedAt: string;
  /** Where a run's page is; undefined: nowhere, as for a report that is one file. */
  readonly runPath?: ((id: string) => string) | undefined;
}

/** A broken cell is shown in its place and reported; the others are rendered. @throws Error on bad front matter or parameters */
export const renderNotebook = async ({ source, query, parameters, generatedAt, runPath }: RenderRequest): Promise<RenderedReport> => {
  const notebook = parseNotebook(source);
  const values = parameterValues(notebook.parameters, parameters);
  const rendering = new Rendering(notebook, values, query, runPath);
  const body = await rendering.body();
  const { results, figures, errors } = rendering;
  const data = { title: notebook.title, parameters: values, generatedAt, results, figures, errors };
  return { title: notebook.title, body, footer: footerOf(values, generatedAt), data };
};

const footerOf = (parameters: Readonly<Record<string, string>>, generatedAt: string): string => {
  const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return escapeHtml(
    `Made by Lowtide on ${generatedAt.slice(0, 16).replace('T', ' ')} UTC${given.length > 0 ? ` for ${given.join(', ')}` : ''}.`,
  );
};

class Rendering {
  readonly errors: CellError[] = [];
  readonly results: Record<string, unknown> = {};
  readonly figures: Figure[] = [];
  private readonly evaluate: Evaluate;
  private titled = false;

  constructor(
    private readonly notebook: Notebook,
    parameters: Readonly<Record<string, string>>,
    private readonly query: Query,
    private readonly runPath: RenderRequest['runPath'],
  ) {
    this.evaluate = evaluator(() => ({ parameters }));
  }

  /** In order, since a cell may use what those before it gave. */
  async body(): Promise<string> {
    const parts: string[] = [];
    for (const cell of this.notebook.cells) parts.push(await this.cell(cell));
    return `${this.titled ? '' : `<h1>${escapeHtml(this.notebook.title)}</h1>\n`}${parts.join('\n')}`;
  }

  private async cell(cell: Cell): Promise<string> {
    try {
      switch (cell.kind) {
        case 'prose':
          return await this.prose(cell.source, cell.line);
        case 'graphql': {
          const variables = (await this.evaluate(cell.variables, this.results)) ?? {};
          this.results[cell.name] = await this.query(cell.source, variables as Row);
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
      const { line, message } = this.failed(cell.line, failure, cell.source);
      return `<div class="broken"><p>Line ${line} of the notebook: ${escapeHtml(message)}</p><pre tabindex="0" aria-label="The cell at line ${line}"><code>${escapeHtml(cell.source)}</code></pre></div>`;
    }
  }

  private failed(line: number, failure: unknown, cell: string): CellError {
    const error = { line, message: messageOf(failure), cell };
    this.errors.push(error);
    return error;
  }

  /** Values are shown as text, never as Markdown or HTML. */
  private async prose(text: string, line: number): Promise<string> {
    const { html, titled } = await proseHtml(text, this.titled, async (expression, offset) => {
      try {
        return { text: textOf(await this.evaluate(expression, this.results)) };
      } catch (failure) {
        const { message } = this.failed(line + offset, failure, `{{${expression}}}`);
        return {
          html: `<span class="broken">Line ${line + offset} of the notebook: ${escapeHtml(message)} <code>${escapeHtml(expression)}</code></span>`,
        };
      }
    });
    this.titled = titled;
    return html;
  }

  private async chart({ title, description, datasets, named, map, spec, empty, line }: ChartCell): Promise<string> {
    const sets: Record<string, readonly Row[]> = {};
    for (const [name, expression] of Object.entries(datasets)) sets[name] = await this.rows(expression);
    this.figures.push({ kind: 'chart', title, line, rows: named ? sets : sets[title]! });
    const caption = `<figcaption><strong>${escapeHtml(title)}</strong> ${escapeHtml(description)}</figcaption>`;
    if (Object.values(sets).every((rows) => rows.length === 0))
      return `<figure>${caption}${nothing(empty ?? 'There is nothing to draw: its data has no rows.')}</figure>`;
    const data = named ? { datasets: sets } : { data: { values: sets[title]! } };
    const svg = await svgOf(
      { ...spec, ...data, ...(map !== undefined && onMap(spec, sets, map)) },
      { id: `figure-${this.figures.length}`, title, description },
    );
    const tables = Object.entries(sets).map(([name, rows]) => dataTable(name, rows));
    return `<figure>${caption}<div class="chart" role="region" tabindex="0" aria-label="Chart: ${escapeHtml(title)}">${svg}</div><details><summary>The data of this chart</summary>${tables.join('')}</details></figure>`;
  }

  private async table({ caption, rows: expression, columns, empty, line }: TableCell): Promise<string> {
    const rows = await this.rows(expression);
    const body: TextCell[][] = [];
    for (const row of rows) {
      const cells: TextCell[] = [];
      for (const { heading, value, run } of columns) {
        try {
          const text = textOf(await this.evaluate(value, row));
          cells.push({ text, path: run === undefined ? undefined : this.pathOf(await this.evaluate(run, row)) });
        } catch (failure) {
          throw new Error(`column ${heading}: ${messageOf(failure)}`, { cause: failure });
        }
      }
      body.push(cells);
    }
    const named = body.map((cells) => Object.fromEntries(cells.map(({ text }, index) => [columns[index]!.heading, text])));
    this.figures.push({ kind: 'table', title: caption, line, rows: named });
    if (body.length === 0) return nothing(`${caption.replace(/\.?$/, ':')} ${empty ?? 'no rows.'}`);
    return tableOf(
      caption,
      columns.map(({ heading, align }) => ({ heading, number: align !== 'left' })),
      body,
    );
  }

  private pathOf(run: unknown): string | undefined {
    return typeof run === 'string' ? this.runPath?.(run) : undefined;
  }

  private async rows(expression: string): Promise<readonly Row[]> {
    const value = await this.evaluate(expression, this.results);
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : [value]) as readonly Row[];
  }
}

const nothing = (text: string): string => `<p class="nothing">${escapeHtml(text)}</p>`;

const textOf = (value: unknown): string =>
  value === undefined || value === null ? UNKNOWN : typeof value === 'string' ? value : JSON.stringify(value);

/** JSONata throws plain objects with a message. */
const messageOf = (failure: unknown): string =>
  typeof failure === 'object' && failure !== null && 'message' in failure ? String(failure.message) : String(failure);

const onMap = (spec: Row, sets: Readonly<Record<string, readonly Row[]>>, around: string) => {
  const { world, projection } = mapAround(sets[around]!, [Number(spec['width']), Number(spec['height'])]);
  return { datasets: { ...sets, world }, projection: { ...(spec['projection'] as object | undefined), ...projection } };
};
