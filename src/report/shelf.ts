/** The folder of notebooks: which there are, what they say of themselves, and their text. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseFrontMatter, type FrontMatter } from './front-matter.js';

export interface ShelvedReport extends FrontMatter {
  /** Of its file, without `.md`. */
  readonly name: string;
}

export interface Shelf {
  /** By name. One whose front matter is wrong has its name as title, and as description what is wrong. */
  list(): readonly ShelvedReport[];
  /** @throws NoSuchReport when there is none of that name */
  read(name: string): { readonly file: string; readonly source: string };
  /** Gives the notebook's version at once, and again whenever the file changed, until the returned function is called. @throws NoSuchReport */
  watch(name: string, told: (version: string) => void): () => void;
}

export class NoSuchReport extends Error {
  constructor(name: string, known: readonly string[]) {
    super(`there is no report ${JSON.stringify(name)}; there is ${known.join(', ')}`);
    this.name = 'NoSuchReport';
  }
}

const LOOK_EVERY_MS = 250;

export const shelfOf = (folder: string): Shelf => {
  const names = (): readonly string[] =>
    fs
      .readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.basename(file, '.md'))
      .sort();
  /** A name is one of the folder's, so that no name leads anywhere else. */
  const fileOf = (name: string): string => {
    const known = names();
    if (!known.includes(name)) throw new NoSuchReport(name, known);
    return path.join(folder, `${name}.md`);
  };
  return {
    list: () =>
      names().map((name) => {
        try {
          return { name, ...parseFrontMatter(fs.readFileSync(fileOf(name), 'utf8')).front };
        } catch (failure) {
          const why = failure instanceof Error ? failure.message : String(failure);
          return { name, title: name, description: `This notebook cannot be read: ${why}`, parameters: [] };
        }
      }),
    read(name) {
      const file = fileOf(name);
      return { file, source: fs.readFileSync(file, 'utf8') };
    },
    watch(name, told) {
      const file = fileOf(name);
      let shown: string | undefined;
      const look = (): void => {
        const version = versionOf(file);
        if (version === undefined || version === shown) return;
        shown = version;
        told(version);
      };
      look();
      // By looking at the content: editors put another file in its place, which a watch on its inode does not survive.
      const looking = setInterval(look, LOOK_EVERY_MS).unref();
      return () => {
        clearInterval(looking);
      };
    },
  };
};

/** Undefined while an editor has taken it away. */
const versionOf = (file: string): string | undefined => {
  try {
    return createHash('sha256').update(fs.readFileSync(file)).digest('hex').slice(0, 16);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
};
