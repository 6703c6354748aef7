/** A report as the server serves it, in a real browser: logging in, reading, and seeing a change of its notebook. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import axe from 'axe-core';
import express from 'express';
import { guardOf } from '../../src/api/guard.js';
import { loginPages, pageGuard } from '../../src/api/login.js';
import { reportPages } from '../../src/api/report-pages.js';
import { buildApiSchema } from '../../src/api/schema.js';
import { wallClock } from '../../src/units/clock.js';
import { reportsOf } from '../../src/workflows/reports.js';
import { launch, noiseOf, withChromium } from './chromium.js';

const TOKEN = 'a-token-of-the-test-suite';
const NOTEBOOK =
  '---\ntitle: Live\nparameters:\n  word: { description: said, default: hello }\n---\n# Live\n\nIt says {{ $parameters.word }}.\n';

withChromium()('a person logs in, opens a report from the list, and sees the notebook change', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-live-'));
  const file = path.join(folder, 'live.md');
  fs.writeFileSync(file, NOTEBOOK);
  const guard = guardOf(await buildApiSchema(), { production: true, token: TOKEN, allowedOrigins: [], log: () => undefined });
  const reports = reportsOf(folder, wallClock);
  const pages = reportPages(reports, () => Promise.resolve({ experiments: { edges: [] }, zones: [] }));
  const server = http.createServer(express().use(loginPages(guard, reports), pageGuard(guard), pages.router));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    const noise = noiseOf(page);
    await page.goto(`${url}/reports`);
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('That is not the token').waitFor();
    await page.getByLabel('Token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByLabel('word').fill('good evening');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('It says good evening.').waitFor();
    fs.writeFileSync(file, NOTEBOOK.replace('It says', 'Now it says'));
    await page.getByText('Now it says good evening.').waitFor();
    expect(noise.filter((each) => !each.startsWith(url) && !each.includes('401'))).toEqual([]);

    const audited = await (await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() })).newPage();
    for (const target of ['/reports', '/reports/live', '/reports/live?other=1', '/login']) {
      if (target === '/login') await audited.context().clearCookies();
      await audited.goto(`${url}${target}`);
      await audited.evaluate(axe.source);
      expect(await audited.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))')).toEqual([]);
    }
  } finally {
    await browser.close();
    pages.close();
    server.closeAllConnections();
    server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
