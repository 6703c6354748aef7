/** A plot of one value a column for the terminal, each with the band it may lie in. */

export interface Column {
  /** Undefined in a gap. */
  readonly value: number | undefined;
  readonly mark: string;
  readonly band?: { readonly low: number; readonly high: number };
}

const BAND = '░';
const AXIS = '┤';

/** Rows of text, the highest first, each with its value before the axis; empty when no column has a value. */
export const plotRows = (columns: readonly Column[], height: number, label: (value: number) => string): readonly string[] => {
  const bounds = columns.flatMap(({ value, band }) => (value === undefined ? [] : [value, band?.low ?? value, band?.high ?? value]));
  if (bounds.length === 0) return [];
  const [least, most] = [Math.min(...bounds), Math.max(...bounds)];
  const perRow = most > least ? (most - least) / (height - 1) : 1;
  const rowOf = (value: number): number => Math.round((value - least) / perRow);
  const cell = ({ value, mark, band }: Column, row: number): string => {
    if (value === undefined) return ' ';
    if (rowOf(value) === row) return mark;
    return band !== undefined && rowOf(band.low) <= row && row <= rowOf(band.high) ? BAND : ' ';
  };
  return Array.from({ length: most > least ? height : 1 }, (_, index, rows = most > least ? height : 1) => {
    const row = rows - 1 - index;
    return `${label(least + row * perRow)} ${AXIS}${columns.map((column) => cell(column, row)).join('')}`.trimEnd();
  });
};
