/** Makes a report through the API and writes it as HTML, JSON, PDF or PNG. */
import fs from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { GraphqlClient } from '../client/graphql-client.js';
import { makeReport, type MadeReport } from '../report/make-report.js';
import { pageOf } from '../report/page.js';
import { shelfOf } from '../report/shelf.js';
import { wallClock } from '../units/clock.js';
import { iso } from '../units/time.js';
import { findBrowser, printed } from './browser.js';
import { givenFolder } from './given-file.js';

export const REPORT_FORMATS = ['html', 'json', 'pdf', 'png'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportRequest {
  /** Where the notebooks are. */
  readonly folder: string;
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly formats: readonly ReportFormat[];
  /** Folder to write to. */
  readonly out: string;
  /** Name of the files without their ending; the notebook's and its parameters' when absent. */
  readonly as?: string;
  /** Path of the browser that makes PDF and PNG. */
  readonly browser: string | undefined;
}

export interface WrittenReport {
  readonly files: readonly string[];
  /** Which experiment a name stood for; undefined when none was named. */
  readonly experiment: string | undefined;
}

/** @throws Error naming every cell that could not be rendered; the files are written all the same, with the errors in place */
export const writeReport = async (client: GraphqlClient, request: ReportRequest): Promise<WrittenReport> => {
  const { notebook, parameters, formats, out } = request;
  const needsBrowser = formats.some((format) => format === 'pdf' || format === 'png');
  const browser = needsBrowser ? findBrowser(request.browser) : '';
  const report = await makeReport(shelfOf(request.folder), {
    name: notebook,
    parameters,
    query: (document, variables) => client.query(document, variables),
    generatedAt: iso(wallClock.now()),
  });
  const base = path.join(
    givenFolder(out),
    request.as ?? [notebook, ...Object.values({ ...parameters, ...idOf(report) })].map(slug).join('-'),
  );
  const files: string[] = [];
  for (const format of formats) {
    const file = `${base}.${format}`;
    fs.writeFileSync(file, await contentOf(report, format, browser));
    files.push(file);
  }
  const { errors } = report.data;
  if (errors.length > 0) {
    const lines = errors.map(({ line, message }) => `  ${report.file}:${line}: ${message}`);
    throw new Error(`${files.join(', ')} ${files.length > 1 ? 'are' : 'is'} incomplete:\n${lines.join('\n')}`);
  }
  return { files, experiment: newestOf(report, parameters['experiment']) };
};

const contentOf = (report: MadeReport, format: ReportFormat, browser: string): Promise<Buffer> | string => {
  switch (format) {
    case 'html':
      return pageOf(report);
    case 'json':
      return `${JSON.stringify(report.data, null, 2)}\n`;
    default:
      return printed(pageOf(report), format, browser);
  }
};

const idOf = ({ experiment }: MadeReport) => (experiment === undefined ? {} : { experiment: experiment.id });

const newestOf = ({ experiment }: MadeReport, given: string | undefined): string | undefined =>
  experiment === undefined || experiment.id === given
    ? undefined
    : `${experiment.name}, ${experiment.id}, submitted ${experiment.submittedAt}: the newest of that name`;

const slug = (text: string): string => text.replace(/[^\w.-]+/g, '-');

/** The shipped reports, one a line, with what they take. */
export const reportList = (folder: string): string =>
  shelfOf(folder)
    .list()
    .map(({ name, title, description, parameters }) => {
      const takes = parameters.map(
        (parameter) =>
          `\n    ${parameter.name}: ${parameter.description}${parameter.default === undefined ? '' : ` (${parameter.default} when absent)`}`,
      );
      return `${name}: ${title}${description === undefined ? '' : `\n  ${description}`}${takes.join('')}`;
    })
    .join('\n');

/** Collects `--parameter key=value`. */
export const parameter = (text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => {
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError('Allowed is a pair like project=vision.');
  return { ...before, [match[1]!]: match[2]! };
};
