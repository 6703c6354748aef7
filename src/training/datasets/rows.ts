/** The values of some examples, from memory or from disk. */
import { isOnDisk, type Examples, type ExamplesOnDisk, type ValueType } from './dataset.js';
import { RowReader } from './row-reader.js';

/** Values of examples, and where each example's lie in them, in rows. */
export interface Rows {
  readonly values: Examples['values'];
  readonly places: ArrayLike<number>;
}

const VALUE_BYTES = { bytes: 1, floats: 4, words: 4 } as const;

export const rowBytesOf = ({ shape, type }: Pick<ExamplesOnDisk, 'shape' | 'type'>): number =>
  VALUE_BYTES[type] * shape.reduce((product, length) => product * length, 1);

/** A function to the rows of examples of one part of a dataset. */
export const rowsFrom = (examples: Examples | ExamplesOnDisk): ((indices: Uint32Array) => Rows) => {
  if (!isOnDisk(examples)) return (places) => ({ values: examples.values, places });
  const reader = new RowReader(examples.files, rowBytesOf(examples));
  return (indices) => {
    const bytes = new Uint8Array(indices.length * reader.rowBytes);
    reader.readInto(bytes, indices);
    return rowsOf(examples, bytes);
  };
};

/** Rows that lie one after the other. */
export const rowsOf = (examples: ExamplesOnDisk, bytes: Uint8Array): Rows => ({
  values: typed(examples.type, bytes),
  places: firstOf(bytes.length / rowBytesOf(examples)),
});

/** 0, 1, … up to `count`; a loop, because `Uint32Array.from` takes ten times longer. */
export const firstOf = (count: number): Uint32Array => {
  const places = new Uint32Array(count);
  for (let row = 0; row < count; row++) places[row] = row;
  return places;
};

const typed = (type: ValueType, { buffer, byteOffset, byteLength }: Uint8Array): Examples['values'] => {
  if (type === 'bytes') return new Uint8Array(buffer, byteOffset, byteLength);
  return type === 'floats' ? new Float32Array(buffer, byteOffset, byteLength / 4) : new Int32Array(buffer, byteOffset, byteLength / 4);
};
