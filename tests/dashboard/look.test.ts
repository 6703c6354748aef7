import fs from 'node:fs';
import { DARK, LIGHT, type Colours } from '../../src/report/look.js';

const sheet = fs.readFileSync('src/dashboard/style.css', 'utf8');

const shared = ({ paper, ink, quiet, line, warn, accent, series }: Colours) => ({
  card: paper,
  ink,
  quiet,
  line,
  bad: warn,
  brand: accent,
  intensity: series[0],
  loss: series[1],
  power: series[2],
  accuracy: series[3],
  emissions: series[4],
});

test.each([
  ['light', LIGHT, sheet.slice(0, sheet.indexOf('@media'))],
  ['dark', DARK, sheet.slice(sheet.indexOf('@media'), sheet.indexOf('*,'))],
])('the dashboard has the colours of reports: %s', (_name, colours, part) => {
  const declared = Object.fromEntries([...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
  expect(declared).toMatchObject(shared(colours));
});
