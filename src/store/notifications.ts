/** One connection that listens to Postgres and wakes whoever waits. A notification carries ids; the tables carry the facts. */
import pg from 'pg';

type Listener = (payload: string) => void;

export interface Notifications {
  /** Calls back on each notification, and with an empty text after a reconnection, when some may have been missed. */
  on(channel: string, listener: Listener): () => void;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/** @param onFault told of a lost connection, which is then made again */
export const listenTo = async (url: string, channels: readonly string[], onFault: (fault: Error) => void): Promise<Notifications> => {
  const listeners = new Map<string, Set<Listener>>(channels.map((channel) => [channel, new Set()]));
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'lowtide notifications' });
    next.on('notification', ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? '');
    });
    next.on('error', onFault);
    next.on('end', () => {
      if (!closed) reconnectSoon();
    });
    await next.connect();
    for (const channel of channels) await next.query(`listen ${next.escapeIdentifier(channel)}`);
    client = next;
  };
  const reconnectSoon = (): void => {
    clearTimeout(retry);
    retry = setTimeout(() => {
      connect().then(
        () => {
          for (const waiting of listeners.values()) for (const listener of waiting) listener('');
        },
        (failure: unknown) => {
          onFault(new Error('cannot listen to Postgres', { cause: failure }));
          if (!closed) reconnectSoon();
        },
      );
    }, RECONNECT_MS);
  };

  await connect();
  return {
    on(channel, listener) {
      const waiting = listeners.get(channel);
      if (waiting === undefined) throw new RangeError(`not listening to ${channel}, only to ${channels.join(', ')}`);
      waiting.add(listener);
      return () => waiting.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
};
