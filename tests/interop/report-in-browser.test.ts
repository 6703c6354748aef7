/** The shipped notebook, rendered from a real run of a real service, opened in a real browser with the network cut. */
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT } from '../journey/running-service.js';

const CHROMIUM = '/usr/bin/chromium';
const installed = fs.existsSync(CHROMIUM);
const required = process.env['REQUIRE_PEERS'] === '1';
if (!installed && !required) process.stdout.write('not run: install chromium (apt-get install chromium)\n');
const when = installed || required ? test : test.skip;

when('the report opens offline at three widths, without an error or a request', async () => {
  const home = newHome();
  const service = await startService(home);
  const out = path.join(home, 'reports');
  try {
    const { data } = await ask(service.url, SUBMIT, {
      input: { name: 'browser', runs: [smallRun('baseline', { role: 'BASELINE' }), smallRun('candidate')] },
    });
    const { id, runs } = data.submitExperiment.experiment;
    await Promise.all(runs.map((run: { id: string }) => collect(service.url, EVENTS, { run: run.id, after: 0 })));
    execFileSync(process.execPath, ['dist/src/main.js', 'report', 'comparison', '--experiment', id, '--url', service.url, '--out', out], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  } finally {
    await service.end('SIGTERM');
  }
  const file = path.join(
    out,
    fs.readdirSync(out).find((name) => name.endsWith('.html'))!,
  );
  const shots = path.resolve('tests/output');
  fs.mkdirSync(shots, { recursive: true });
  const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: quiet });
  try {
    for (const width of [390, 820, 1280]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, offline: true });
      const page = await context.newPage();
      const noise: string[] = [];
      page.on('console', (message) => noise.push(message.text()));
      page.on('pageerror', (failure) => noise.push(failure.message));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) noise.push(request.url());
      });
      await page.goto(`file://${file}`);
      expect(await page.locator('.chart svg').count()).toBe(3);
      expect(await page.locator('.broken').count()).toBe(0);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(overflow).toBeLessThanOrEqual(0);
      await page.screenshot({ path: path.join(shots, `report-${width}.png`), fullPage: true });
      expect(noise).toEqual([]);
      await context.close();
    }
  } finally {
    await browser.close();
    fs.rmSync(home, { recursive: true, force: true });
  }
});
