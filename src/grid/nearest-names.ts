/** Which known names a mistyped one may have meant. */
import { distance } from 'fastest-levenshtein';

/** Edits per character of the longer name up to which it may be a slip. */
const MOST_EDITS = 0.34;
const MOST_NAMES = 3;

/** Those at the least edit distance, letter case and punctuation aside, at most three; none when all are far. */
export const nearestNames = (name: string, known: readonly string[]): readonly string[] => {
  const wanted = plainName(name);
  const near = known
    .map((candidate) => ({ candidate, plain: plainName(candidate) }))
    .map(({ candidate, plain }) => ({
      candidate,
      edits: distance(wanted, plain),
      most: MOST_EDITS * Math.max(wanted.length, plain.length),
    }))
    .filter(({ edits, most }) => edits <= most);
  const least = Math.min(...near.map(({ edits }) => edits));
  return [...new Set(near.filter(({ edits }) => edits === least).map(({ candidate }) => candidate))].slice(0, MOST_NAMES);
};

/** In small letters without accents, whatever lies between letters and digits being one hyphen. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
