/** Which known names a mistyped one may have meant. */
import { distance } from 'fastest-levenshtein';

/** Edits per character of the longer name up to which it may be a slip: none of three characters, one of four. */
const MOST_EDITS = 0.3;
const MOST_NAMES = 3;

/** Those at the least edit distance, letter case and punctuation aside, at most three; none when all are far. */
export const nearestNames = (name: string, known: readonly string[]): readonly string[] => {
  const wanted = plainName(name);
  const byPlain = new Map(known.map((candidate) => [plainName(candidate), candidate]));
  let near: string[] = [];
  let least = Infinity;
  for (const [plain, candidate] of byPlain) {
    const most = Math.min(least, MOST_EDITS * Math.max(wanted.length, plain.length));
    if (Math.abs(wanted.length - plain.length) > most) continue;
    const edits = distance(wanted, plain);
    if (edits > most) continue;
    near = edits < least ? [candidate] : [...near, candidate];
    least = edits;
  }
  return near.slice(0, MOST_NAMES);
};

/** In small letters without accents, whatever lies between letters and digits being one hyphen. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
