/** The real codecarbon package beside a bench, in processes of its own. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface PeerFigures {
  readonly seconds: number;
  readonly cpuKwh: number;
  readonly ramKwh: number;
  /** From the import to the first measurement. */
  readonly startupMs: number;
  readonly overheadCorePercent: number;
}

export interface Peer {
  start(): Promise<void>;
  stop(): Promise<PeerFigures>;
}

const VERSION = '3.3.2';
/** Made at first use, where no other Python has it. */
const ENVIRONMENT = path.resolve('.lowtide/codecarbon');

/** A Python that has codecarbon: the one PEER_PYTHON names, the system's, or one made here from PyPI; undefined without any. */
export const codecarbonPython = (): string | undefined => {
  const own = path.join(ENVIRONMENT, 'bin', 'python');
  const found = [process.env['PEER_PYTHON'], 'python3', own].find(
    (python) => python !== undefined && runs(python, '-c', 'import codecarbon'),
  );
  if (found !== undefined) return found;
  const made = runs('python3', '-m', 'venv', ENVIRONMENT) && runs(own, '-m', 'pip', 'install', '--quiet', `codecarbon==${VERSION}`);
  return made ? own : undefined;
};

const runs = (command: string, ...words: readonly string[]): boolean => spawnSync(command, words, { stdio: 'ignore' }).status === 0;

/** @param tdpWatts 0: codecarbon finds counters by itself */
export const openPeer = async (python: string, mode: 'machine' | 'process', tdpWatts: number): Promise<Peer> => {
  const script = path.resolve('tests/bench/codecarbon-tracker.py');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-peer-'));
  const words = ['-W', 'ignore', script, mode, String(process.pid), String(tdpWatts), folder];
  const child = spawn(python, words, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, CODECARBON_LOG_LEVEL: 'critical' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`codecarbon in ${mode} mode ended without an answer`);
    return value;
  };
  const say = (word: string) => child.stdin.write(`${word}\n`);
  await line();
  return {
    async start() {
      say('start');
      await line();
    },
    async stop() {
      say('stop');
      return JSON.parse(await line()) as PeerFigures;
    },
  };
};
