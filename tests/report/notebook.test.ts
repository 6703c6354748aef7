import { pageOf } from '../../src/report/page.js';
import { renderNotebook } from '../../src/report/render-notebook.js';

const FRONT = '---\ntitle: Test\nparameters: {}\n---\n';
const answers = (data: unknown) => () => Promise.resolve(data);
const render = async (source: string, data: unknown = {}, parameters: Readonly<Record<string, string>> = {}) => {
  const report = await renderNotebook({ source, query: answers(data), parameters, generatedAt: '2026-01-01T00:00:00Z' });
  return { html: pageOf(report), body: report.body, data: report.data, errors: report.data.errors };
};

const QUERY = '```graphql name=runs\n{ runs { name } }\n```\n';

test('an expression in prose is replaced by its value, as text', async () => {
  const { html, errors } = await render(`${FRONT}${QUERY}The run is {{ runs.name }}, at {{ $signedPercent(runs.saved) }}.\n`, {
    name: '<script>alert(1)</script>',
    saved: -12.34,
  });
  expect(errors).toEqual([]);
  expect(html).toContain('The run is &lt;script&gt;alert(1)&lt;/script&gt;, at −12.3 %.');
  expect(html).not.toContain('<script');
});

test('raw HTML in prose is shown, not used', async () => {
  const { html } = await render(`${FRONT}<img src=x onerror=alert(1)>\n\n<script>alert(1)</script>\n\n<style>body{}</style>\n`);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('<script');
  expect(html.match(/<style>/g)).toHaveLength(1);
});

test.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//example.org/x'])(
  'a link to %s is left as text',
  async (url) => {
    const { body } = await render(`${FRONT}[a link](<${url}>)\n\n<${url.trim()}>\n`);
    expect(body).not.toContain('<a ');
  },
);

test('a link to a page leads there, an image is not fetched', async () => {
  const { body } = await render(`${FRONT}[a paper](https://arxiv.org/abs/2509.22092) ![a picture](https://example.org/x.png)\n`);
  expect(body).toContain('<a href="https://arxiv.org/abs/2509.22092">');
  expect(body).not.toContain('<img');
});

test('an unknown figure reads as unknown, never as zero', async () => {
  const { html } = await render(`${FRONT}${QUERY}Emissions {{ $mass(runs.emissions) }}, saved {{ $signedMass(runs.saved) }}.\n`, {
    emissions: null,
  });
  expect(html).toContain('Emissions unknown, saved unknown.');
});

const CHART = (rest: string) => `\`\`\`vega-lite\ntitle: Bars\ndescription: Two bars.\n${rest}\n\`\`\`\n`;
const BARS =
  'data: { expression: "[runs.rows]" }\nmark: bar\nencoding: { x: { field: a, type: nominal }, y: { field: b, type: quantitative } }';
const TWO = {
  rows: [
    { a: 'one', b: 1 },
    { a: 'two', b: 2 },
  ],
};

test('a chart is drawn as SVG in the colours of the page, named, with its data in a table behind it', async () => {
  const { body, data } = await render(`${FRONT}${QUERY}${CHART(BARS)}`, TWO);
  expect(body).toMatch(/<svg [^>]*role="img" aria-labelledby="figure-1-title figure-1-desc"[\s\S]*fill="var\(--c2\)"[\s\S]*<\/svg>/);
  expect(body).toContain('<title id="figure-1-title">Bars</title><desc id="figure-1-desc">Two bars.</desc>');
  expect(body).toContain('<td>two</td><td>2</td>');
  expect(data.figures).toEqual([{ kind: 'chart', title: 'Bars', line: 8, rows: TWO.rows }]);
});

test('a chart without rows says so instead of drawing an empty frame', async () => {
  const { body, errors } = await render(`${FRONT}${QUERY}${CHART(BARS)}${CHART(`${BARS}\nempty: No run was finished.`)}`, { rows: [] });
  expect(errors).toEqual([]);
  expect(body).not.toContain('<svg');
  expect(body).toContain('There is nothing to draw: its data has no rows.');
  expect(body).toContain('No run was finished.');
});

test('ids of two charts in one page differ', async () => {
  const clipped = BARS.replace('mark: bar', 'mark: { type: bar, clip: true }');
  const { body } = await render(`${FRONT}${QUERY}${CHART(clipped)}${CHART(clipped)}`, TWO);
  const ids = [...body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(4);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  ['a file', 'data: { url: "https://example.org/x.json" }\nmark: bar'],
  ['an image', `${BARS}\nlayer: [{ mark: { type: image, url: "https://example.org/x.png" } }]`],
  ['a link', BARS.replace('encoding: {', 'encoding: { href: { value: "https://example.org/" },')],
  ['a paint', BARS.replace('mark: bar', 'mark: { type: bar, color: "url(https://example.org/x.svg#a)" }')],
])('a chart that would load %s is refused in its place, with the line and the cell', async (_, spec) => {
  const { html, errors } = await render(`${FRONT}\nText.\n\n${CHART(spec)}\nAfter.\n`);
  expect(errors).toEqual([
    { line: 8, message: expect.stringContaining('https://example.org/'), cell: expect.stringContaining('title: Bars') },
  ]);
  expect(html).toContain('Line 8 of the notebook');
  expect(html).toContain('<code>title: Bars');
  expect(html).toContain('After.');
});

test('a colour that comes from data cannot lead out of the report', async () => {
  const coloured = BARS.replace('encoding: {', 'encoding: { color: { field: c, type: nominal, scale: null },');
  const { errors } = await render(`${FRONT}${QUERY}${CHART(coloured)}`, { rows: [{ a: 'one', b: 1, c: 'url(https://example.org/x)' }] });
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('outside of the report') })]);
});

