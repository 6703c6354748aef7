/** The pages of a server over HTTP, with notebooks of their own and a query that answers as constructed. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import express from 'express';
import { guardOf } from '../../src/api/guard.js';
import { inProcessQuery } from '../../src/api/in-process-query.js';
import { loginPages, pageGuard } from '../../src/api/login.js';
import { reportPages } from '../../src/api/report-pages.js';
import { sessionsOf } from '../../src/api/session.js';
import { buildApiSchema } from '../../src/api/schema.js';
import { wallClock } from '../../src/units/clock.js';
import type { Lowtide } from '../../src/workflows/lowtide.js';
import { reportsOf } from '../../src/workflows/reports.js';

const TOKEN = 'a-token-of-the-test-suite';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-pages-'));
fs.writeFileSync(
  path.join(folder, 'plain.md'),
  "---\ntitle: Plain <b>\ndescription: Says so.\nparameters:\n  experiment: which\n  word: { description: said, default: hello }\n---\nHere: {{ $parameters.word }}.\n\n```table\ncaption: Runs\nrows: \"[{ 'id': 'run/1', 'name': 'the first' }]\"\ncolumns: [{ heading: Run, value: name, run: id, align: left }]\n```\n",
);
fs.writeFileSync(path.join(folder, 'broken.md'), '---\ntitle: Broken\n---\n\n```graphql name=a\n{ nothing }\n```\nAfter.\n');

const EXPERIMENTS = [{ id: 'one', name: 'a "quoted" name', submittedAt: '2026-01-01T00:00:00Z', runs: [{ id: 'run/1', name: '<first>' }] }];
const query = (document: string): Promise<unknown> => {
  if (document.includes('FindExperiment')) return Promise.resolve({ experiment: EXPERIMENTS[0] });
  if (document.includes('Offered')) return Promise.resolve({ experiments: { edges: EXPERIMENTS.map((node) => ({ node })) }, zones: [] });
  return Promise.reject(new Error('Cannot query field "nothing"'));
};

const options = { production: true, token: TOKEN, allowedOrigins: [], log: () => undefined };
let url: string;
let server: http.Server;
beforeAll(async () => {
  const guard = guardOf(await buildApiSchema(), options);
  const reports = reportsOf(folder, wallClock);
  const pages = reportPages(reports, query);
  const app = express();
  app.use(loginPages(guard, reports), pageGuard(guard), pages.router);
  server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(folder, { recursive: true, force: true });
});

const get = (target: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}${target}`, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
const logIn = (token: string, next: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ token, next }), headers, redirect: 'manual' });
const loggedIn = async () => ({ cookie: (await logIn(TOKEN, '/')).headers.get('set-cookie')!.split(';')[0]! });

test('a browser without a session is sent to log in and then to where it wanted to go', async () => {
  const turned = await get('/reports/plain?experiment=one&word=x');
  expect(turned.status).toBe(303);
  const login = turned.headers.get('location')!;
  expect(await (await get(login)).text()).toContain('value="/reports/plain?experiment=one&amp;word=x"');
  const entered = await logIn(TOKEN, new URL(login, url).searchParams.get('next')!);
  expect(entered.headers.get('location')).toBe('/reports/plain?experiment=one&word=x');
  expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
  expect(entered.headers.get('set-cookie')).not.toContain(TOKEN);
});

test('a client without a token is told what to send, with it is let in', async () => {
  expect((await get('/reports', { accept: '*/*' })).status).toBe(401);
  expect((await get('/reports', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
});

test.each(['', 'wrong', `${TOKEN} `])('the token %j opens no session', async (token) => {
  const answer = await logIn(token, '/');
  expect(answer.status).toBe(401);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test.each(['//evil.example/', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '/\t/evil.example'])(
  'after the login %j is not gone to',
  async (next) => {
    expect((await logIn(TOKEN, next)).headers.get('location')).toMatch(/^\/(?![/\\])/);
    expect((await logIn(TOKEN, next)).headers.get('location')).not.toContain('evil');
  },
);

test('a login form of another site is refused', async () => {
  expect((await logIn(TOKEN, '/', { origin: 'http://evil.example' })).status).toBe(403);
});

test('a session that is altered is none', async () => {
  const { cookie } = await loggedIn();
  const [name, value] = cookie.split('=') as [string, string];
  const [expires, signature] = value.split('.') as [string, string];
  expect((await get('/reports', { cookie })).status).toBe(200);
  for (const forged of [`${Number(expires) + 1}.${signature}`, `${expires}.${signature.slice(1)}`, `${expires}.`, signature])
    expect((await get('/reports', { cookie: `${name}=${forged}` })).status).toBe(303);
});

test('a session ends, and with another token at once', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cookie = sessionsOf(TOKEN).open(now, true);
  expect(cookie).toMatch(/; Secure$/);
  expect(sessionsOf(TOKEN).holds(cookie, now + 11 * 3_600_000)).toBe(true);
  expect(sessionsOf(TOKEN).holds(cookie, now + 12 * 3_600_000)).toBe(false);
  expect(sessionsOf(`${TOKEN}2`).holds(cookie, now)).toBe(false);
});

test('the list has a form for each report, experiments offered by name, everything as text', async () => {
  const text = await (await get('/reports', await loggedIn())).text();
  expect(text).toContain('<h2>Plain &lt;b&gt;</h2><p>Says so.</p>');
  expect(text).toContain('<option value="one">a &quot;quoted&quot; name, submitted 2026-01-01 00:00 UTC</option>');
  expect(text).toContain('name="word" value="hello"');
});

test('a report is made with its parameters, under a policy that lets only the reload script run', async () => {
  const answer = await get('/reports/plain?experiment=one&word=<script>', await loggedIn());
  const policy = answer.headers.get('content-security-policy')!;
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']*'; font-src data:; script-src 'self'; connect-src 'self'/);
  expect(policy).not.toContain('unsafe');
  const text = await answer.text();
  expect(text).toContain('Here: &lt;script&gt;.');
  expect(text.match(/<script/g)).toHaveLength(1);
  expect(text).toContain('href="/reports/plain?experiment=one&amp;word=%3Cscript%3E&amp;format=json"');
});

test('a report on the server leads to its runs, by name and as text', async () => {
  const text = await (await get('/reports/plain?experiment=one', await loggedIn())).text();
  expect(text).toContain(
    '<nav aria-label="Runs of a &quot;quoted&quot; name"><span>Runs of a &quot;quoted&quot; name</span><a href="/runs/run%2F1">&lt;first&gt;</a></nav>',
  );
  expect(text).toContain('<th scope="row"><a href="/runs/run%2F1">the first</a></th>');
});

test('a report as one file has no script and asks for nothing', async () => {
  const answer = await get('/reports/plain?experiment=one&format=html', await loggedIn());
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=plain.html');
  const text = await answer.text();
  expect(text).not.toContain('<script');
  expect(text).not.toContain('href="/');
  expect(text).toContain('<th scope="row">the first</th>');
});

test('a report that lacks a parameter is answered with its form and why', async () => {
  const answer = await get('/reports/plain?word=x', await loggedIn());
  expect(answer.status).toBe(400);
  const text = await answer.text();
  expect(text).toContain('the notebook needs experiment');
  expect(text).toContain('name="word" value="x"');
  expect((await get('/reports/plain?experiment=one&word=a&word=b', await loggedIn())).status).toBe(400);
});

test.each(['none', '..%2fplain', '%2e%2e%2f%2e%2e%2fpackage', 'plain.md', '__proto__', 'constructor', 'plain%00'])(
  'there is no report at /reports/%s',
  async (name) => {
    const cookie = await loggedIn();
    expect((await get(`/reports/${name}`, cookie)).status).toBe(404);
    expect((await get(`/reports/${name}/-/changes`, cookie)).status).toBe(404);
  },
);

test('a cell that fails is shown in its place, and is in the JSON with its line', async () => {
  const cookie = await loggedIn();
  expect(await (await get('/reports/broken', cookie)).text()).toMatch(/Line 5 of the notebook: Cannot query field[\s\S]*After\./);
  const data = (await (await get('/reports/broken?format=json', cookie)).json()) as { errors: unknown };
  expect(data.errors).toEqual([{ line: 5, message: 'Cannot query field "nothing"', cell: '{ nothing }\n' }]);
});

test('a page is told of the version of its notebook, and of each later one', async () => {
  const answer = await get('/reports/plain/-/changes', await loggedIn());
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader.read()).value!;
  fs.appendFileSync(path.join(folder, 'plain.md'), 'More.\n');
  const second = (await reader.read()).value!;
  await reader.cancel();
  for (const told of [first, second]) expect(told).toMatch(/event: notebook\ndata: [0-9a-f]{16}\n\n/);
  expect(second).not.toBe(first);
});

test('a query of a notebook passes the same guard as one from outside', async () => {
  const schema = await buildApiSchema();
  const ask = inProcessQuery(schema, guardOf(schema, { ...options, production: false }), { version: '1' } as Lowtide);
  await expect(ask('{ nothing }', {})).rejects.toThrow('Cannot query field "nothing"');
  await expect(ask(`{ ${'runs { edges { node { experiment { '.repeat(6)} id ${'} } } }'.repeat(6)} }`, {})).rejects.toThrow('levels deep');
  await expect(ask('{ runs(first: 1) { edges { node { id } } } }', {})).rejects.toThrow(/^Internal server error \([0-9a-f-]+\)$/);
});
