import fs from 'node:fs';
import { ask, collect, EVENTS, newHome, smallRun, startService, SUBMIT } from './running-service.js';

const long = (name: string) => {
  const run = smallRun(name);
  return { ...run, training: { ...run.training, epochs: 8 } };
};

const submitLong = async (url: string, name: string): Promise<string> => {
  const { data } = await ask(url, SUBMIT, { input: { name, runs: [long(name)] } });
  return data.submitExperiment.experiment.runs[0].id;
};

const untilCheckpoint = (url: string, run: string) =>
  collect(url, EVENTS, { run, after: 0 }, ({ runEvents }) => runEvents.__typename === 'CheckpointSaved');

test('after kill -9 a new service finds the run, says so, and goes on from its checkpoint', async () => {
  const home = newHome();
  const killed = await startService(home);
  const run = await submitLong(killed.url, 'killed');
  const before = await untilCheckpoint(killed.url, run);
  const saved = before.at(-1).runEvents.step;
  await killed.end('SIGKILL');

  const service = await startService(home);
  try {
    expect(service.output()).toContain('the replay goes on at');
    const events = (await collect(service.url, EVENTS, { run, after: before.at(-1).runEvents.sequence })).map(({ runEvents }) => runEvents);
    expect(events.find(({ to }) => to === 'PAUSED')).toMatchObject({
      pauseReason: 'PREEMPTED',
      message: expect.stringContaining('is gone; it goes on from the checkpoint'),
    });
    const resumed = events.find(({ __typename }) => __typename === 'SegmentStarted');
    expect(resumed.step).toBeGreaterThanOrEqual(saved);
    expect(resumed.resumedFrom).not.toBeNull();
    expect(events.at(-1)).toMatchObject({ to: 'SUCCEEDED' });
    const { data } = await ask(
      service.url,
      'query ($id: ID!) { run(id: $id) { segments { number endedAt } energyKwh savings { unknownBecause } } }',
      { id: run },
    );
    expect(data.run.segments).toHaveLength(2);
    expect(data.run.savings.unknownBecause).toBeNull();
  } finally {
    await service.end('SIGTERM');
    fs.rmSync(home, { recursive: true, force: true });
  }
});

test('SIGTERM drains: the running segment checkpoints, the process ends with 0, and the next service goes on', async () => {
  const home = newHome();
  const first = await startService(home);
  const run = await submitLong(first.url, 'drained');
  await untilCheckpoint(first.url, run);
  expect(await first.end('SIGTERM')).toBe(0);

  const second = await startService(home);
  try {
    const events = (await collect(second.url, EVENTS, { run, after: 0 })).map(({ runEvents }) => runEvents);
    const states = events.filter(({ __typename }) => __typename === 'RunStateChanged').map(({ to }) => to);
    expect(states).toEqual(['PLANNED', 'QUEUED', 'RUNNING', 'PAUSED', 'QUEUED', 'RUNNING', 'SUCCEEDED']);
    const drained = events.find(({ to }) => to === 'PAUSED');
    const resumed = events.filter(({ __typename }) => __typename === 'SegmentStarted')[1];
    expect(drained.message).toContain(`after optimiser step ${resumed.step}`);
  } finally {
    await second.end('SIGTERM');
    fs.rmSync(home, { recursive: true, force: true });
  }
});
