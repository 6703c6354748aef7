import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findBrowser } from '../../src/cli/browser.js';
import { parameter, reportList, writeReport } from '../../src/cli/report.js';
import type { GraphqlClient } from '../../src/client/graphql-client.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-report-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
fs.writeFileSync(
  path.join(folder, 'words.md'),
  '---\ntitle: Words\nparameters:\n  word: { description: said, default: hello }\n---\nA {{ $parameters.word }}.\n',
);
fs.writeFileSync(path.join(folder, 'broken.md'), '---\ntitle: Broken\n---\n{{ $nosuch() }}\n\nAfter.\n');
const client = { query: () => Promise.reject(new Error('not asked')) } as unknown as GraphqlClient;
const request = { folder, parameters: {}, out: path.join(folder, 'out'), browser: undefined };

test('a report is written in the formats wanted, named by what it was told', async () => {
  const written = await writeReport(client, { ...request, notebook: 'words', formats: ['json'], parameters: { word: 'a/b' } });
  expect(written.files).toEqual([path.join(folder, 'out', 'words-a-b.json')]);
  const data = JSON.parse(fs.readFileSync(written.files[0]!, 'utf8')) as object;
  expect(data).toMatchObject({ title: 'Words', parameters: { word: 'a/b' }, figures: [], results: {}, errors: [] });
  expect(Object.keys(data)).toContain('generatedAt');
});

test('a cell that fails ends in an error with file and line, and the files are written all the same', async () => {
  const writing = writeReport(client, { ...request, notebook: 'broken', formats: ['html', 'json'] });
  await expect(writing).rejects.toThrow(/broken\.html, .*broken\.json are incomplete:\n {2}.*broken\.md:4: /);
  expect(fs.readFileSync(path.join(folder, 'out', 'broken.html'), 'utf8')).toMatch(/Line 4 of the notebook[\s\S]*After\./);
});

test('a report there is not is one error with those there are', async () => {
  await expect(writeReport(client, { ...request, notebook: 'none', formats: ['html'] })).rejects.toThrow(
    'there is no report "none"; there is broken, words',
  );
});

test('the list says what each takes', () => {
  expect(reportList(folder)).toBe('broken: Broken\nwords: Words\n    word: said (hello when absent)');
});

test('parameters are pairs', () => {
  expect(parameter('b=2=3', parameter('a='))).toEqual({ a: '', b: '2=3' });
  expect(() => parameter('word')).toThrow('a pair like');
});

test('without a browser the error names where it looked and what to do', () => {
  expect(() => findBrowser(undefined, { PATH: '/nowhere:/else' }, 'linux')).toThrow(
    /looked for chromium, .*google-chrome.* in \/nowhere:\/else\. Install one, or set LOWTIDE_BROWSER/,
  );
  expect(() => findBrowser('/nowhere/chrome')).toThrow('LOWTIDE_BROWSER: there is no file /nowhere/chrome');
  expect(() => findBrowser(undefined, { ProgramFiles: 'Q:\\Programs' }, 'win32')).toThrow('Q:\\Programs\\Google\\Chrome');
});

test('a browser on the path is found', () => {
  fs.writeFileSync(path.join(folder, 'google-chrome'), '');
  expect(findBrowser(undefined, { PATH: `/nowhere:${folder}` }, 'linux')).toBe(path.join(folder, 'google-chrome'));
});
