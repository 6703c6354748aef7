/** A report notebook: front matter, prose, and fenced cells that ask, chart and tabulate. */
import MarkdownIt from 'markdown-it';
import { parse } from 'yaml';

export interface QueryCell {
  readonly kind: 'graphql';
  readonly line: number;
  /** Under which its result is known to later cells. */
  readonly name: string;
  readonly document: string;
  /** JSONata over the parameters and earlier results; gives the query's variables. */
  readonly variables: string;
}

export interface ChartCell {
  readonly kind: 'vega-lite';
  readonly line: number;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface TableColumn {
  readonly heading: string;
  /** JSONata over a row. */
  readonly value: string;
  readonly align?: 'left' | 'right';
}

export interface TableCell {
  readonly kind: 'table';
  readonly line: number;
  readonly caption: string;
  /** JSONata that gives the rows. */
  readonly rows: string;
  readonly columns: readonly TableColumn[];
}

export interface ProseCell {
  readonly kind: 'prose';
  readonly line: number;
  readonly text: string;
}

export interface BrokenCell {
  readonly kind: 'broken';
  readonly line: number;
  readonly message: string;
}

export type Cell = QueryCell | ChartCell | TableCell | ProseCell | BrokenCell;

export interface Notebook {
  readonly title: string;
  /** Parameters by name, with what they mean. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly cells: readonly Cell[];
}

const CELL_KINDS = ['graphql', 'vega-lite', 'table'];

/** @throws Error when the front matter is missing or not YAML; a broken cell stays a cell that says so */
export const parseNotebook = (source: string): Notebook => {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(source);
  if (match === null) throw new Error('a notebook begins with front matter between two lines of ---, with title and parameters');
  const front = parse(match[1]!) as { title?: string; parameters?: Record<string, string> } | null;
  if (typeof front?.title !== 'string') throw new Error('the front matter of a notebook needs a title');
  const body = source.slice(match[0].length);
  const before = match[0].split('\n').length - 1;
  return { title: front.title, parameters: front.parameters ?? {}, cells: cellsOf(body, before) };
};

const cellsOf = (body: string, linesBefore: number): readonly Cell[] => {
  const lines = body.split('\n');
  const fences = new MarkdownIt({ html: false })
    .parse(body, {})
    .filter((token) => token.type === 'fence' && CELL_KINDS.includes(kindOf(token.info)));
  const cells: Cell[] = [];
  let from = 0;
  const prose = (to: number) => {
    const text = lines.slice(from, to).join('\n');
    if (text.trim() !== '') cells.push({ kind: 'prose', line: linesBefore + from + 1, text });
  };
  for (const fence of fences) {
    const [start, end] = fence.map ?? [0, 0];
    prose(start);
    cells.push(cellOf(fence.info, fence.content, linesBefore + start + 1));
    from = end;
  }
  prose(lines.length);
  return cells;
};

const kindOf = (info: string): string => info.trim().split(/\s+/)[0] ?? '';

const cellOf = (info: string, content: string, line: number): Cell => {
  try {
    switch (kindOf(info)) {
      case 'graphql':
        return queryCell(info, content, line);
      case 'table':
        return tableCell(content, line);
      default:
        return { kind: 'vega-lite', line, spec: chartSpec(content) };
    }
  } catch (failure) {
    return { kind: 'broken', line, message: failure instanceof Error ? failure.message : String(failure) };
  }
};

const queryCell = (info: string, content: string, line: number): QueryCell => {
  const name = /\bname=([A-Za-z_]\w*)/.exec(info)?.[1];
  if (name === undefined) throw new Error('a graphql cell needs a name for its result: ```graphql name=runs');
  const variables = /^#\s*variables:(.*)$/m.exec(content)?.[1]?.trim() ?? '{}';
  return { kind: 'graphql', line, name, document: content, variables };
};

const tableCell = (content: string, line: number): TableCell => {
  const table = parse(content) as Partial<TableCell> | null;
  if (typeof table?.caption !== 'string' || typeof table.rows !== 'string' || !Array.isArray(table.columns)) {
    throw new Error('a table cell needs caption, rows (JSONata) and columns (heading, value)');
  }
  return { kind: 'table', line, caption: table.caption, rows: table.rows, columns: table.columns };
};

const chartSpec = (content: string): Readonly<Record<string, unknown>> => {
  const spec = parse(content) as Record<string, unknown> | null;
  if (typeof spec?.['title'] !== 'string' || typeof spec['description'] !== 'string')
    throw new Error('a vega-lite cell needs a title and a description');
  refuseRemote(spec, 'the chart');
  return spec;
};

/** A report asks nothing of the network. */
const refuseRemote = (value: unknown, path: string): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'url' || key === 'href')
      throw new Error(`${path}.${key}: charts take their data from expressions only, not from ${JSON.stringify(each)}`);
    refuseRemote(each, `${path}.${key}`);
  }
};
