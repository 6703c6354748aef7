/** Every shipped notebook, rendered from real runs of a real service, opened in a real browser with the network cut. */
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT } from '../journey/running-service.js';
import { launch, noiseOf, withChromium } from './chromium.js';

const test = withChromium();
const NOTEBOOKS = fs
  .readdirSync('reports')
  .filter((file) => file.endsWith('.md'))
  .map((file) => path.basename(file, '.md'));
/** The demo's report. */
const PRINTED = 'baseline-vs-optimized';
const SHOTS = path.resolve('tests/output/reports');
const WIDTHS = [1440, 820, 390];
const SCHEMES = ['light', 'dark'] as const;

const home = newHome();
const out = path.join(home, 'reports');
let browser: Browser;

/** Of what a notebook takes, only the experiment has to be told here; the rest has defaults. */
const report = (url: string, name: string, takes: readonly { name: string }[], ...more: readonly string[]): string =>
  execFileSync(
    process.execPath,
    [
      'dist/src/main.js',
      'report',
      name,
      ...(takes.some((each) => each.name === 'experiment') ? ['--experiment', 'browser'] : []),
      '--url',
      url,
      '--out',
      path.join(out, name),
      ...more,
    ],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );

beforeAll(async () => {
  const service = await startService(home);
  try {
    const { data } = await ask(service.url, SUBMIT, {
      input: { name: 'browser', runs: [smallRun('baseline', { role: 'BASELINE' }), smallRun('candidate')] },
    });
    const { runs } = data.submitExperiment.experiment;
    await Promise.all(runs.map((run: { id: string }) => collect(service.url, EVENTS, { run: run.id, after: 0 })));
    const listed = await ask(service.url, '{ reports { name parameters { name } } }');
    expect(listed.data.reports.map(({ name }: { name: string }) => name).sort()).toEqual([...NOTEBOOKS].sort());
    for (const { name, parameters } of listed.data.reports) report(service.url, name, parameters);
    report(service.url, PRINTED, [{ name: 'experiment' }], '--format', 'pdf', 'png');
  } finally {
    await service.end('SIGTERM');
  }
  fs.mkdirSync(SHOTS, { recursive: true });
  browser = await launch();
}, 300_000);
afterAll(async () => {
  await browser.close();
  fs.rmSync(home, { recursive: true, force: true });
});

const fileOf = (name: string, ending: string): string =>
  path.join(
    out,
    name,
    fs.readdirSync(path.join(out, name)).find((file) => file.endsWith(ending))!,
  );

test.each(NOTEBOOKS)(
  '%s opens offline at three widths, light and dark, without an error or a request, and nothing is cut off',
  async (name) => {
    for (const colorScheme of SCHEMES)
      for (const width of WIDTHS) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true });
        const page = await context.newPage();
        const noise = noiseOf(page);
        await page.goto(pathToFileURL(fileOf(name, '.html')).href);
        expect(await page.locator('.broken').count()).toBe(0);
        expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
        expect(await page.evaluate('document.fonts.check("16px Inter") && document.fonts.size')).toBe(2);
        await page.screenshot({ path: path.join(SHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        expect(noise).toEqual([]);
        await context.close();
      }
  },
);

test.each(NOTEBOOKS)('axe finds nothing to complain about in %s, light and dark', async (name) => {
  for (const colorScheme of SCHEMES) {
    const context = await browser.newContext({ viewport: { width: 820, height: 900 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(fileOf(name, '.html')).href);
    // The data behind charts is part of it.
    await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
    await page.evaluate(axe.source);
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
    );
    expect(violations).toEqual([]);
    await context.close();
  }
});

/** Text that lies on other text of the same chart, where both are drawn level. */
const OVERLAPS = `[...document.querySelectorAll('.chart svg')].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll('text')].filter((text) => !/rotate/.test(text.getAttribute('transform') ?? '')).map((text) => [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], index) => boxes.slice(index + 1).filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3).map(([other]) => one + ' / ' + other));
})`;

test.each(NOTEBOOKS)('no text of a chart in %s lies on other text', async (name) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(pathToFileURL(fileOf(name, '.html')).href);
  expect(await page.evaluate(OVERLAPS)).toEqual([]);
  await context.close();
});

test('a PDF is A4 and tagged, a PNG has the whole report', () => {
  const pdf = fs.readFileSync(fileOf(PRINTED, '.pdf')).toString('latin1');
  expect(pdf).toMatch(/^%PDF-/);
  expect(pdf).toContain('/StructTreeRoot');
  expect(pdf).toMatch(/\/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
  const png = PNG.sync.read(fs.readFileSync(fileOf(PRINTED, '.png')));
  expect(png.width).toBe(2160);
  expect(png.height).toBeGreaterThan(png.width);
});
