/** A report notebook: front matter, prose, and fenced cells that ask, chart and tabulate. */
import { Kind, OperationTypeNode, parse as parseGraphql, type GraphQLError } from 'graphql';
import MarkdownIt from 'markdown-it';
import { parse, YAMLParseError } from 'yaml';
import { parseFrontMatter, type FrontMatter } from './front-matter.js';

interface Place {
  /** Of the notebook, from 1. */
  readonly line: number;
  /** As it stands there. */
  readonly source: string;
}

export interface QueryCell extends Place {
  readonly kind: 'graphql';
  /** Under which its result is known to later cells. */
  readonly name: string;
  /** JSONata over the parameters and earlier results; gives the query's variables. */
  readonly variables: string;
}

export interface ChartCell extends Place {
  readonly kind: 'vega-lite';
  readonly title: string;
  readonly description: string;
  /** Said in its place when it has no rows. */
  readonly empty: string | undefined;
  /** JSONata that gives the rows, by name; a chart with one unnamed dataset has it under its title. */
  readonly datasets: Readonly<Record<string, string>>;
  readonly named: boolean;
  /** The dataset with `longitude` and `latitude` that a map is drawn behind, as the dataset `world`; undefined: no map. */
  readonly map: string | undefined;
  /** Vega-Lite without what is above. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface TableColumn {
  readonly heading: string;
  /** JSONata over a row. */
  readonly value: string;
  readonly align?: 'left' | 'right';
  /** JSONata over a row; gives the id of the run it names, whose page a report on a server leads to. */
  readonly run?: string;
}

export interface TableCell extends Place {
  readonly kind: 'table';
  readonly caption: string;
  /** Said in its place when it has no rows. */
  readonly empty: string | undefined;
  /** JSONata that gives the rows. */
  readonly rows: string;
  readonly columns: readonly TableColumn[];
}

export interface ProseCell extends Place {
  readonly kind: 'prose';
}

export interface BrokenCell extends Place {
  readonly kind: 'broken';
  readonly message: string;
}

export type Cell = QueryCell | ChartCell | TableCell | ProseCell | BrokenCell;

export interface Notebook extends FrontMatter {
  readonly cells: readonly Cell[];
}

const CELL_KINDS = ['graphql', 'vega-lite', 'table'];

/** @throws Error when the front matter is missing or wrong; a broken cell stays a cell that says so */
export const parseNotebook = (source: string): Notebook => {
  const { front, body, lines } = parseFrontMatter(source);
  return { ...front, cells: cellsOf(body, lines) };
};

const cellsOf = (body: string, linesBefore: number): readonly Cell[] => {
  const lines = body.split('\n');
  const fences = new MarkdownIt({ html: false })
    .parse(body, {})
    .filter((token) => token.type === 'fence' && token.level === 0 && CELL_KINDS.includes(kindOf(token.info)));
  const cells: Cell[] = [];
  let from = 0;
  const prose = (to: number) => {
    const source = lines.slice(from, to).join('\n');
    if (source.trim() !== '') cells.push({ kind: 'prose', line: linesBefore + from + 1, source });
  };
  for (const fence of fences) {
    const [start, end] = fence.map ?? [0, 0];
    prose(start);
    cells.push(cellOf(fence.info, { line: linesBefore + start + 1, source: fence.content }));
    from = end;
  }
  prose(lines.length);
  return cells;
};

const kindOf = (info: string): string => info.trim().split(/\s+/)[0] ?? '';

const cellOf = (info: string, place: Place): Cell => {
  try {
    switch (kindOf(info)) {
      case 'graphql':
        return queryCell(info, place);
      case 'table':
        return tableCell(place);
      default:
        return chartCell(place);
    }
  } catch (failure) {
    return { kind: 'broken', ...place, message: failure instanceof Error ? failure.message : String(failure) };
  }
};

const queryCell = (info: string, place: Place): QueryCell => {
  const name = /\bname=([A-Za-z_]\w*)/.exec(info)?.[1];
  if (name === undefined) throw new Error('a graphql cell needs a name for its result: ```graphql name=runs');
  expectQueries(place);
  const variables = /^#\s*variables:(.*)$/m.exec(place.source)?.[1]?.trim() ?? '{}';
  return { kind: 'graphql', ...place, name, variables };
};

