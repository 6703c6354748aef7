/** The page that lists the reports, each with a form for its parameters. */
import type { Parameter } from './front-matter.js';
import { escapeHtml } from './html.js';
import type { ShelvedReport } from './shelf.js';

export interface Offer {
  readonly value: string;
  readonly label: string;
}

/** What may be chosen for a parameter, by its name: experiments, zones. */
export type Offers = Readonly<Record<string, readonly Offer[]>>;

export const indexBody = (reports: readonly ShelvedReport[], offers: Offers): string =>
  `<h1>Reports</h1>${reports
    .map((report) => `<section><h2>${escapeHtml(report.title)}</h2>${descriptionOf(report)}${formOf(report, offers, {})}</section>`)
    .join('\n')}`;

/** Of one report, after something was wrong with what it was given. */
export const formBody = (report: ShelvedReport, offers: Offers, given: Readonly<Record<string, string>>, problem: string): string =>
  `<h1>${escapeHtml(report.title)}</h1>${descriptionOf(report)}<div class="broken" role="alert"><p>${escapeHtml(problem)}</p></div>${formOf(report, offers, given)}`;

const descriptionOf = ({ description }: ShelvedReport): string => (description === undefined ? '' : `<p>${escapeHtml(description)}</p>`);

const formOf = ({ name, title, parameters }: ShelvedReport, offers: Offers, given: Readonly<Record<string, string>>): string => {
  const fields = parameters.map((parameter) =>
    fieldOf(`${name}-${parameter.name}`, parameter, offers[parameter.name], given[parameter.name]),
  );
  return `<form method="get" action="/reports/${encodeURIComponent(name)}" aria-label="${escapeHtml(title)}">${fields.join('')}<button>Open</button></form>`;
};

const fieldOf = (
  id: string,
  { name, description, default: value }: Parameter,
  offered: readonly Offer[] | undefined,
  given: string | undefined,
): string => {
  const label = `<label for="${id}">${escapeHtml(name)} <span>${escapeHtml(description)}</span></label>`;
  const current = given ?? value ?? '';
  const required = value === undefined ? ' required' : '';
  const list = (offered ?? []).map(
    (offer) =>
      `<option value="${escapeHtml(offer.value)}"${offer.value === current ? ' selected' : ''}>${escapeHtml(offer.label)}</option>`,
  );
  const choosable = list.length > 0 && (value === undefined || offered!.some((offer) => offer.value === value));
  if (choosable) return `${label}<select id="${id}" name="${escapeHtml(name)}"${required}>${list.join('')}</select>`;
  const suggestions = list.length === 0 ? '' : `<datalist id="${id}-offers">${list.join('')}</datalist>`;
  const listed = list.length === 0 ? '' : ` list="${id}-offers"`;
  return `${label}<input id="${id}" name="${escapeHtml(name)}" value="${escapeHtml(current)}"${required}${listed}>${suggestions}`;
};
