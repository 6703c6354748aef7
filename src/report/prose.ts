/** Prose of a notebook: Markdown without HTML, images or links that do anything but lead somewhere, and `{{ expression }}` in it. */
import MarkdownIt, { type Token } from 'markdown-it';
import { escapeHtml } from './html.js';

/** The text of an expression's value, or HTML that says what is wrong with it. @param line of the paragraph, from 0, in the text given */
export type Inline = (expression: string, line: number) => Promise<{ readonly text: string } | { readonly html: string }>;

/** Only these lead out of a report; a click on anything else could run or show what is not in it. */
const LINK = /^(https?:|mailto:|#)/i;

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');
markdown.validateLink = (url) => LINK.test(url.trim());
markdown.inline.ruler.before('text', 'expression', (state, silent) => {
  if (!state.src.startsWith('{{', state.pos)) return false;
  const end = state.src.indexOf('}}', state.pos);
  if (end < 0) return false;
  if (!silent) state.push('expression', '', 0).content = state.src.slice(state.pos + 2, end);
  state.pos = end + 2;
  return true;
});
markdown.renderer.rules['expression'] = (tokens, index) => tokens[index]!.content;

/** One h1 a page: `titled` says whether there is one before. */
export const proseHtml = async (
  text: string,
  titled: boolean,
  inline: Inline,
): Promise<{ readonly html: string; readonly titled: boolean }> => {
  const tokens = markdown.parse(text, {});
  let known = titled;
  for (const token of tokens) {
    for (const child of token.children ?? []) {
      if (child.type !== 'expression') continue;
      const value = await inline(child.content, token.map?.[0] ?? 0);
      child.content = 'html' in value ? value.html : escapeHtml(value.text);
    }
    if (token.tag === 'h1') {
      if (known) token.tag = 'h2';
      else if (token.nesting < 0) known = true;
    }
    byClass(token);
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), titled: known };
};

/** Alignment of a Markdown table as a class: the page allows no style attributes. */
const byClass = (token: Token): void => {
  const style = String(token.attrGet('style') ?? '');
  if (style === '') return;
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
  if (style.includes('right')) token.attrJoin('class', 'number');
  else if (style.includes('center')) token.attrJoin('class', 'centred');
};
