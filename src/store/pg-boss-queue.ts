/** Segments' jobs on pg-boss: one queue per zone, in the same Postgres, so that a job is written with what it is about. */
import { PgBoss, type Db } from 'pg-boss';
import type { EntityManager } from 'typeorm';
import type { SegmentQueue } from '../execution/segment-queue.js';
import type { Instant } from '../units/time.js';
import type { EnqueueSegment } from './run-writer.js';

interface SegmentJob {
  readonly runId: string;
}

const queueOf = (zone: string): string => `segment.${zone}`;

const QUEUE = {
  heartbeatSeconds: 10,
  /** pg-boss allows a job at most a day; a segment that is longer is checkpointed, requeued and goes on. */
  expireInSeconds: 24 * 3600 - 1,
  retryLimit: 1000,
  retryDelay: 5,
  notify: true,
} as const;

export interface PgBossQueue extends SegmentQueue {
  readonly enqueue: EnqueueSegment;
}

/** @param onFault told of faults of the queue's own upkeep, which it tries again by itself */
export const pgBossQueue = async (url: string, zones: readonly string[], onFault: (fault: Error) => void): Promise<PgBossQueue> => {
  const boss = new PgBoss({ connectionString: url, application_name: 'lowtide queue', useListenNotify: true, max: 4 });
  boss.on('error', onFault);
  await boss.start();
  for (const zone of zones) await boss.createQueue(queueOf(zone), QUEUE);
  const send = async (runId: string, zone: string, startAt: Instant, database?: Db): Promise<void> => {
    const job: SegmentJob = { runId };
    const sent = await boss.send(queueOf(zone), job, {
      startAfter: new Date(startAt),
      ...(database === undefined ? {} : { db: database }),
    });
    if (sent === null) throw new Error(`the queue ${queueOf(zone)} took no job for run ${runId}`);
  };
  return {
    enqueue: (manager, { runId, zone, startAt }) => send(runId, zone, startAt, within(manager)),
    again: (runId, zone, startAt) => send(runId, zone, startAt),
    async work(zone, handler) {
      await boss.work<SegmentJob>(
        queueOf(zone),
        { batchSize: 1, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 },
        async (jobs) => {
          for (const job of jobs) await handler(job.data.runId);
        },
      );
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 60_000 });
    },
  };
};

/** pg-boss writes through the transaction of the caller. */
const within = (manager: EntityManager): Db => ({
  executeSql: async (text, values) => {
    const result: unknown = await manager.query(text, values === undefined ? undefined : [...values]);
    return { rows: rowsOf(result) };
  },
});

/** TypeORM gives rows for a select and [rows, count] for a change. */
const rowsOf = (result: unknown): Record<string, unknown>[] => {
  if (!Array.isArray(result)) return [];
  const changed = result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number';
  return (changed ? result[0] : result) as Record<string, unknown>[];
};
