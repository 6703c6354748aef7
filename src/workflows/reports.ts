/** Reports for a server of them: listed, made live through its own schema, and watched for changes. */
import { formBody, indexBody, type Offer, type Offers } from '../report/index-page.js';
import { makeReport, type Experiment, type MadeReport } from '../report/make-report.js';
import { pageOf, servedPageOf, type ServedPage } from '../report/page.js';
import type { Query } from '../report/render-notebook.js';
import { NoSuchReport, shelfOf, type ShelvedReport } from '../report/shelf.js';
import type { Clock } from '../units/clock.js';
import { iso } from '../units/time.js';

export interface ReportWish {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Where a run's page is, for a report that is read on the server. */
  readonly runPath?: ((id: string) => string) | undefined;
}

export type ReportAnswer =
  | { readonly kind: 'made'; readonly report: MadeReport }
  | { readonly kind: 'no-such-report'; readonly message: string }
  /** Parameters, or the front matter they are held against. */
  | { readonly kind: 'not-made'; readonly message: string };

export interface ReportOnServer {
  /** HTML before its footer. */
  readonly links: string;
  /** Path of what reloads it. */
  readonly script: string;
  readonly runPath: (id: string) => string;
}

export interface Reports {
  list(): readonly ShelvedReport[];
  make(wish: ReportWish): Promise<ReportAnswer>;
  /** The report as one file that needs nothing else. */
  file(report: MadeReport): string;
  /** The report as a page of the server. */
  page(report: MadeReport, served: ReportOnServer): ServedPage;
  /** Any other page of the server in the same look. @param body HTML */
  plainPage(title: string, body: string): ServedPage;
  index(query: Query): Promise<ServedPage>;
  /** The form of a report that could not be made, with why. */
  form(wish: ReportWish, problem: string): Promise<ServedPage>;
  /** Tells the notebook's version, at once and at each change, until the function it returns is called; undefined when there is none of that name. */
  watch(name: string, told: (version: string) => void): (() => void) | undefined;
}

/** @param folder where the notebooks are */
export const reportsOf = (folder: string, clock: Clock): Reports => {
  const shelf = shelfOf(folder);
  return {
    list: () => shelf.list(),
    async make({ name, parameters, query, runPath }) {
      try {
        return { kind: 'made', report: await makeReport(shelf, { name, parameters, query, runPath, generatedAt: iso(clock.now()) }) };
      } catch (failure) {
        const message = failure instanceof Error ? failure.message : String(failure);
        return { kind: failure instanceof NoSuchReport ? 'no-such-report' : 'not-made', message };
      }
    },
    file: pageOf,
    page: ({ title, body, footer, experiment }, { links, script, runPath }) =>
      servedPageOf({ title, body, footer: `${links} ${footer}` }, { script, about: experiment && runsOf(experiment, runPath) }),
    plainPage: (title, body) => servedPageOf({ title, body }),
    async index(query) {
      return servedPageOf({ title: 'Reports', body: indexBody(shelf.list(), await offersFrom(query)) });
    },
    async form({ name, parameters, query }, problem) {
      const report = shelf.list().find((each) => each.name === name);
      if (report === undefined) throw new NoSuchReport(name, []);
      return servedPageOf({ title: report.title, body: formBody(report, await offersFrom(query), parameters, problem) });
    },
    watch(name, told) {
      return shelf.list().some((each) => each.name === name) ? shelf.watch(name, told) : undefined;
    },
  };
};

const runsOf = ({ name, runs }: Experiment, runPath: (id: string) => string) => ({
  what: `Runs of ${name}`,
  links: runs.map((run) => ({ path: runPath(run.id), text: run.name })),
});

const OFFERED = /* GraphQL */ `
  query OfferedToReports {
    experiments(first: 100) {
      edges {
        node {
          id
          name
          submittedAt
        }
      }
    }
    zones {
      key
      name
    }
  }
`;

const offersFrom = async (query: Query): Promise<Offers> => {
  const { experiments, zones } = (await query(OFFERED, {})) as {
    readonly experiments: {
      readonly edges: readonly { readonly node: { readonly id: string; readonly name: string; readonly submittedAt: string } }[];
    };
    readonly zones: readonly { readonly key: string; readonly name: string }[];
  };
  const submitted = experiments.edges.map(({ node }): Offer => ({
    value: node.id,
    label: `${node.name}, submitted ${node.submittedAt.slice(0, 16).replace('T', ' ')} UTC`,
  }));
  return { experiment: submitted, zone: zones.map(({ key, name }) => ({ value: key, label: `${name} (${key})` })) };
};
