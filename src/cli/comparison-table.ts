/** The comparison of an experiment's runs as a terminal table. */
import Table from 'cli-table3';
import type { GraphqlClient } from '../client/graphql-client.js';
import { massInWords, signedMassInWords } from '../units/in-words.js';
import { ComparisonDocument, type ComparisonQuery } from './documents.js';

type Comparison = NonNullable<ComparisonQuery['experiment']>['comparison'];
type ComparedRun = Comparison['runs'][number];
type Pair = Comparison['pairs'][number];

const figure = (value: number | null, text: (value: number) => string): string => (value === null ? 'unknown' : text(value));
const signed = (value: number, digits: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(digits)}`;
const signedPercent = (value: number | null): string => figure(value, (percent) => `${signed(percent, 1)} %`);
const lever = (value: number | null): string => figure(value, signedMassInWords);

/** Place and interaction are told where a run moved between zones. */
const movedText = ({ placeGco2eq, interactionGco2eq }: Pair): string =>
  placeGco2eq === 0 && interactionGco2eq === 0 ? '' : `, place ${lever(placeGco2eq)}, interaction ${lever(interactionGco2eq)}`;

/** @throws Error when there is no such experiment */
export const comparisonTable = async (client: GraphqlClient, experiment: string): Promise<string> => {
  const answer = await client.query(ComparisonDocument, { id: experiment });
  if (answer.experiment === null) throw new Error(`there is no experiment ${experiment}`);
  const { runs, pairs, notice } = answer.experiment.comparison;
  const table = new Table({
    head: ['', ...runs.map(({ name }) => name), ...pairs.map(({ candidate }) => `${candidate.name} against baseline`)],
    style: { head: [], border: [] },
  });
  const row = (label: string, ofRun: (run: ComparedRun) => string, ofPair: (pair: Pair) => string) =>
    table.push([label, ...runs.map(ofRun), ...pairs.map(ofPair)]);
  const change = (reduction: number | null) => signedPercent(reduction === null ? null : -reduction);

  row(
    'state',
    ({ state }) => state.toLowerCase(),
    () => '',
  );
  row(
    'emissions',
    (run) => figure(run.emissionsGco2eq, massInWords),
    (pair) => change(pair.emissionsReductionPercent),
  );
  row(
    'energy (host total)',
    (run) => `${(1e6 * run.energyKwh).toFixed(1)} mWh`,
    (pair) => change(pair.energyReductionPercent),
  );
  row(
    "energy (run's share)",
    (run) => figure(run.attributedEnergyKwh, (energy) => `${(1e6 * energy).toFixed(1)} mWh`),
    () => '',
  );
  row(
    'final accuracy',
    (run) => figure(run.accuracy, (share) => `${(100 * share).toFixed(2)} %`),
    (pair) => figure(pair.accuracyDifferencePoints, (points) => `${signed(points, 2)} points`),
  );
  row(
    'peak tensor memory',
    (run) => figure(run.peakMemoryBytes, (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`),
    (pair) => change(pair.peakMemoryReductionPercent),
  );
  row(
    'metered time',
    (run) => figure(run.trainingSeconds, (seconds) => `${seconds.toFixed(1)} s`),
    (pair) => signedPercent(pair.durationChangePercent),
  );
  row(
    'delay to start (grid)',
    (run) => figure(run.delaySeconds, (seconds) => `${(seconds / 3600).toFixed(2)} h`),
    () => '',
  );
  row(
    'carbon per accuracy point',
    (run) => figure(run.carbonPerAccuracyPointGco2eq, (value) => massInWords(value, 3)),
    () => '',
  );
  row(
    'saved against starting at once',
    ({ savings }) =>
      savings.savedGco2eq === null
        ? `unknown: ${savings.unknownBecause ?? ''}`
        : `${signedMassInWords(savings.savedGco2eq)} (${signedPercent(savings.savedPercent)})`,
    () => '',
  );
  row(
    '  by (plan)',
    ({ plan }) =>
      plan === null ? 'unknown' : plan.mode === 'PLANNED' ? `planned on ${plan.forecastMethod ?? 'no forecast'}` : 'started at once',
    () => '',
  );
  row(
    'converged',
    () => '',
    ({ converged }) => (converged === null ? 'unknown' : converged ? 'yes' : 'no'),
  );
  const levers = pairs.flatMap((pair) => [
    pair.unknownBecause === null
      ? `${pair.candidate.name}: baseline − candidate ${figure(pair.differenceGco2eq, signedMassInWords)} = timing ${lever(pair.timingGco2eq)}${movedText(pair)}, configuration ${lever(pair.configurationGco2eq)}, overhead ${lever(pair.overheadGco2eq)} (plus: the candidate emitted less)`
      : `${pair.candidate.name}: levers unknown: ${pair.unknownBecause}`,
    `${pair.candidate.name}: ${pair.convergenceNote}`,
  ]);
  const covered = runs.map(
    ({ name, coverage }) =>
      `${name}: ${figure(coverage.energyWithKnownIntensityPercent, (percent) => `${percent.toFixed(0)} %`)} of its energy has a known intensity; ${coverage.components.map(({ component, method }) => `${component} by ${method}`).join(', ')}`,
  );
  return [table.toString(), ...levers, ...covered, notice].join('\n');
};
