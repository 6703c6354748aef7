/** The Chromium that these tests drive. */
import fs from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const installed = fs.existsSync(EXECUTABLE);
const required = process.env['REQUIRE_PEERS'] === '1';

/** Skips, and says so, where there is none and nothing demands one. */
export const withChromium = (): jest.It => {
  if (!installed && !required) process.stdout.write('not run: install chromium (apt-get install chromium)\n');
  return installed || required ? test : test.skip;
};

/** Without the browser's own calls to its maker. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: EXECUTABLE, args: QUIET });

/** What a page says on its console, what it throws, and what it asks of anything but files. */
export const noiseOf = (page: Page): readonly string[] => {
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (failure) => noise.push(failure.message));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) noise.push(request.url());
  });
  return noise;
};
