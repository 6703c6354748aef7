/**
 * The dashboard under load: the share of pictures a real Chromium drops while many live runs are replayed from another
 * process, and what a first view loads. Frames are told by requestAnimationFrame; the same is measured on an empty page first.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ask, collect, databaseOf, EVENTS, newHome, smallRun, startService, SUBMIT } from '../journey/running-service.js';
import type { Writing } from './dashboard-writer.js';

export interface DashboardBenchOptions {
  readonly json?: boolean;
  readonly seconds: number;
  readonly runs: number;
  readonly rate: number;
  readonly chromium: string;
}

const EMPTY_SECONDS = 10;
/** Pictures a second that Chromium makes without a screen. */
const PICTURES = 60;

interface Frames {
  readonly shown: number;
  readonly dropped: number;
  readonly droppedPercent: number;
  readonly longestMs: number;
}

/** Between two pictures that are further apart than one and a half times the usual, some were dropped. */
const framesOn = async (page: Page, seconds: number): Promise<Frames> => {
  const gaps = await page.evaluate(
    `new Promise((resolve) => {
      const gaps = []; const end = performance.now() + ${seconds * 1000}; let last;
      const next = (now) => {
        if (last !== undefined) gaps.push(now - last);
        last = now;
        if (now < end) requestAnimationFrame(next); else resolve(gaps);
      };
      requestAnimationFrame(next);
    })`,
  );
  const each = 1000 / PICTURES;
  const dropped = (gaps as number[]).reduce((sum, gap) => sum + Math.max(0, Math.round(gap / each) - 1), 0);
  const shown = (gaps as number[]).length;
  return { shown, dropped, droppedPercent: (100 * dropped) / (shown + dropped), longestMs: Math.max(...(gaps as number[])) };
};

/** Compressed bytes of the bodies that a first view loads, without the answers of the API. */
const bytesOf = async (browser: Browser, url: string, wait: string): Promise<number> => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (new URL(request.url()).pathname !== '/graphql') sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await page.goto(url);
  await page.locator(wait).first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined); // Live queries may keep it busy: what was asked for at first has come.
  await context.close();
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

/** Share of time in which the page's main thread was busy: scripts, style and layout. */
const busyDuring = async (page: Page, work: () => Promise<Frames>): Promise<Frames & { readonly busyPercent: number }> => {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Performance.enable');
  const read = async () => {
    const { metrics } = await devTools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const frames = await work();
  const after = await read();
  const spent = (name: string) => after[name]! - before[name]!;
  return { ...frames, busyPercent: (100 * spent('TaskDuration')) / spent('Timestamp') };
};

const recordRun = async (home: string): Promise<string> => {
  const service = await startService(home);
  try {
    const run = smallRun('recorded');
    const input = { name: 'recorded', runs: [{ ...run, training: { ...run.training, epochs: 8 } }] };
    const { data } = await ask(service.url, SUBMIT, { input });
    const { id } = data.submitExperiment.experiment.runs[0];
    await collect(service.url, EVENTS, { run: id, after: 0 });
    return id;
  } finally {
    await service.end('SIGTERM');
  }
};

/** Resolves when the writer has begun; `ended` when it is done. */
const startWriter = async (writing: Writing): Promise<{ readonly ended: Promise<string> }> => {
  const file = fileURLToPath(new URL('dashboard-writer.js', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(writing)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ended = new Promise<string>((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve(output.trim().split('\n').at(-1)!) : reject(new Error(`the writer ended with ${code}`)),
    );
  });
  await Promise.race([
    ended,
    new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('writing')) resolve();
      });
    }),
  ]);
  return { ended };
};

export const benchDashboard = async (options: DashboardBenchOptions): Promise<void> => {
  if (!fs.existsSync(options.chromium)) throw new Error(`there is no ${options.chromium}; install chromium, or name it by --chromium`);
  const home = newHome();
  const recorded = await recordRun(home);
  const service = await startService(home, { LOWTIDE_WORKER: 'false' });
  const browser = await chromium.launch({
    executablePath: options.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const runs = Array.from({ length: options.runs }, (_none, index) => smallRun(`live-${index + 1}`));
    const { data } = await ask(service.url, SUBMIT, { input: { name: 'live', runs } });
    const ids: readonly string[] = data.submitExperiment.experiment.runs.map(({ id }: { id: string }) => id);
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    const empty = await framesOn(page, EMPTY_SECONDS);
    const { rate } = options;
    const writer = await startWriter({ database: databaseOf(home), recorded, runs: ids, rate, seconds: options.seconds + 15 });
    await page.goto(service.url);
    await page
      .locator('.run .sparkline path')
      .nth(options.runs - 1)
      .waitFor();
    const live = await busyDuring(page, () => framesOn(page, options.seconds));
    const firstView = await bytesOf(browser, service.url, '.run');
    const runPage = await bytesOf(browser, `${service.url}/runs/${ids[0]!}`, '.forecast canvas');
    const wrote = await writer.ended;
    await page.screenshot({ path: path.join(home, 'live.png') });
    report(options, { empty, live, firstView, runPage, wrote });
  } finally {
    await browser.close();
    await service.end('SIGTERM');
    fs.rmSync(home, { recursive: true, force: true });
  }
};

interface Figures {
  readonly empty: Frames;
  readonly live: Frames & { readonly busyPercent: number };
  readonly firstView: number;
  readonly runPage: number;
  readonly wrote: string;
}

const report = ({ json, seconds, runs, rate }: DashboardBenchOptions, { empty, live, firstView, runPage, wrote }: Figures): void => {
  const table = new Table({ head: ['', 'pictures', 'dropped', 'dropped, %', 'longest gap, ms'], style: { head: [], border: [] } });
  const row = (name: string, { shown, dropped, droppedPercent, longestMs }: Frames) =>
    table.push([name, shown, dropped, droppedPercent.toFixed(2), longestMs.toFixed(0)]);
  row(`an empty page, ${EMPTY_SECONDS} s`, empty);
  row(`${runs} live runs, ${rate} training events/s each, ${seconds} s`, live);
  process.stdout.write(`${table.toString()}\n${wrote}; the page's main thread was busy ${live.busyPercent.toFixed(1)} % of the time\n`);
  process.stdout.write(
    `first view: ${(firstView / 1000).toFixed(1)} kB compressed; a run's page, with Vega: ${(runPage / 1000).toFixed(1)} kB\n`,
  );
  if (json === true) process.stdout.write(`${JSON.stringify({ empty, live, firstViewBytes: firstView, runPageBytes: runPage })}\n`);
};
