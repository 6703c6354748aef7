/** `lowtide report`. */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { parameter, REPORT_FORMATS, reportList, writeReport, type ReportFormat } from './report.js';
import { serverOptions, withClient, type ServerOptions } from './with-client.js';

const LABELS: Readonly<Record<string, string>> = { '.html': 'report:', '.json': 'data:', '.pdf': 'PDF:', '.png': 'image:' };

interface Options extends ServerOptions {
  readonly list?: boolean;
  readonly experiment?: string;
  readonly parameter?: Readonly<Record<string, string>>;
  readonly format: readonly ReportFormat[];
  readonly out: string;
}

/** @param browser of the settings, read only when a format needs one */
export const addReportCommand = (
  program: Command,
  folder: string,
  browser: () => string | undefined,
  say: (line: string) => void,
): void => {
  const command = program
    .command('report')
    .description('make a report of a notebook in reports/: self-contained HTML, the data behind it as JSON, PDF (A4) or PNG')
    .argument('[name]', 'name of the report, like carbon-per-accuracy; see --list')
    .option('--list', 'name the reports there are, with what they take')
    .option('--experiment <id or name>', 'the experiment; of a name, the newest')
    .option('--parameter <key=value>', 'what else the report takes; may be given several times', parameter)
    .addOption(
      new Option('--format <formats...>', 'what to write: html, json, pdf or png; pdf and png need an installed Chromium, Chrome or Edge')
        .choices(REPORT_FORMATS)
        .default(['html', 'json']),
    )
    .option('--out <folder>', 'where to write', path.join('reports', 'export'));
  for (const option of serverOptions()) command.addOption(option);
  command.action(async (name: string | undefined, options: Options) => {
    if (options.list === true) {
      say(reportList(folder));
      return;
    }
    if (name === undefined) throw new Error(`which report? There are:\n${reportList(folder)}`);
    const { experiment } = options;
    const parameters = { ...options.parameter, ...(experiment === undefined ? {} : { experiment }) };
    const needsBrowser = options.format.some((each) => each === 'pdf' || each === 'png');
    const request = { folder, notebook: name, parameters, formats: options.format, out: options.out };
    await withClient(options, async (client) => {
      const written = await writeReport(client, { ...request, browser: needsBrowser ? browser() : undefined });
      if (written.experiment !== undefined) say(`experiment: ${written.experiment}`);
      for (const file of written.files) say(`${LABELS[path.extname(file)]!.padEnd(8)}${path.resolve(file)}`);
    });
  });
};
