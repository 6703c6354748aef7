/** Files that are whole or not there: a JSON header, raw bytes, and a SHA-256 over both; written aside, synced, renamed. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const DIGEST_BYTES = 32;

type Bytes = Float32Array | Int32Array | Uint8Array;

export interface Sealed {
  readonly header: unknown;
  readonly body: Buffer;
}

/** @returns the file's size and the digest of its content, in hex */
export const writeSealed = (
  target: string,
  header: object,
  arrays: readonly Bytes[],
): { readonly bytes: number; readonly sha256: string } => {
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const content = Buffer.concat([length, head, ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength))]);
  const digest = createHash('sha256').update(content).digest();
  fs.mkdirSync(path.dirname(target), { recursive: true });
  writeDurably(target, [content, digest]);
  return { bytes: content.length + DIGEST_BYTES, sha256: digest.toString('hex') };
};

/** Undefined: damaged. @throws the file system's error when it cannot be read */
export const readSealed = (file: string): Sealed | undefined => {
  const whole = fs.readFileSync(file);
  if (whole.length < 4 + DIGEST_BYTES) return undefined;
  const content = whole.subarray(0, whole.length - DIGEST_BYTES);
  if (!createHash('sha256').update(content).digest().equals(whole.subarray(content.length))) return undefined;
  const headEnd = 4 + content.readUInt32LE(0);
  return { header: JSON.parse(content.subarray(4, headEnd).toString()), body: content.subarray(headEnd) };
};

const writeDurably = (target: string, parts: readonly Buffer[]): void => {
  const partial = `${target}.partial`;
  const file = fs.openSync(partial, 'w');
  try {
    fs.writevSync(file, parts);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(partial, target);
  const folder = fs.openSync(path.dirname(target), 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
};
