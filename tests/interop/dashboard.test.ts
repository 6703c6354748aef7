/** The dashboard in a real Chromium, against a real service. */
import fs from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT, type RunningService } from '../journey/running-service.js';
import { accessibilityProblems, openPage, overflowOf, screenshot, whenInstalled } from './browser.js';
import { launch } from './chromium.js';

let browser: Browser;
let home: string;
let service: RunningService;

beforeAll(async () => {
  browser = await launch();
  home = newHome();
  service = await startService(home, { LOWTIDE_REPLAY_SECONDS_PER_HOUR: '2' });
});
afterAll(async () => {
  await browser.close();
  await service.end('SIGTERM');
  fs.rmSync(home, { recursive: true, force: true });
});

const longRun = (name: string, epochs: number, over: object = {}) => {
  const run = smallRun(name, over);
  return { ...run, training: { ...run.training, epochs } };
};
const submit = async (name: string, runs: readonly object[], project = 'default'): Promise<string[]> => {
  const { data } = await ask(service.url, SUBMIT, { input: { name, project, runs } });
  if (data.submitExperiment.experiment === undefined) throw new Error(JSON.stringify(data.submitExperiment));
  return data.submitExperiment.experiment.runs.map(({ id }: { id: string }) => id);
};
const untilTraining = (run: string) =>
  collect(service.url, EVENTS, { run, after: 0 }, ({ runEvents }) => runEvents.__typename === 'TrainingProgressed');
const cancel = (run: string) => ask(service.url, 'mutation ($run: ID!) { cancelRun(id: $run) { __typename } }', { run });
const stateOn = (page: Page) => page.locator('.opened h1 .state');
const press = async (page: Page, button: string, confirmed: string): Promise<void> => {
  await page.getByRole('button', { name: button, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: confirmed, exact: true }).click();
};
const figure = (page: Page, name: string) => page.locator('.figures > div', { hasText: name }).locator('strong');

/** Sequences of a run's events in the order the page received them. */
const sequencesReceived = (page: Page): number[] => {
  const sequences: number[] = [];
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload.toString());
      const event = message.type === 'next' ? message.payload.data?.runEvents : undefined;
      if (event !== undefined) sequences.push(event.sequence);
    });
  });
  return sequences;
};
const expectGapFree = (sequences: readonly number[]): void => {
  expect(sequences).toEqual(sequences.map((_sequence, index) => sequences[0]! + index));
};

whenInstalled('a run is followed from the list to its end, with its figures as the server has them', async () => {
  const [run] = await submit('followed', [longRun('followed-run', 10)]);
  const { page, noise } = await openPage(browser, service.url, '/');
  const row = page.locator(`[data-run="${run!}"]`);
  await row.getByText('running').waitFor();
  await row.getByText(/step \d+ of 1,000/).waitFor();
  await row.locator('.sparkline path').waitFor();
  await row.getByRole('link', { name: 'followed-run' }).click();
  await page.locator('.canvas canvas').first().waitFor();
  await stateOn(page).getByText('succeeded').waitFor();
  await page.getByText('Saved, against itself started at once').waitFor();
  const { data } = await ask(service.url, 'query ($run: ID!) { run(id: $run) { accuracy emissionsGco2eq lastSequence } }', { run });
  await page.locator(`.opened[data-sequence="${data.run.lastSequence}"]`).waitFor();
  expect(await figure(page, 'Accuracy').textContent()).toBe(`${(100 * data.run.accuracy).toFixed(1)} %`);
  const shown = Number((await figure(page, 'Emissions').textContent())!.split(' ')[0]);
  expect(shown / (1000 * data.run.emissionsGco2eq)).toBeCloseTo(1, 1);
  expect(noise).toEqual([]);
  await page.context().close();
});

