/** Files that are whole or not there: a JSON header, raw bytes, and a SHA-256 over both; written aside, synced, renamed. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const DIGEST_BYTES = 32;

/** What a file is called until it is whole. */
export const PARTIAL = '.partial';

type Bytes = Float32Array | Int32Array | Uint8Array;

export interface Sealed {
  readonly header: unknown;
  readonly body: Buffer;
}

/**
 * @returns the file's size and the digest of its content, in hex
 * @throws the file system's error when it cannot be written; then nothing of it is left
 */
export const writeSealed = (
  target: string,
  header: object,
  arrays: readonly Bytes[],
): { readonly bytes: number; readonly sha256: string } => {
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const content = [length, head, ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength))];
  const hash = createHash('sha256');
  for (const part of content) hash.update(part);
  const digest = hash.digest();
  fs.mkdirSync(path.dirname(target), { recursive: true });
  writeDurably(target, [...content, digest]);
  return { bytes: content.reduce((sum, part) => sum + part.length, DIGEST_BYTES), sha256: digest.toString('hex') };
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

/** Its header alone, and where its body lies; undefined when it cannot be a sealed file. The digest is not checked. */
export const readSealedHeader = (file: string): { readonly header: unknown; readonly from: number; readonly bytes: number } | undefined => {
  const opened = fs.openSync(file, 'r');
  try {
    const { size } = fs.fstatSync(opened);
    const length = Buffer.alloc(4);
    fs.readSync(opened, length, 0, 4, 0);
    const from = 4 + length.readUInt32LE(0);
    if (size < from + DIGEST_BYTES) return undefined;
    const head = Buffer.alloc(from - 4);
    fs.readSync(opened, head, 0, head.length, 4);
    return { header: JSON.parse(head.toString()), from, bytes: size - DIGEST_BYTES - from };
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  } finally {
    fs.closeSync(opened);
  }
};

const writeDurably = (target: string, parts: readonly Buffer[]): void => {
  const partial = `${target}${PARTIAL}`;
  try {
    const file = fs.openSync(partial, 'w');
    try {
      for (const part of parts) writeWhole(file, part);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (failure) {
    // What a full disk took of it must not keep the disk full.
    fs.rmSync(partial, { force: true });
    throw failure;
  }
  fs.renameSync(partial, target);
  const folder = fs.openSync(path.dirname(target), 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
};

/** One write may take less than it was given; the next one then says why. */
const writeWhole = (file: number, part: Buffer): void => {
  for (let at = 0; at < part.length;) at += fs.writeSync(file, part, at);
};
