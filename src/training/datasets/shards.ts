/**
 * Datasets converted once: shards of examples in a folder named by the content they come from, so that the same files and
 * settings are never converted twice and other ones never mistaken for them. A shard that is there and whole is kept.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { DatasetSpec } from '../../experiment/training-spec.js';
import { readSealed, readSealedHeader, writeSealed } from '../sealed-file.js';
import type { Examples, ExamplesOnDisk, OpenedDataset, TrainingData, ValueType } from './dataset.js';
import { openDataset } from './load-dataset.js';
import { RowReader } from './row-reader.js';
import { rowBytesOf } from './rows.js';

const FORMAT = 'lowtide-shard-1';
const SHARD_EXAMPLES = 4096;
const PARTS = ['train', 'test'] as const;

interface ShardHeader {
  readonly shape: readonly number[];
  readonly count: number;
  readonly type: ValueType;
}

export interface Preparation {
  /** Named by content. */
  readonly directory: string;
  readonly shards: number;
  /** Of them, whole by now. */
  readonly found: number;
  /** Converts the next missing shard; false when none is missing. @throws DatasetError */
  next(): boolean;
  /** Reads all shards, or leaves them on disk where they are large. Only when none is missing. */
  dataset(): TrainingData;
}

/**
 * Looks at a dataset's files and at what of it is already converted.
 * @param mostHeldBytes a part whose shards are larger than that stays on disk; then their sizes are checked, not their digests
 * @throws DatasetError
 */
export const openPreparation = (spec: DatasetSpec, cache: string, mostHeldBytes: number): Preparation => {
  const opened = openDataset(spec);
  const directory = path.join(cache, contentKey(spec, opened));
  const shards = PARTS.flatMap((part) =>
    Array.from({ length: Math.ceil(opened[part].count / SHARD_EXAMPLES) }, (_none, index) => {
      const from = index * SHARD_EXAMPLES;
      const file = path.join(directory, `${part}-${String(index).padStart(5, '0')}.shard`);
      return { part, from, to: Math.min(opened[part].count, from + SHARD_EXAMPLES), file };
    }),
  );
  const found = shards.filter(({ file }) => fs.existsSync(file));
  const isLarge = (part: (typeof PARTS)[number]): boolean =>
    found.reduce((sum, shard) => (shard.part === part ? sum + fs.statSync(shard.file).size : sum), 0) > mostHeldBytes;
  const large = new Set(PARTS.filter(isLarge));
  const missing = shards.filter((shard) => !found.includes(shard) || !isWhole(shard.file, large.has(shard.part)));
  return {
    directory,
    shards: shards.length,
    get found() {
      return shards.length - missing.length;
    },
    next() {
      const shard = missing[0];
      if (shard === undefined) return false;
      writeShard(shard.file, opened[shard.part].read(shard.from, shard.to));
      missing.shift();
      return true;
    },
    dataset() {
      const partOf = (name: (typeof PARTS)[number]) => {
        const files = shards.filter(({ part }) => part === name).map(({ file }) => file);
        const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
        return bytes > mostHeldBytes ? leftOnDisk(files) : joined(files.map(readShard));
      };
      const { vocabulary } = opened;
      return { ...(vocabulary === undefined ? {} : { vocabulary }), train: partOf('train'), test: partOf('test') };
    },
  };
};

const isWhole = (file: string, large: boolean): boolean => {
  if (!large) return readSealed(file) !== undefined;
  const sealed = readSealedHeader(file);
  if (sealed === undefined) return false;
  const { shape, count, type } = sealed.header as ShardHeader;
  return sealed.bytes === count * (4 + rowBytesOf({ shape, type }));
};

const leftOnDisk = (files: readonly string[]): ExamplesOnDisk => {
  const parts = files.map((file) => {
    const sealed = readSealedHeader(file);
    if (sealed === undefined) throw new Error(`shard ${file} was damaged while it was in use`);
    return { file, from: sealed.from, header: sealed.header as ShardHeader };
  });
  const { shape, type } = parts[0]!.header;
  const count = parts.reduce((sum, { header }) => sum + header.count, 0);
  const labels = new Int32Array(count);
  let at = 0;
  for (const { file, from, header } of parts) {
    new RowReader([{ file, offset: from, rows: 1 }], 4 * header.count).readOnce(new Uint8Array(labels.buffer, 4 * at, 4 * header.count));
    at += header.count;
  }
  return {
    count,
    shape,
    type,
    labels,
    files: parts.map(({ file, from, header }) => ({ file, offset: from + 4 * header.count, rows: header.count })),
  };
};

/** Over the settings that change what is converted, and the content of every file. Augmentation comes after. */
const contentKey = ({ name, trainImages, testImages, classes }: DatasetSpec, { sources }: OpenedDataset): string => {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, SHARD_EXAMPLES, name, trainImages, testImages, classes]));
  for (const file of sources) hash.update(createHash('sha256').update(fs.readFileSync(file)).digest());
  return `${name}-${hash.digest('hex').slice(0, 32)}`;
};

const writeShard = (file: string, { count, shape, values, labels }: Examples): void => {
  const type = values instanceof Uint8Array ? 'bytes' : values instanceof Float32Array ? 'floats' : 'words';
  writeSealed(file, { shape, count, type } satisfies ShardHeader, [Int32Array.from(labels), values]);
};

const readShard = (file: string): Examples => {
  const sealed = readSealed(file);
  if (sealed === undefined) throw new Error(`shard ${file} was damaged while it was in use`);
  const { shape, count, type } = sealed.header as ShardHeader;
  const { buffer, byteOffset, byteLength } = sealed.body;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  const at = 4 * count;
  const values = type === 'bytes' ? new Uint8Array(bytes, at) : type === 'floats' ? new Float32Array(bytes, at) : new Int32Array(bytes, at);
  return { count, shape, values, labels: new Int32Array(bytes, 0, count) };
};

const joined = (shards: readonly Examples[]): Examples => {
  const { shape, values: first } = shards[0]!;
  const count = shards.reduce((sum, shard) => sum + shard.count, 0);
  const size = shape.reduce((product, length) => product * length, 1);
  const values =
    first instanceof Uint8Array
      ? new Uint8Array(count * size)
      : first instanceof Float32Array
        ? new Float32Array(count * size)
        : new Int32Array(count * size);
  const labels = new Int32Array(count);
  let at = 0;
  for (const shard of shards) {
    values.set(shard.values, at * size);
    labels.set(shard.labels, at);
    at += shard.count;
  }
  return { count, shape, values, labels };
};
