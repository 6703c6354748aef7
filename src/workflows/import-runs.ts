/** Takes runs that CodeCarbon measured into an experiment, so that they stand beside its own. */
import { parseCodecarbonCsv } from '../emissions/codecarbon-csv.js';
import type { ImportAnswer } from './answers.js';
import type { Ports } from './ports.js';

/** All of a file or nothing; rows the experiment has already are counted and left. */
export const importCodecarbon = async (ports: Ports, experimentId: string, csv: string): Promise<ImportAnswer> => {
  if ((await ports.reader.experiment(experimentId)) === undefined) return { kind: 'not-found' };
  const parsed = parseCodecarbonCsv(csv);
  if (!parsed.ok) return { kind: 'invalid', problems: parsed.problems };
  const added = await ports.imported.add(experimentId, parsed.runs, ports.clock.now());
  return { kind: 'imported', added, known: parsed.runs.length - added, ignoredColumns: parsed.ignored };
};
