/** Runs with long logs, constructed through the one writer of runs into a service's own Postgres. */
import { randomUUID } from 'node:crypto';
import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import type { NewFact, RunWriter } from '../../src/record/run-log.js';
import type { RunFact } from '../../src/record/run-event.js';
import { openDataSource } from '../../src/store/data-source.js';
import { runWriter } from '../../src/store/run-writer.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, later, type Instant } from '../../src/units/time.js';
import { smallRun } from '../journey/running-service.js';

const RUNS_AN_EXPERIMENT = 25;
const EVERY_MS = 500;
const PER_SAMPLE = 20;
const BATCH = 2048;

export interface Constructed {
  readonly runs: number;
  /** Training points of each. */
  readonly points: number;
}

/** Names of the experiments they are in. */
export const constructRuns = async (
  databaseUrl: string,
  { runs, points }: Constructed,
  told: (done: number) => void,
): Promise<readonly string[]> => {
  const dataSource = await openDataSource(databaseUrl);
  const writer = runWriter(dataSource, () => Promise.resolve(), HOUR_MS);
  const submittedAt = instant(Date.UTC(2026, 0, 1));
  const names: string[] = [];
  try {
    for (let first = 0; first < runs; first += RUNS_AN_EXPERIMENT) {
      const count = Math.min(RUNS_AN_EXPERIMENT, runs - first);
      const name = `constructed-${names.length + 1}`;
      const specs = Array.from({ length: count }, (_none, index) =>
        smallRun(`run-${first + index + 1}`, index === 0 ? { role: 'baseline' } : {}),
      );
      const parsed = parseExperiment({ name, project: 'bench', runs: specs });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const fresh = parsed.value.runs.map((spec) => ({
        id: randomUUID(),
        spec,
        zone: spec.zone,
        deadlineGridAt: undefined,
        startAt: submittedAt,
        facts: [{ kind: 'state', from: undefined, to: 'queued', message: '' } as const],
      }));
      await writer.submit({ id: randomUUID(), spec: parsed.value, submittedAt, submittedGridAt: submittedAt, runs: fresh });
      for (const [index, { id }] of fresh.entries()) {
        await train(writer, id, first + index, points, submittedAt);
        told(first + index + 1);
      }
      names.push(name);
    }
  } finally {
    await dataSource.destroy();
  }
  return names;
};

const train = async (writer: RunWriter, id: string, seed: number, points: number, start: Instant): Promise<void> => {
  const claim = await writer.claim(id, { host: 'bench', worker: 'bench' }, { at: start, gridAt: start }, grams(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const facts = factsOf(seed, points, start);
  for (let from = 0; from < facts.length; from += BATCH) await writer.append(claim.fence, facts.slice(from, from + BATCH), undefined);
};

/** A noisy loss that falls, with a power sample every ten seconds on a grid that changes by the hour. */
const factsOf = (seed: number, points: number, start: Instant): readonly NewFact[] => {
  const facts: NewFact[] = [];
  const add = (index: number, fact: RunFact) =>
    facts.push({ at: later(start, index * EVERY_MS), gridAt: later(start, index * EVERY_MS), fact });
  let noise = seed + 1;
  for (let index = 1; index <= points; index++) {
    noise = (noise * 16_807) % 2_147_483_647;
    const loss = 2.3 * Math.exp((-4 * index) / points) * (0.9 + 0.2 * (noise / 2_147_483_647)) + 0.05 + seed / 1000;
    add(index, { kind: 'progress', step: index, epoch: 1, loss, imagesPerSecond: 500, peakMemoryBytes: 1e8 });
    if (index % PER_SAMPLE === 0) add(index, energyOf(index, start));
    if (index % Math.ceil(points / 10) === 0)
      add(index, { kind: 'evaluation', step: index, epoch: 1, accuracy: 0.98 - loss / 10, loss, images: 10_000, final: index >= points });
  }
  add(points, { kind: 'state', from: 'running', to: 'succeeded', message: 'constructed' });
  return facts;
};

const energyOf = (index: number, start: Instant): RunFact => {
  const [from, until] = [later(start, (index - PER_SAMPLE) * EVERY_MS), later(start, index * EVERY_MS)];
  const joules = (100 * (until - from)) / 1000;
  const intensity = 250 + 50 * Math.sin((from - start) / HOUR_MS);
  const entry: LedgerEntry = {
    purpose: 'active',
    real: { start: from, end: until },
    grid: { start: from, end: until },
    zone: 'US-CAL-CISO',
    energy: microjoules(Math.round(joules * 1e6)),
    attributed: undefined,
    pue: 1,
    reading: {
      intensity: carbonIntensity(intensity),
      kind: 'average',
      factorType: 'lifecycle',
      source: 'constructed',
      provenance: 'recorded',
    },
    emissions: grams((joules / 3.6e6) * intensity),
  };
  return {
    kind: 'energy',
    components: [{ component: 'cpu', method: 'rapl', energy: entry.energy, attributed: undefined, idle: undefined }],
    entries: [entry],
  };
};
