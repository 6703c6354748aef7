/** Wiring of the database: another one's Postgres where the settings name it, else an embedded one under the home. */
import fs from 'node:fs';
import path from 'node:path';
import type { Settings } from './settings/settings.js';
import { migrate, openDataSource } from './store/data-source.js';
import { isAlive, startEmbeddedPostgres } from './store/embedded-postgres.js';

export const openDatabase = async (settings: Pick<Settings, 'databaseUrl' | 'home'>) => {
  const embedded = settings.databaseUrl === undefined ? await startEmbeddedPostgres(settings.home, 'lowtide') : undefined;
  const url = settings.databaseUrl ?? embedded!.url;
  const dataSource = await openDataSource(url).catch((failure: unknown) => {
    if (embedded !== undefined) throw failure;
    throw new Error(`no connection to the Postgres of DATABASE_URL: ${failure instanceof Error ? failure.message : String(failure)}`, {
      cause: failure,
    });
  });
  const migrated = await migrate(dataSource);
  return {
    url,
    dataSource,
    migrated,
    how: embedded === undefined ? 'DATABASE_URL' : `embedded Postgres in ${embedded.directory}, ${embedded.how}`,
    stopServer: async () => embedded?.stop(),
  };
};

/** One service per home: two would run two workers and two replays over one database. */
export const lockHome = (home: string): (() => void) => {
  try {
    fs.mkdirSync(home, { recursive: true });
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${home} cannot be the folder of what is stored: ${why}; set LOWTIDE_HOME to another`, { cause: failure });
  }
  const file = path.join(home, 'service.lock');
  const holder = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  if (holder > 0 && holder !== process.pid && isAlive(holder))
    throw new Error(`process ${holder} already serves ${home}; stop it, or set LOWTIDE_HOME to another folder`);
  fs.writeFileSync(file, String(process.pid));
  return () => {
    fs.rmSync(file, { force: true });
  };
};
