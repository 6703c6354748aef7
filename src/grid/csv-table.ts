/** Reads the tables shipped in `configs/`: CSV with a header, no quotes, every row as wide as the header. */
import fs from 'node:fs';

/** A table that is missing or is not what it should be; the message names file and line. */
export class TableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableError';
  }
}

export interface TableRow<Column extends string> {
  /** File and line, for messages. */
  readonly where: string;
  readonly cells: Readonly<Record<Column, string>>;
}

/** @throws TableError */
export const readTable = <Column extends string>(file: string, columns: readonly Column[]): readonly TableRow<Column>[] => {
  if (!fs.existsSync(file)) throw new TableError(`table ${file} is missing`);
  const [header = '', ...lines] = fs.readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  if (header !== columns.join(',')) throw new TableError(`${file}: the header is ${header}, it must be ${columns.join(',')}`);
  return lines.map((line, index) => {
    const where = `${file}:${index + 2}`;
    const cells = line.split(',');
    if (line.includes('"') || cells.length !== columns.length)
      throw new TableError(`${where}: ${cells.length} cells, the header has ${columns.length}; quotes are not read`);
    const named = Object.fromEntries(columns.map((column, position) => [column, cells[position]!]));
    return { where, cells: named as Record<Column, string> };
  });
};
