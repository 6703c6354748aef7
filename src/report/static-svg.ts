/** What a page needs of Vega's SVG: named for readers of it, with its own ids, and without what only an interactive chart uses. */
import { escapeHtml } from './html.js';

export interface SvgNaming {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

const UNUSED =
  / (?:(?:class|style|role|aria-[a-z]+|pointer-events|font-family)="[^"]*"|opacity="1"|font-weight="(?:normal|400)"|stroke-width="1")/g;

/** @param svg as Vega writes it, whose attribute values hold no angle bracket */
export const staticSvg = (svg: string, { id, title, description }: SvgNaming): string => {
  const ids = new Map<string, string>();
  const ownId = (found: string): string => {
    const own = ids.get(found) ?? `${id}-${ids.size + 1}`;
    ids.set(found, own);
    return own;
  };
  const size = /width="([\d.]+)" height="([\d.]+)" viewBox="([^"]*)"/.exec(svg);
  if (size === null) throw new Error('the drawing has no size');
  const inner = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'));
  if (/url\((?!#)/.test(inner)) throw new Error('a colour or a shape of the chart refers to something outside of the report');
  const tags = inner.replace(/<[a-zA-Z][^>]*>/g, (tag) =>
    tag
      .replace(UNUSED, '')
      .replace(/ id="([^"]*)"/, (_, found: string) => ` id="${ownId(found)}"`)
      .replace(/url\(#([^)]*)\)/g, (_, found: string) => `url(#${ownId(found)})`)
      .replace(/ (transform|x|y|x2|y2|cx|cy|width|height)="([^"]*)"/g, (_, name: string, value: string) => ` ${name}="${rounded(value)}"`)
      .replace(/ d="([^"]*)"/, (_, path: string) => ` d="${rounded(path)}"`),
  );
  const drawing = withoutEmpty(tags);
  const [width, height] = [Math.ceil(Number(size[1])), Math.ceil(Number(size[2]))];
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-desc" class="${sizeClass(width)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>${drawing}</svg>`;
};

/** How far a page may shrink it. */
const sizeClass = (width: number): string => (width <= 420 ? 'narrow' : 'wide');

/** A hundredth of a pixel is not seen. */
const rounded = (numbers: string): string => numbers.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100));

/** Vega's hit areas, hidden foregrounds and labels it left out for room draw nothing, and neither do the groups left empty. */
const withoutEmpty = (drawing: string): string => {
  const visible = drawing
    .replace(/<path[^>]* display="none"\/>/g, '')
    .replace(/<text[^>]* opacity="0"[^>]*>[^<]*<\/text>/g, '')
    .replace(/<path d="M[\d.,-]+h[\d.-]+v[\d.-]+h[\d.-]+Z"\/>/g, '')
    .replaceAll('<g transform="translate(0,0)">', '<g>');
  let before: string;
  let after = visible;
  do {
    before = after;
    after = before.replace(/<g(?: [^>]*)?><\/g>/g, '').replace(/<g>((?:<(?:path|text|line|rect)[^>]*(?:\/>|>[^<]*<\/text>))+)<\/g>/g, '$1');
  } while (after !== before);
  return after;
};
