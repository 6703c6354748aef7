import { renderNotebook } from '../../src/report/render-notebook.js';

const FRONT = '---\ntitle: Test\nparameters: {}\n---\n';
const answers = (data: unknown) => () => Promise.resolve(data);
const render = (source: string, data: unknown = {}) =>
  renderNotebook({ source, query: answers(data), parameters: {}, generatedAt: '2026-01-01T00:00:00Z' });

const QUERY = '```graphql name=runs\n{ runs { name } }\n```\n';

test('an expression in prose is replaced by its value, as text', async () => {
  const { html, errors } = await render(`${FRONT}${QUERY}The run is {{ runs.name }}, at {{ $signedPercent(runs.saved) }}.\n`, {
    name: '<script>alert(1)</script>',
    saved: -12.34,
  });
  expect(errors).toEqual([]);
  expect(html).toContain('The run is &lt;script&gt;alert(1)&lt;/script&gt;, at −12.3 %.');
  expect(html).not.toContain('<script>');
});

test('raw HTML in prose is shown, not used', async () => {
  const { html } = await render(`${FRONT}<img src=x onerror=alert(1)> and [a link](javascript:alert(1))\n`);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('href="javascript');
});

test('an unknown figure reads as unknown, never as zero', async () => {
  const { html } = await render(`${FRONT}${QUERY}Emissions {{ $mg(runs.emissions) }}, saved {{ $signedMg(runs.saved) }}.\n`, {
    emissions: null,
  });
  expect(html).toContain('Emissions unknown, saved unknown.');
});

const CHART = (rest: string) => `\`\`\`vega-lite\ntitle: Bars\ndescription: Two bars.\n${rest}\n\`\`\`\n`;
const BARS =
  'data: { expression: "[runs.rows]" }\nmark: bar\nencoding: { x: { field: a, type: nominal }, y: { field: b, type: quantitative } }';

test('a chart is drawn as SVG, with its data in a table behind it', async () => {
  const { html, data } = await render(`${FRONT}${QUERY}${CHART(BARS)}`, {
    rows: [
      { a: 'one', b: 1 },
      { a: 'two', b: 2 },
    ],
  });
  expect(html).toMatch(/<svg[\s\S]*<\/svg>/);
  expect(html).toContain('<td>two</td><td>2</td>');
  expect(data['figures']).toEqual([
    {
      title: 'Bars',
      rows: [
        { a: 'one', b: 1 },
        { a: 'two', b: 2 },
      ],
    },
  ]);
});

test('a chart that would load something is refused in its place, with the line', async () => {
  const { html, errors } = await render(`${FRONT}\nText.\n\n${CHART('data: { url: "https://example.org/x.json" }\nmark: bar')}\nAfter.\n`);
  expect(errors).toEqual([{ line: 8, message: expect.stringContaining('https://example.org/x.json') }]);
  expect(html).toContain('Line 8 of the notebook');
  expect(html).toContain('After.');
});

test('an expression of a chart cannot reach anything but the data', async () => {
  const { html, errors } = await render(
    `${FRONT}${QUERY}${CHART(`${BARS}\ntransform: [{ calculate: "this.constructor.constructor('return process')().pid", as: b }]`)}`,
    { rows: [{ a: 'one', b: 1 }] },
  );
  expect(html).not.toContain(`>${process.pid}<`);
  expect(errors.length).toBe(1);
});

test('a table is made of the values its columns name', async () => {
  const table =
    '```table\ncaption: Runs\nrows: runs.rows\ncolumns:\n  - { heading: Name, value: name, align: left }\n  - { heading: Emissions, value: $mg(g) }\n```\n';
  const { html, errors } = await render(`${FRONT}${QUERY}${table}`, {
    rows: [
      { name: 'a', g: 0.0123 },
      { name: 'b', g: null },
    ],
  });
  expect(errors).toEqual([]);
  expect(html).toContain('<td>a</td><td class="number">12.30 mgCO2eq</td>');
  expect(html).toContain('<td>b</td><td class="number">unknown</td>');
});

test('a failing query is one error in its place, and the rest of the page stands', async () => {
  const failing = () => Promise.reject(new Error('no such field'));
  const { html, errors } = await renderNotebook({ source: `${FRONT}${QUERY}After.\n`, query: failing, parameters: {}, generatedAt: 'now' });
  expect(errors).toEqual([{ line: 5, message: 'no such field' }]);
  expect(html).toContain('After.');
});

test('a parameter that is missing is asked for by name and meaning', async () => {
  const source = '---\ntitle: T\nparameters: { experiment: id of the experiment }\n---\n';
  await expect(render(source)).rejects.toThrow('experiment (id of the experiment)');
});
