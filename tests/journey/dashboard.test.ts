import fs from 'node:fs';
import http from 'node:http';
import { newHome, startService, type RunningService } from './running-service.js';

let home: string;
let service: RunningService;

beforeAll(async () => {
  home = newHome();
  service = await startService(home);
});
afterAll(async () => {
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

/** As it comes, not unpacked. */
const get = (path: string): Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; body: Buffer }> =>
  new Promise((resolve, reject) => {
    const request = http.get(`${service.url}${path}`, { headers: { 'accept-encoding': 'br, gzip' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.once('error', reject);
  });

const assetsOf = (html: string): string[] => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);

test('every view is the one page, asked for anew each time, and nothing on it may come from elsewhere or be written into it', async () => {
  const pages = await Promise.all(['/', '/?show=running', '/submit', '/runs/1b4e28ba-2fa1-11d2-883f-0016d3cca427'].map(get));
  expect(new Set(pages.map(({ body }) => body.toString('hex'))).size).toBe(1);
  for (const { status, headers } of pages) {
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'content-encoding': 'br', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|http/);
  }
});

test('its files are compressed and kept for good, and a first view takes less than 300 kB', async () => {
  const page = await fetch(service.url);
  const assets = await Promise.all(assetsOf(await page.text()).map(get));
  expect(assets.length).toBeGreaterThan(1);
  for (const { status, headers } of assets) {
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'br' });
  }
  const fonts = fs.readdirSync('dist/dashboard/assets').filter((name) => name.endsWith('.woff2'));
  const bytes = [...assets.map(({ body }) => body.length), ...fonts.map((name) => fs.statSync(`dist/dashboard/assets/${name}`).size)];
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(300_000);
});

test('a file that is not there is not found, and no path leads out of the folder', async () => {
  for (const path of ['/assets/none.js', '/assets/..%2fmade-of.txt', '/assets/../../src/main.js', '/runs/a/b'])
    expect((await get(path)).status).toBe(404);
});
