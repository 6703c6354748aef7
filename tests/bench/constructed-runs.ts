/** Runs with long logs, constructed through the one writer of runs into a service's own Postgres. */
import { randomUUID } from 'node:crypto';
import type { LedgerEntry } from '../../src/emissions/ledger-entry.js';
import { parseExperiment } from '../../src/experiment/spec.js';
import type { NewFact, RunWriter } from '../../src/record/run-log.js';
import type { RunFact } from '../../src/record/run-event.js';
import { openDataSource } from '../../src/store/data-source.js';
import { runWriter } from '../../src/store/run-writer.js';
import { carbonIntensity, grams, microjoules } from '../../src/units/quantities.js';
import { HOUR_MS, instant, later, SECOND_MS, type Instant } from '../../src/units/time.js';
import { smallRun } from '../journey/running-service.js';

const RUNS_AN_EXPERIMENT = 25;
const SAMPLE_MS = 10 * SECOND_MS;
const BATCH = 2048;
/** Grid time: a part of 2022 that the recorded traces have and a replay has left behind. */
const SUBMITTED = instant(Date.UTC(2022, 2, 1));

type ToReal = (grid: Instant) => Instant;

/** The runs train from an hour after this on, in real time: a policy that is set now is in force for all of them. */
const realTimeOf =
  (now: number): ToReal =>
  (grid) =>
    later(grid, now + HOUR_MS - SUBMITTED);

export interface Constructed {
  readonly runs: number;
  /** Training points of each. */
  readonly points: number;
  /** Lines of each one's ledger, of ten seconds. */
  readonly lines: number;
}

/** Names of the experiments they are in. */
export const constructRuns = async (
  databaseUrl: string,
  { runs, ...size }: Constructed,
  told: (done: number) => void,
): Promise<readonly string[]> => {
  const dataSource = await openDataSource(databaseUrl);
  const writer = runWriter(dataSource, () => Promise.resolve(), HOUR_MS);
  const toReal = realTimeOf(Date.now());
  const submittedAt = toReal(SUBMITTED);
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
      await writer.submit({ id: randomUUID(), spec: parsed.value, submittedAt, submittedGridAt: SUBMITTED, runs: fresh });
      for (const [index, { id }] of fresh.entries()) {
        await train(writer, id, first + index, size, toReal);
        told(first + index + 1);
      }
      names.push(name);
    }
  } finally {
    await dataSource.destroy();
  }
  return names;
};

/** Each begins an hour later than the one before it, for as many as an experiment has. */
const train = async (writer: RunWriter, id: string, seed: number, size: Omit<Constructed, 'runs'>, toReal: ToReal): Promise<void> => {
  const start = later(SUBMITTED, (seed % RUNS_AN_EXPERIMENT) * HOUR_MS);
  const claim = await writer.claim(id, { host: 'bench', worker: 'bench' }, { at: toReal(start), gridAt: start }, grams(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const facts = factsOf(seed, size, start, toReal);
  for (let from = 0; from < facts.length; from += BATCH) await writer.append(claim.fence, facts.slice(from, from + BATCH), undefined);
};

/** A noisy loss that falls, with a power sample every ten seconds on a grid that changes by the hour. */
const factsOf = (seed: number, { points, lines }: Omit<Constructed, 'runs'>, start: Instant, toReal: ToReal): readonly NewFact[] => {
  const facts: NewFact[] = [];
  const length = lines * SAMPLE_MS;
  const add = (after: number, fact: RunFact) => facts.push({ at: toReal(later(start, after)), gridAt: later(start, after), fact });
  let noise = seed + 1;
  let booked = 0;
  for (let index = 1; index <= points; index++) {
    noise = (noise * 16_807) % 2_147_483_647;
    const loss = 2.3 * Math.exp((-4 * index) / points) * (0.9 + 0.2 * (noise / 2_147_483_647)) + 0.05 + seed / 1000;
    const after = (length * index) / points;
    for (; (booked + 1) * SAMPLE_MS <= after; booked++) add((booked + 1) * SAMPLE_MS, energyOf(booked, start, toReal));
    add(after, { kind: 'progress', step: index, epoch: 1, loss, imagesPerSecond: 500, peakMemoryBytes: 1e8 });
    if (index % Math.ceil(points / 10) === 0)
      add(after, { kind: 'evaluation', step: index, epoch: 1, accuracy: 0.98 - loss / 10, loss, images: 10_000, final: index >= points });
  }
  add(length, { kind: 'state', from: 'running', to: 'succeeded', message: 'constructed' });
  return facts;
};

const energyOf = (index: number, start: Instant, toReal: ToReal): RunFact => {
  const [from, until] = [later(start, index * SAMPLE_MS), later(start, (index + 1) * SAMPLE_MS)];
  const joules = (100 * SAMPLE_MS) / 1000;
  const intensity = 250 + 50 * Math.sin(Math.floor(from / HOUR_MS));
  const entry: LedgerEntry = {
    purpose: 'active',
    real: { start: toReal(from), end: toReal(until) },
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
