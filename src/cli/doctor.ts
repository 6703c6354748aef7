/** `lowtide doctor`: an examination of this machine as it reads on a terminal. */
import type { ExaminedBackend, ExaminedGrid, Examination } from './examination.js';

export const doctorText = (examination: Examination): string =>
  [
    `Lowtide ${examination.version}`,
    ...section('Node.js', nodeLines(examination)),
    ...section('training', trainingLines(examination)),
    ...section('energy', energyLines(examination)),
    ...section('grid', gridLines(examination.grid)),
    ...section('datasets', datasetLines(examination)),
    ...section('reports to', reportingLines(examination)),
    '',
    ...verdictLines(examination),
  ].join('\n');

const section = (title: string, lines: readonly string[]): readonly string[] => ['', title, ...lines.map((line) => `  ${line}`)];

const item = (good: boolean, name: string, text: string): string => `${good ? '+' : '-'} ${name.padEnd(15)} ${text}`;
const fixLine = (fix: string | undefined): readonly string[] => (fix === undefined ? [] : [`${' '.repeat(18)}to do: ${fix}`]);

const nodeLines = ({ node }: Examination): readonly string[] => [
  item(node.suitable, node.version, node.suitable ? `as needed (${node.required})` : `needed is ${node.required}`),
];

const trainingLines = ({ training: { asked, chosen, backends } }: Examination): readonly string[] => [
  ...backends.flatMap(backendLines),
  chosen === undefined
    ? `nothing to train with: LOWTIDE_BACKEND is ${asked}`
    : `would train with ${chosen.backend}: ${chosen.kernels}; numeric class ${chosen.numericClass} (LOWTIDE_BACKEND: ${asked})`,
];

const backendLines = ({ name, usable, kernels = '', reason = '', fix, notExercisedOn }: ExaminedBackend): readonly string[] => [
  item(usable, name, (usable ? kernels : reason) + (notExercisedOn === undefined ? '' : `; not exercised on ${notExercisedOn}`)),
  ...fixLine(fix),
];

const energyLines = ({ energy: { covered, notCovered } }: Examination): readonly string[] => [
  ...covered.flatMap(({ component, method, detail, fix }) => [item(true, component, `${method}: ${detail}`), ...fixLine(fix)]),
  ...notCovered.flatMap(({ component, reason, fix }) => [item(false, component, `not counted: ${reason}`), ...fixLine(fix)]),
];

const gridLines = (grid: ExaminedGrid): readonly string[] => {
  if (grid.mode === 'live')
    return [
      'live (no source was asked)',
      ...grid.zones.flatMap(({ zone, sources, problems }) => [
        item(problems.length === 0, zone, `${sources.join(', then ')}${problems.length === 0 ? ': settings complete' : ''}`),
        ...problems.flatMap(fixLine),
      ]),
      ...grid.problems.map((problem) => item(false, 'settings', problem)),
    ];
  if ('problem' in grid) return [item(false, grid.zone, grid.problem)];
  return [item(true, grid.zone, `a replay of recorded readings, ${grid.rule}`), 'live: name zones and sources in LOWTIDE_ZONES'];
};

const datasetLines = ({ datasets }: Examination): readonly string[] =>
  datasets.flatMap(({ name, found, directory, missing, fix }) => [
    item(found, name, found ? directory : `${missing.join(', ')} not in ${directory}`),
    ...fixLine(fix),
  ]);

const reportingLines = ({ reporting }: Examination): readonly string[] =>
  reporting.flatMap(({ name, on, reached = on, detail, fix }) => [item(reached, name, on ? detail : `off: ${detail}`), ...fixLine(fix)]);

const verdictLines = ({ obstacles }: Examination): readonly string[] =>
  obstacles.length === 0 ? ['training works here'] : ['training would not work here:', ...obstacles.map((obstacle) => `  ${obstacle}`)];
