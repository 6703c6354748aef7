/** The real codecarbon package beside a bench, in processes of its own. */
import { execFileSync, spawn } from 'node:child_process';
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

/** A Python that has codecarbon; undefined when there is none. */
export const codecarbonPython = (): string | undefined =>
  [process.env['PEER_PYTHON'], 'python3'].find((python) => {
    if (python === undefined) return false;
    try {
      execFileSync(python, ['-c', 'import codecarbon'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });

/** @param tdpWatts 0: codecarbon finds counters by itself */
export const openPeer = async (python: string, mode: 'machine' | 'process', tdpWatts: number): Promise<Peer> => {
  const script = path.resolve('tests/bench/codecarbon-tracker.py');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-peer-'));
  const words = ['-W', 'ignore', script, mode, String(process.pid), String(tdpWatts), folder];
  const child = spawn(python, words, { stdio: ['pipe', 'pipe', 'inherit'] });
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
