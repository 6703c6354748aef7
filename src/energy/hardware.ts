/** What this host is made of, as far as energy and its reports are concerned. */
import os from 'node:os';
import si from 'systeminformation';

export interface Hardware {
  readonly cpuModel: string;
  /** Logical cores. */
  readonly cpuCount: number;
  readonly sockets: number;
  /** Main memory in bytes. */
  readonly memoryBytes: number;
  readonly architecture: string;
  /** Like `Linux-6.1.0-x64`. */
  readonly os: string;
  /** Metered GPUs; empty where there are none or none is metered. */
  readonly gpuModels: readonly string[];
}

/** Asks the system once; takes some 50 ms. What it does not say is `unknown processor` and one socket. */
export const findHardware = async (): Promise<Hardware> => {
  const [first] = os.cpus();
  const { manufacturer, brand, processors } = await si.cpu();
  const named = first?.model.trim() ?? `${manufacturer} ${brand}`.trim();
  return {
    cpuModel: named === '' || named === 'unknown' ? 'unknown processor' : named,
    cpuCount: Math.max(1, os.cpus().length),
    sockets: Math.max(1, processors),
    memoryBytes: os.totalmem(),
    architecture: process.arch,
    os: `${os.type()}-${os.release()}-${process.arch}`,
    gpuModels: [],
  };
};