whenInstalled('a run is paused, resumed and cancelled from the page, and a refusal is shown as the server gave it', async () => {
  const [run] = await submit('controlled', [longRun('controlled-run', 200)]);
  await untilTraining(run!);
  const { page, noise } = await openPage(browser, service.url, `/runs/${run!}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
  expect(await stateOn(page).textContent()).toContain('running');
  await press(page, 'Pause', 'Pause');
  await stateOn(page).getByText('paused').waitFor();
  expect(await stateOn(page).textContent()).toContain('by user');
  await press(page, 'Resume', 'Resume');
  await stateOn(page).getByText('running').waitFor();

  // Somebody else cancels it while this reader is asked whether they are sure.
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await cancel(run!);
  await stateOn(page).getByText('cancelled').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
  expect(await page.getByRole('alert').textContent()).toMatch(/cancelled/);
  expect(noise).toEqual([]);
  await page.context().close();
});

whenInstalled(
  'a server killed under the page is said to be gone; when it is back, nothing is missing and nothing is told twice',
  async () => {
    const [run] = await submit('killed', [longRun('killed-run', 30)]);
    await untilTraining(run!);
    const { page, noise } = await openPage(browser, service.url, '/');
    const sequences = sequencesReceived(page);
    await page.goto(`${service.url}/runs/${run!}`);
    await page.locator('.canvas canvas').first().waitFor();
    await page.waitForFunction('Number(document.querySelector(".opened").dataset.sequence) > 20');
    const port = new URL(service.url).port;
    await service.end('SIGKILL');
    await page.getByText(/No connection since \d\d:\d\d:\d\d/).waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
    await screenshot(page, 'dashboard-stale');

    service = await startService(home, { LOWTIDE_REPLAY_SECONDS_PER_HOUR: '2', LOWTIDE_PORT: port });
    await page.getByText(/Connected again since \d\d:\d\d:\d\d/).waitFor();
    await stateOn(page).getByText('succeeded').waitFor();
    const { data } = await ask(service.url, 'query ($run: ID!) { run(id: $run) { emissionsGco2eq lastSequence segments { number } } }', {
      run,
    });
    expect(data.run.segments).toHaveLength(2);
    expectGapFree(sequences);
    expect(sequences.at(-1)).toBe(data.run.lastSequence);
    const shown = Number((await figure(page, 'Emissions').textContent())!.split(' ')[0]);
    expect(shown / (1000 * data.run.emissionsGco2eq)).toBeCloseTo(1, 1);
    expect(noise.filter((line) => !/ERR_CONNECTION_REFUSED|WebSocket connection to/.test(line))).toEqual([]);
    await page.context().close();
  },
);

whenInstalled('a run is submitted from the form after its estimate, and what is not allowed is said at its field', async () => {
  const { page, noise } = await openPage(browser, service.url, '/submit');
  await page.getByLabel('Name').fill('from-the-form');
  await page.getByLabel('Model').selectOption('mlp');
  await page.getByLabel('Training images').fill('6400');
  await page.getByLabel('Micro-batch size').fill('7');
  await page.getByRole('button', { name: 'Estimate' }).click();
  await page.locator('#microBatchSize-problem').waitFor();
  expect(await page.getByLabel('Micro-batch size').getAttribute('aria-invalid')).toBe('true');
  expect(await page.locator('#microBatchSize-problem').textContent()).toContain('7');
  await page.getByLabel('Micro-batch size').fill('16');
  await page.getByRole('button', { name: 'Estimate' }).click();
  await page.getByRole('button', { name: 'Submit this run' }).waitFor();
  expect(await figure(page, 'In its best window').textContent()).toMatch(/CO2eq/);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, 'dashboard-estimate');
  await page.getByRole('button', { name: 'Submit this run' }).click();
  await page.locator('.opened').waitFor();
  const run = new URL(page.url()).pathname.split('/').at(-1)!;
  const { data } = await ask(service.url, 'query ($run: ID!) { run(id: $run) { name spec { schedule { mode finishWithin } } } }', { run });
  expect(data.run).toMatchObject({ name: 'candidate', spec: { schedule: { mode: 'PLANNED' } } });
  await cancel(run);
  expect(noise).toEqual([]);
  await page.context().close();
});

const FILE = `name: dropped
zone: US-CAL-CISO
training:
  model: { name: mlp }
  dataset: { name: mnist, train_images: 6400, test_images: 1000 }
  batch_size: 64
schedule: { mode: planned, finish_within: PT12H }
`;

whenInstalled('a dropped run file is estimated and submitted, and its mistakes are named as the file has them', async () => {
  const { page, noise } = await openPage(browser, service.url, '/submit');
  const drop = (text: string) =>
    page.evaluate((content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], 'run.yaml', { type: 'application/yaml' }));
      document
        .querySelector('form.submit')!
        .dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }, text);
  await drop(FILE.replace('batch_size: 64', 'batch_size: 0'));
  await page.getByLabel(/paste it/).waitFor();
  await page.getByRole('button', { name: 'Estimate' }).click();
  expect(await page.locator('.problems').textContent()).toContain('training.batch_size');
  await page.getByLabel(/paste it/).fill(FILE.replace('{ name: mlp }', '{ name: mlp'));
  await page.getByRole('button', { name: 'Estimate' }).click();
  expect(await page.getByRole('alert').textContent()).toContain('not YAML');
  await page.getByLabel(/paste it/).fill(FILE);
  await page.getByRole('button', { name: 'Estimate' }).click();
  await page.getByRole('button', { name: 'Submit this run' }).click();
  await page.locator('.opened').waitFor();
  expect(await page.locator('.opened h1').textContent()).toContain('dropped');
  await cancel(new URL(page.url()).pathname.split('/').at(-1)!);
  expect(noise).toEqual([]);
  await page.context().close();
});

whenInstalled("a run's page leads to the reports on its experiment, and a report to its runs; a saved report leads nowhere", async () => {
  const [run] = await submit('reported', [smallRun('reported-run')]);
  await collect(service.url, EVENTS, { run, after: 0 });
  const { page, noise } = await openPage(browser, service.url, `/runs/${run!}`);
  const links = page.getByRole('navigation', { name: 'Reports on reported' }).getByRole('link');
  await links.first().waitFor();
  const shown = await links.allTextContents();
  expect(shown).toEqual(expect.arrayContaining(['Baseline against optimized', 'Carbon per accuracy point', 'Decision timeline']));
  expect(shown).not.toContain('Monthly audit');
  await links.getByText('Carbon per accuracy point', { exact: true }).click();
  await page.getByRole('heading', { name: 'Carbon per accuracy point: reported' }).waitFor();
  await screenshot(page, 'report-of-run');
  const saved = await page.request.get(page.url() + '&format=html');
  expect(await saved.text()).not.toContain('/runs/');

  await page.getByRole('rowheader', { name: 'reported-run' }).getByRole('link').click();
  await stateOn(page).getByText('succeeded').waitFor();
  await page.goBack();
  await page.getByRole('navigation', { name: 'Runs of reported' }).getByRole('link', { name: 'reported-run' }).click();
  await stateOn(page).getByText('succeeded').waitFor();
  expect(new URL(page.url()).pathname).toBe(`/runs/${run!}`);
  expect(noise).toEqual([]);
  await page.context().close();
});

whenInstalled('one login with the token serves the dashboard and the reports, and no address and no script holds it', async () => {
  const other = newHome();
  const guarded = await startService(other, { LOWTIDE_TOKEN: 'a-secret-of-this-test' });
  try {
    const { page } = await openPage(browser, guarded.url, '/');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    page.on('websocket', (socket) => addresses.push(socket.url()));
    await page.locator('input[type=password]').fill('not-it');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('That is not the token of this server').waitFor();
    await screenshot(page, 'dashboard-login');
    await page.locator('input[type=password]').fill('a-secret-of-this-test');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('No runs yet').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('link', { name: 'Reports' }).click();
    await page.getByRole('heading', { name: 'Reports', exact: true }).waitFor();
    expect(addresses.join('\n')).not.toContain('secret');
    expect(addresses.filter((address) => address.startsWith('ws'))).not.toEqual([]);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toBe('[{},{},""]');
    expect(await page.context().cookies()).toEqual([expect.objectContaining({ httpOnly: true, sameSite: 'Lax' })]);

    const another = await page.context().newPage();
    await another.goto(`${guarded.url}/`);
    await another.getByText('No runs yet').waitFor();
    expect(await another.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  } finally {
    await guarded.end('SIGTERM');
    fs.rmSync(other, { recursive: true, force: true });
  }
});

whenInstalled('who logged in for the reports is not asked again by the dashboard', async () => {
  const other = newHome();
  const guarded = await startService(other, { LOWTIDE_TOKEN: 'a-secret-of-this-test' });
  try {
    const { page, noise } = await openPage(browser, guarded.url, '/reports');
    await page.getByLabel('Token').fill('a-secret-of-this-test');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Reports', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByText('No runs yet').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(noise).toEqual([]);
    await page.context().close();
  } finally {
    await guarded.end('SIGTERM');
    fs.rmSync(other, { recursive: true, force: true });
  }
});

const lookAtEverything = async (first: string, second: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 820, 390]) {
      const { page, noise } = await openPage(browser, service.url, '/', { viewport: { width, height: 900 }, colorScheme });
      const look = async (name: string): Promise<void> => {
        expect(await accessibilityProblems(page)).toEqual([]);
        expect(await overflowOf(page)).toBeLessThanOrEqual(0);
        await screenshot(page, `dashboard-${name}-${width}-${colorScheme}`);
      };
      await page.locator(`[data-run="${first}"] .sparkline path`).waitFor();
      await look('runs');
      for (const [name, run] of [
        ['run', first],
        ['planned', second],
      ] as const) {
        await page.goto(`${service.url}/runs/${run}`);
        await page.locator('.forecast canvas').waitFor();
        await look(name);
      }
      await page.goto(`${service.url}/submit`);
      await page.getByText('US-CAL-CISO').first().waitFor();
      await look('submit');
      expect(noise).toEqual([]);
      await page.context().close();
    }
  }
};

whenInstalled('every view is accessible and fits, at three widths, light and dark', async () => {
  await ask(service.url, 'mutation ($input: PolicyInput!) { setPolicy(input: $input) { version } }', {
    input: { name: 'team', project: 'looked-at', budgets: [{ period: 'DAY', gco2eq: 50 }], onProjection: 'WARN' },
  });
  const planned = { schedule: { mode: 'PLANNED', finishWithin: 'PT24H' }, budgetGco2eq: 20 };
  const [first, second] = await submit(
    'looked-at',
    [longRun('baseline', 400, { role: 'BASELINE' }), longRun('optimized', 1, planned)],
    'looked-at',
  );
  await untilTraining(first!);
  try {
    await lookAtEverything(first!, second!);
  } finally {
    await Promise.all([cancel(first!), cancel(second!)]);
  }
});

whenInstalled('a run is reached, asked about and left with the keyboard alone', async () => {
  const [run] = await submit('keyboard', [longRun('keyboard-run', 200)]);
  await untilTraining(run!);
  const { page } = await openPage(browser, service.url, `/runs/${run!}`);
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  const focused = () => page.evaluate('document.activeElement.textContent.trim()');
  for (let steps = 0; steps < 12 && (await focused()) !== 'Pause'; steps += 1) await page.keyboard.press('Tab');
  expect(await focused()).toBe('Pause');
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  expect(await focused()).toBe('Leave it');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await focused()).toBe('Pause');
  await cancel(run!);
  await page.context().close();
});
