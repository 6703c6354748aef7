/** The installed Chromium, Chrome or Edge, which makes PDF and PNG of a report. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'microsoft-edge-stable'];
const ON_MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
const UNDER_PROGRAMS = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];

/** Every place a browser is looked for. */
const places = (environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'darwin') return ON_MAC;
  if (platform === 'win32')
    return ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
      environment[variable] === undefined ? [] : UNDER_PROGRAMS.map((file) => path.win32.join(environment[variable]!, file)),
    );
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return ON_PATH.flatMap((name) => folders.map((folder) => path.join(folder, name)));
};

/**
 * @param given path of the settings; looked for where browsers are installed when undefined
 * @throws Error that names where it looked
 */
export const findBrowser = (
  given: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string => {
  if (given !== undefined) {
    if (fs.existsSync(given)) return given;
    throw new Error(`LOWTIDE_BROWSER: there is no file ${given}; allowed is the path of Chromium, Chrome or Edge`);
  }
  const looked = places(environment, platform);
  const found = looked.find((file) => fs.existsSync(file));
  if (found !== undefined) return found;
  const where = platform === 'linux' ? `${ON_PATH.join(', ')} in ${environment['PATH'] ?? 'an empty PATH'}` : looked.join(', ');
  throw new Error(
    `PDF and PNG need Chromium, Chrome or Edge, and there is none: looked for ${where}. Install one, or set LOWTIDE_BROWSER to its path; HTML and JSON need none`,
  );
};

const PAGE_WIDTH = 1080;
/** A taller picture than Chromium can hold in one piece is taken at single density. */
const MOST_PIXELS_HIGH = 16_000;

/** @param html of a page that needs nothing else */
export const printed = async (html: string, format: 'pdf' | 'png', browserPath: string): Promise<Buffer> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-report-'));
  const file = path.join(folder, 'report.html');
  fs.writeFileSync(file, html);
  // Loaded here: the other commands have no use for it.
  const { chromium } = await import('playwright-core');
  try {
    const browser = await chromium.launch({ executablePath: browserPath }).catch((failure: unknown) => {
      throw new Error(`${browserPath} does not start: ${String(failure).split('\n')[0]}`, { cause: failure });
    });
    try {
      const open = async (deviceScaleFactor: number): Promise<Page> => {
        const context = await browser.newContext({
          viewport: { width: PAGE_WIDTH, height: 800 },
          deviceScaleFactor,
          colorScheme: 'light',
          javaScriptEnabled: false,
          offline: true,
        });
        const page = await context.newPage();
        await page.goto(pathToFileURL(file).href);
        return page;
      };
      const page = await open(2);
      if (format === 'pdf') return await page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: true, outline: true });
      const height = (await page.locator('html').boundingBox())?.height ?? 0;
      const sharp = height * 2 <= MOST_PIXELS_HIGH ? page : await open(1);
      return await sharp.screenshot({ fullPage: true, type: 'png' });
    } finally {
      await browser.close();
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
};
