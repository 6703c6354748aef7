/** Leads from a run to the reports on its experiment, made live by the same server. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ReportsDocument, type ReportsQuery } from '../client/documents.js';
import { askedIfThere, connection } from './session.js';

type Report = ReportsQuery['reports'][number];

const reports = signal<readonly Report[]>([]);

const askReports = async (): Promise<void> => {
  const answer = await askedIfThere(ReportsDocument);
  if (answer !== undefined) reports.value = answer.reports.filter(isOnExperiment);
};

/** Needs to be told of an experiment and nothing else. */
const isOnExperiment = ({ parameters }: Report): boolean =>
  parameters.some(({ name }) => name === 'experiment') &&
  parameters.every(({ name, default: value }) => name === 'experiment' || value !== null);

export const ReportLinks = ({ experiment }: { readonly experiment: { readonly id: string; readonly name: string } }) => {
  const lost = connection.value.kind === 'lost';
  useEffect(() => {
    if (!lost) void askReports();
  }, [lost]);
  if (reports.value.length === 0) return null;
  return (
    <nav class="reports" aria-label={`Reports on ${experiment.name}`}>
      <span>Reports on {experiment.name}</span>
      {reports.value.map(({ name, title }) => (
        <a href={`/reports/${encodeURIComponent(name)}?${new URLSearchParams({ experiment: experiment.id }).toString()}`}>{title}</a>
      ))}
    </nav>
  );
};