/** A report looks and changes nothing. */
const expectQueries = ({ line, source }: Place): void => {
  const { definitions } = parsedGraphql(source, line);
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.operation !== OperationTypeNode.QUERY)
      throw new Error(`a report only asks: a ${definition.operation} is not allowed`);
};

const parsedGraphql = (source: string, line: number) => {
  try {
    return parseGraphql(source);
  } catch (failure) {
    const { message, locations } = failure as GraphQLError;
    throw new Error(`${message}${locations?.[0] === undefined ? '' : ` (line ${line + locations[0].line})`}`, { cause: failure });
  }
};

const parsedYaml = ({ line, source }: Place): unknown => {
  try {
    return parse(source, { prettyErrors: true });
  } catch (failure) {
    if (!(failure instanceof YAMLParseError)) throw failure;
    const at = failure.linePos?.[0].line;
    // Its own message counts lines from the start of the cell.
    const what = failure.message.replace(/ at line \d+, column \d+:[\s\S]*$/, '');
    throw new Error(`${what}${at === undefined ? '' : ` (line ${line + at})`}`, { cause: failure });
  }
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

const emptyText = (value: unknown): string | undefined => {
  if (value !== undefined && !isText(value)) throw new Error('empty is the text that stands there when there are no rows');
  return value;
};

const tableCell = (place: Place): TableCell => {
  const table = parsedYaml(place) as Partial<Record<keyof TableCell, unknown>> | null;
  if (!isText(table?.caption) || !isText(table.rows) || !Array.isArray(table.columns) || table.columns.length === 0)
    throw new Error('a table cell needs caption, rows (JSONata) and columns (heading, value)');
  const columns = (table.columns as readonly (Partial<Record<keyof TableColumn, unknown>> | null)[]).map((column, index) => {
    if (!isText(column?.heading) || !isText(column.value))
      throw new Error(`columns[${index}] needs a heading and a value (JSONata over a row)`);
    if (column.run !== undefined && !isText(column.run))
      throw new Error(`columns[${index}].run is an expression (JSONata over a row) that gives the id of a run`);
    if (column.align !== undefined && column.align !== 'left' && column.align !== 'right')
      throw new Error(`columns[${index}].align: got ${JSON.stringify(column.align)}, allowed is left or right`);
    return column as unknown as TableColumn;
  });
  return { kind: 'table', ...place, caption: table.caption, empty: emptyText(table.empty), rows: table.rows, columns };
};

const chartCell = (place: Place): ChartCell => {
  const all = (parsedYaml(place) ?? {}) as Record<string, unknown>;
  const { title, description, empty, data, datasets, map, ...spec } = all;
  if (!isText(title) || !isText(description)) throw new Error('a vega-lite cell needs a title and a description');
  refuseRemote(all, 'the chart');
  if ((data === undefined) === (datasets === undefined))
    throw new Error('a vega-lite cell needs data, or several datasets by name, each as an expression: data: { expression: "..." }');
  const named = datasets !== undefined;
  const given = Object.entries((named ? datasets : { [title]: data }) as Record<string, { readonly expression?: unknown } | null>);
  const expressions = given.map(([name, set]) => {
    if (!isText(set?.expression)) throw new Error(`the data ${name} needs an expression (JSONata) that gives its rows`);
    return [name, set.expression] as const;
  });
  return {
    kind: 'vega-lite',
    ...place,
    title,
    description,
    empty: emptyText(empty),
    datasets: Object.fromEntries(expressions),
    named,
    map: mapOf(map, named ? expressions.map(([name]) => name) : [], spec),
    spec,
  };
};

const mapOf = (map: unknown, names: readonly string[], { width, height }: Readonly<Record<string, unknown>>): string | undefined => {
  if (map === undefined) return undefined;
  const name = names.find((each) => each === map);
  if (name === undefined || typeof width !== 'number' || typeof height !== 'number')
    throw new Error('a map needs a dataset by name to be drawn around, with longitude and latitude, and width and height in px');
  return name;
};

/** A report asks nothing of the network. */
const refuseRemote = (value: unknown, path: string): void => {
  if (typeof value === 'string' && /url\(|^\s*(javascript|data):/i.test(value))
    throw new Error(`${path}: a chart refers to nothing outside of it, not to ${JSON.stringify(value)}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'url' || key === 'href')
      throw new Error(`${path}.${key}: charts take their data from expressions only, not from ${JSON.stringify(each)}`);
    refuseRemote(each, `${path}.${key}`);
  }
};
