/** The energy of training for the technical documentation of the EU AI Act: Annex XI, section 1, point 2 (d) and (e). */
import type { EnergyMethod } from '../energy/sample.js';
import { kilowattHours, type Joules } from '../units/quantities.js';
import { iso, type Instant } from '../units/time.js';
import type { ExportedRun } from './exported-run.js';

const COUNTERS: readonly EnergyMethod[] = ['rapl', 'nvml-energy'];

/** Markdown. Regulation (EU) 2024/1689; what the regulation asks for and is not known is said to be unknown. */
export const aiActSection = (runs: readonly ExportedRun[], reportedAt: Instant): string =>
  [
    '# Training energy (Annex XI, section 1, point 2 (d) and (e))',
    '',
    `Regulation (EU) 2024/1689, technical documentation under Article 53(1)(a). Drawn up ${iso(reportedAt)} by Lowtide ${runs[0]?.version ?? ''}.`,
    ...runs.flatMap(runSection),
    '',
  ].join('\n');

const runSection = (run: ExportedRun): readonly string[] => [
  '',
  `## ${run.experimentName} / ${run.name}`,
  '',
  ...(run.notice === undefined ? [] : [`> ${run.notice}`, '']),
  '### (d) Computational resources and training time',
  '',
  `- Model: ${run.model}, ${run.trainableParameters === undefined ? 'number of parameters unknown' : `${run.trainableParameters} trainable parameters`}`,
  `- Training: ${run.epochs} epoch(s) over ${run.trainItems} items of ${run.dataset}, ${run.steps ?? 'unknown'} optimiser steps of ${run.batchSize} (${run.optimizer}); state: ${run.state}`,
  '- Floating point operations: not counted',
  `- Hardware: ${run.hardware.length === 0 ? 'unknown' : run.hardware.map(hardwareText).join('; ')}`,
  `- Software: ${run.backends.join('; ') || 'unknown'}`,
  `- Training time, metered: ${(run.meteredMs / 1000).toFixed(1)} s${run.startedAt === undefined ? '' : `, from ${iso(run.startedAt)}`}${run.finishedAt === undefined ? '' : ` to ${iso(run.finishedAt)}`}`,
  '',
  '### (e) Energy consumption',
  '',
  `- ${isCounted(run) ? 'Known' : 'Estimated'}: ${kwh(run.energy)} kWh at the host while it trained, ${kwh(run.overheadEnergy)} kWh of it start-up and checkpoints; × PUE ${run.pue.toFixed(2)} = ${(kilowattHours(run.energy) * run.pue).toPrecision(6)} kWh at the site`,
  `- The run's own share above the host at rest: ${run.share === undefined ? 'unknown' : `${kwh(run.share.energy)} kWh`}`,
  ...run.components.map(({ component, method, energy }) => `- ${component}: ${kwh(energy)} kWh by ${method}`),
  `- Not covered: ${run.gaps.length === 0 ? 'no gap in the components above' : run.gaps.join('; ')}`,
  `- Emissions: ${run.emissions === undefined ? `unknown (${run.coveredPercent?.toFixed(1) ?? '0'} % of the energy has a known intensity)` : `${run.emissions.toPrecision(6)} gCO2eq, on ${run.readings.join('; ')}`}`,
  ...(isCounted(run)
    ? []
    : ['- Method: models of the processor and memory, which published comparisons found up to 40 % away from meters (arXiv 2509.22092)']),
];

const isCounted = ({ components }: ExportedRun): boolean =>
  components.length > 0 && components.every(({ method }) => COUNTERS.includes(method));

const hardwareText = ({ cpuModel, sockets, cpuCount, memoryBytes, gpuModels }: ExportedRun['hardware'][number]): string =>
  [`${sockets} × ${cpuModel} (${cpuCount} logical cores)`, `${(memoryBytes / 2 ** 30).toFixed(1)} GiB memory`, ...gpuModels].join(', ');

const kwh = (energy: Joules): string => kilowattHours(energy).toPrecision(6);
