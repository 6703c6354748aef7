/** Appends events of a recorded run to many runs' logs, from a process of its own, as that many hosts would. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { RunFact } from '../../src/record/run-event.js';
import type { Fence, NewFact } from '../../src/record/run-log.js';
import { openDataSource } from '../../src/store/data-source.js';
import { runWriter } from '../../src/store/run-writer.js';
import { grams } from '../../src/units/quantities.js';
import { instant } from '../../src/units/time.js';

export interface Writing {
  readonly database: string;
  /** Ended run whose log is replayed. */
  readonly recorded: string;
  readonly runs: readonly string[];
  /** Training events per second and run. */
  readonly rate: number;
  readonly seconds: number;
}

/** Times each run is written to in a second, like a host that gathers its facts. */
const WRITES = 2;
const STEPS_EACH = 2;
const LEASE_MS = 120_000;

interface RecordedFact {
  readonly gridAt: number;
  readonly fact: RunFact;
}

const recordedOf = async ({ database, recorded }: Writing): Promise<readonly RecordedFact[]> => {
  const client = new pg.Client(database);
  await client.connect();
  try {
    const { rows } = await client.query<{ grid_at_ms: number; fact: RunFact }>(
      "select grid_at_ms, fact from run_event where run_id = $1 and kind in ('segment-started', 'progress', 'energy') order by sequence",
      [recorded],
    );
    return rows.map(({ grid_at_ms, fact }) => ({ gridAt: grid_at_ms, fact }));
  } finally {
    await client.end();
  }
};

type Fact<K extends RunFact['kind']> = Extract<RunFact, { kind: K }>;

const factsOf = <K extends RunFact['kind']>(
  log: readonly RecordedFact[],
  kind: K,
): readonly (RecordedFact & { readonly fact: Fact<K> })[] =>
  log.filter((each): each is RecordedFact & { readonly fact: Fact<K> } => each.fact.kind === kind);

/** The recorded sample as if it ended now. */
const energyNow = ({ fact, gridAt }: RecordedFact & { readonly fact: Fact<'energy'> }, now: number): NewFact => {
  const end = fact.entries.at(-1)!.real.end;
  const moved = ({ start, end: until }: { start: number; end: number }) => ({
    start: instant(start + now - end),
    end: instant(until + now - end),
  });
  return {
    at: instant(now),
    gridAt: instant(gridAt),
    fact: { ...fact, entries: fact.entries.map((entry) => ({ ...entry, real: moved(entry.real) })) },
  };
};

const write = async (writing: Writing): Promise<void> => {
  const log = await recordedOf(writing);
  const [started] = factsOf(log, 'segment-started');
  const progress = factsOf(log, 'progress');
  const energy = factsOf(log, 'energy');
  if (started === undefined || progress.length === 0 || energy.length === 0) throw new Error('the recorded run has too few events');
  const dataSource = await openDataSource(writing.database);
  const writer = runWriter(dataSource, () => Promise.resolve(), LEASE_MS);
  const totalSteps = writing.rate * writing.seconds * STEPS_EACH;

  const begin = async (runId: string, index: number): Promise<Fence> => {
    const moment = { at: instant(Date.now()), gridAt: instant(started.gridAt) };
    const claim = await writer.claim(runId, { host: `host-${index}`, worker: `${process.pid}.replay${index}` }, moment, grams(0));
    if (claim.kind !== 'claimed') throw new Error(`run ${runId} could not be claimed`);
    await writer.append(claim.fence, [{ ...moment, fact: { ...started.fact, totalSteps, step: 0 } }], undefined);
    return claim.fence;
  };
  const fences = await Promise.all(writing.runs.map(begin));
  process.stdout.write('writing\n');

  const each = writing.rate / WRITES;
  const oneRun = async (fence: Fence, index: number): Promise<void> => {
    await sleep((index / fences.length) * (1000 / WRITES));
    const began = Date.now();
    for (let round = 0; round < writing.seconds * WRITES; round += 1) {
      const now = Date.now();
      const facts = Array.from({ length: each }, (_none, nth): NewFact => {
        const step = (round * each + nth + 1) * STEPS_EACH;
        const { fact, gridAt } = progress[(index * 7 + round * each + nth) % progress.length]!;
        return { at: instant(now), gridAt: instant(gridAt), fact: { ...fact, step } };
      });
      if (round % WRITES === 0) facts.push(energyNow(energy[round % energy.length]!, now));
      await writer.append(fence, facts, undefined);
      await sleep(Math.max(0, began + ((round + 1) * 1000) / WRITES - Date.now()));
    }
  };
  const began = Date.now();
  await Promise.all(fences.map(oneRun));
  process.stdout.write(`wrote ${fences.length * writing.rate * writing.seconds} training events in ${Date.now() - began} ms\n`);
  await dataSource.destroy();
};

await write(JSON.parse(process.argv[2]!) as Writing);
