/** The shipped font: Inter (Rasmus Andersson, SIL Open Font License 1.1), embedded in pages and known to the layout of charts. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import opentype from 'opentype.js';
import { once } from './once.js';

/** What stands in where a reader's system must draw a character that is not in the embedded part. */
export const FONT_FAMILY = 'Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';

const WEIGHTS = [400, 600] as const;
type Weight = (typeof WEIGHTS)[number];

const resolve = createRequire(import.meta.url).resolve;
const fileOf = (weight: Weight, format: 'woff' | 'woff2'): string =>
  resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.${format}`);

/** `@font-face` rules with both weights as data: URIs; 66 kB. */
export const fontFaces = once(() =>
  WEIGHTS.map((weight) => {
    const data = fs.readFileSync(fileOf(weight, 'woff2')).toString('base64');
    return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${data}) format("woff2")}`;
  }).join(''),
);

/** Width of each Latin character in ems. */
const advances: Readonly<Record<Weight, () => ReadonlyMap<string, number>>> = {
  400: once(() => advancesOf(400)),
  600: once(() => advancesOf(600)),
};

const advancesOf = (weight: Weight): ReadonlyMap<string, number> => {
  const bytes = fs.readFileSync(fileOf(weight, 'woff'));
  const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const characters = Object.keys(
    (font.tables['cmap'] as unknown as { readonly glyphIndexMap: Readonly<Record<string, number>> }).glyphIndexMap,
  ).map((code) => String.fromCodePoint(Number(code)));
  return new Map(
    characters.map((character) => [character, (font.charToGlyph(character).advanceWidth ?? font.unitsPerEm) / font.unitsPerEm]),
  );
};

/** Of a character the embedded part lacks: a wide letter, so that what comes from elsewhere has room. */
const UNKNOWN_EMS = 0.75;

/** Width of a line of text in px, without kerning. */
export const textWidth = (text: string, sizePx: number, bold: boolean): number => {
  const known = advances[bold ? 600 : 400]();
  let ems = 0;
  for (const character of text) ems += known.get(character) ?? UNKNOWN_EMS;
  return ems * sizePx;
};