test('an expression of a chart cannot reach anything but the data', async () => {
  const { html, errors } = await render(
    `${FRONT}${QUERY}${CHART(`${BARS}\ntransform: [{ calculate: "this.constructor.constructor('return process')().pid", as: b }]`)}`,
    { rows: [{ a: 'one', b: 1 }] },
  );
  expect(html).not.toContain(`>${process.pid}<`);
  expect(errors.length).toBe(1);
});

const TABLE =
  '```table\ncaption: Runs\nrows: runs.rows\ncolumns:\n  - { heading: Name, value: name, align: left }\n  - { heading: Emissions, value: $mass(g) }\n```\n';

test('a table is made of the values its columns name, each row named by its first', async () => {
  const { html, errors } = await render(`${FRONT}${QUERY}${TABLE}`, {
    rows: [
      { name: 'a', g: 0.0123 },
      { name: 'b', g: null },
    ],
  });
  expect(errors).toEqual([]);
  expect(html).toContain('<th scope="row">a</th><td class="number">12.3 mgCO2eq</td>');
  expect(html).toContain('<th scope="row">b</th><td class="number">unknown</td>');
});

test('a table without rows says what its notebook has it say', async () => {
  const said = TABLE.replace('caption: Runs\n', 'caption: Runs\nempty: none was submitted.\n');
  const { body } = await render(`${FRONT}${QUERY}${TABLE}${said}`, { rows: [] });
  expect(body).not.toContain('<table');
  expect(body).toContain('Runs: no rows.');
  expect(body).toContain('Runs: none was submitted.');
});

test('a column that cannot be worked out names itself', async () => {
  const { errors } = await render(`${FRONT}${QUERY}${TABLE.replace('$mass(g)', '$mas(g)')}`, { rows: [{ name: 'a', g: 1 }] });
  expect(errors).toEqual([expect.objectContaining({ line: 8, message: expect.stringContaining('column Emissions: ') })]);
});

test('an expression that is wrong is shown in its sentence, with its line', async () => {
  const { body, errors } = await render(`${FRONT}\nOne.\n\nTwo {{ $sum( }} three.\n`);
  expect(errors).toEqual([{ line: 8, message: expect.any(String), cell: '{{ $sum( }}' }]);
  expect(body).toContain('Line 8 of the notebook');
  expect(body).toContain(' three.');
});

test('a failing query is one error in its place, and the rest of the page stands', async () => {
  const failing = () => Promise.reject(new Error('no such field'));
  const { body, data } = await renderNotebook({ source: `${FRONT}${QUERY}After.\n`, query: failing, parameters: {}, generatedAt: 'now' });
  expect(data.errors).toEqual([{ line: 5, message: 'no such field', cell: '{ runs { name } }\n' }]);
  expect(body).toContain('After.');
});

test.each([
  ['a query', '```graphql name=a\n{ runs {\n  name : :\n} }\n```\n', 7],
  ['a table', '```table\ncaption: A\nrows: a: b\n```\n', 7],
  ['a chart', '```vega-lite\ntitle: A\ndescription: b: c\n```\n', 7],
])('%s that cannot be read names the very line', async (_, cell, line) => {
  const { errors } = await render(`${FRONT}${cell}`);
  expect(errors).toEqual([expect.objectContaining({ line: 5, message: expect.stringContaining(`(line ${line})`) })]);
});

test('a notebook only asks', async () => {
  const { errors } = await render(`${FRONT}\`\`\`graphql name=a\nmutation { cancelRun(id: "x") { __typename } }\n\`\`\`\n`);
  expect(errors).toEqual([expect.objectContaining({ line: 5, message: 'a report only asks: a mutation is not allowed' })]);
});

test('rows within rows become one list, each with what it needs of the outer one', async () => {
  const rows = [
    { name: 'a', curve: [{ step: 1 }, { step: 2 }] },
    { name: 'b', curve: null },
  ];
  const { body } = await render(`${FRONT}${QUERY}{{ $string($unnest(runs.rows, "curve", { "run": "name" })) }}`, { rows });
  expect(body).toContain('[{&quot;run&quot;:&quot;a&quot;,&quot;step&quot;:1},{&quot;run&quot;:&quot;a&quot;,&quot;step&quot;:2}]');
});

test('a page has one first heading: the first of the notebook, or its title', async () => {
  expect((await render(`${FRONT}# One\n\n# Two\n`)).body).toMatch(/<h1>One<\/h1>\s*<h2>Two<\/h2>/);
  expect((await render(`${FRONT}Text.\n`)).body).toMatch(/^<h1>Test<\/h1>/);
});

const TAKES =
  '---\ntitle: T\nparameters:\n  experiment: id of the experiment\n  points: { description: of a curve, default: 400 }\n---\n{{ $parameters.points }}\n';

test('a parameter that is missing or not known is one error with what the notebook takes', async () => {
  await expect(render(TAKES, {}, { run: 'x' })).rejects.toThrow(
    'the notebook needs experiment and has no parameter run; it takes experiment (id of the experiment), points (of a curve; 400 when absent)',
  );
});

test('a parameter that is not given has its default', async () => {
  expect((await render(TAKES, {}, { experiment: 'x' })).body).toContain('<p>400</p>');
  expect((await render(TAKES, {}, { experiment: 'x', points: '9' })).body).toContain('<p>9</p>');
});

test.each([
  ['Text.', 'begins with front matter'],
  ['---\nparameters: {}\n---\n', 'needs a title'],
  ['---\ntitle: T\nparameters: { "a b": x }\n---\n', 'needs a name of letters'],
  ['---\ntitle: T\nparameters: { a: { default: 1 } }\n---\n', 'needs a description'],
])('front matter that is wrong is refused: %j', async (source, message) => {
  await expect(render(source)).rejects.toThrow(message);
});
