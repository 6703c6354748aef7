/** A real Chromium for tests, and what a page did in it that it should not. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { withChromium } from './chromium.js';

/** Runs really train while a page is watched, also on a machine that has much else to do. */
const PATIENCE_MS = 150_000;

/** A test that is skipped where there is no browser, unless peers are required. */
export const whenInstalled = (name: string, work: () => Promise<void>): void => {
  withChromium()(name, work, 2 * PATIENCE_MS);
};

export interface WatchedPage {
  readonly page: Page;
  /** Console messages, errors, and requests to anywhere but the origin. */
  readonly noise: string[];
}

export const openPage = async (browser: Browser, origin: string, at: string, options: BrowserContextOptions = {}): Promise<WatchedPage> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  context.setDefaultNavigationTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (failure) => noise.push(failure.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) noise.push(request.url());
  });
  await page.goto(`${origin}${at}`);
  return { page, noise };
};

const AXE = fs.readFileSync(createRequire(path.resolve('package.json')).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with the page as it stands, a line for each place. */
export const accessibilityProblems = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  const violations: any[] = await page.evaluate('axe.run().then(({ violations }) => violations)');
  return violations.flatMap(({ id, nodes }) => nodes.map((node: any) => `${id}: ${node.html} ${node.failureSummary}`));
};

/** Kept as test output. */
export const screenshot = async (page: Page, name: string): Promise<void> => {
  const folder = path.resolve('tests/output');
  fs.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
};

export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
