/** Renders a notebook through the API and writes it as HTML and JSON. */
import fs from 'node:fs';
import path from 'node:path';
import type { GraphqlClient } from '../client/graphql-client.js';
import { pageOf } from '../report/page.js';
import { renderNotebook } from '../report/render-notebook.js';
import { iso } from '../units/time.js';
import { wallClock } from '../units/clock.js';

export interface ReportRequest {
  /** Where the notebooks are. */
  readonly folder: string;
  readonly notebook: string;
  /** Id of the experiment. */
  readonly experiment: string;
  readonly out: string;
  /** Name of the files; the notebook's and the experiment's when absent. */
  readonly as?: string;
}

/** @throws Error naming every cell that could not be rendered; the page is written all the same, with the errors in place */
export const writeReport = async (client: GraphqlClient, request: ReportRequest): Promise<{ html: string; json: string }> => {
  const file = path.join(request.folder, `${request.notebook}.md`);
  if (!fs.existsSync(file)) {
    const known = fs.readdirSync(request.folder).filter((name) => name.endsWith('.md'));
    throw new Error(`no notebook ${file}; there is ${known.map((name) => path.basename(name, '.md')).join(', ')}`);
  }
  const report = await renderNotebook({
    source: fs.readFileSync(file, 'utf8'),
    query: (document, variables) => client.query(document, variables),
    parameters: { experiment: request.experiment },
    generatedAt: iso(wallClock.now()),
  });
  fs.mkdirSync(request.out, { recursive: true });
  const base = path.join(request.out, request.as ?? `${request.notebook}-${request.experiment}`);
  fs.writeFileSync(`${base}.html`, pageOf(report));
  fs.writeFileSync(`${base}.json`, `${JSON.stringify(report.data, null, 2)}\n`);
  if (report.data.errors.length > 0) {
    throw new Error(
      `${base}.html is incomplete:\n${report.data.errors.map(({ line, message }) => `  ${file}:${line}: ${message}`).join('\n')}`,
    );
  }
  return { html: `${base}.html`, json: `${base}.json` };
};
