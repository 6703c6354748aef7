/** A report of the shelf, made for given parameters. */
import { parameterValues, parseFrontMatter } from './front-matter.js';
import { renderNotebook, type Query, type RenderedReport, type RenderRequest } from './render-notebook.js';
import type { Shelf } from './shelf.js';

export interface ReportRequest {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Query;
  /** ISO-8601. */
  readonly generatedAt: string;
  readonly runPath?: RenderRequest['runPath'];
}

export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly submittedAt: string;
  readonly runs: readonly { readonly id: string; readonly name: string }[];
}

export interface MadeReport extends RenderedReport {
  /** Of the notebook. */
  readonly file: string;
  /** The experiment its parameter named; undefined when it takes none. */
  readonly experiment: Experiment | undefined;
}

/**
 * A parameter called `experiment` may be given as id or as name: the newest of that name.
 * @throws Error on a name, parameters or an experiment there is not; errors in cells are in the report
 */
export const makeReport = async (shelf: Shelf, { name, parameters, query, generatedAt, runPath }: ReportRequest): Promise<MadeReport> => {
  const { file, source } = shelf.read(name);
  const values = parameterValues(parseFrontMatter(source).front.parameters, parameters);
  const experiment = values['experiment'] === undefined ? undefined : await findExperiment(query, values['experiment']);
  const resolved = experiment === undefined ? values : { ...values, experiment: experiment.id };
  return { ...(await renderNotebook({ source, query, parameters: resolved, generatedAt, runPath })), file, experiment };
};

const FIND = /* GraphQL */ `
  query FindExperiment($id: ID, $name: String) {
    experiment(id: $id, name: $name) {
      id
      name
      submittedAt
      runs {
        id
        name
      }
    }
  }
`;

const NEWEST = /* GraphQL */ `
  query NewestExperiments {
    experiments(first: 5) {
      edges {
        node {
          name
        }
      }
    }
  }
`;

const findExperiment = async (query: Query, given: string): Promise<Experiment> => {
  const find = async (by: { readonly id: string } | { readonly name: string }): Promise<Experiment | null> =>
    ((await query(FIND, by)) as { readonly experiment: Experiment | null }).experiment;
  const found = (await find({ id: given })) ?? (await find({ name: given }));
  if (found !== null) return found;
  const { experiments } = (await query(NEWEST, {})) as {
    readonly experiments: { readonly edges: readonly { readonly node: Experiment }[] };
  };
  const names = [...new Set(experiments.edges.map(({ node }) => node.name))];
  const there = names.length === 0 ? 'there are none yet' : `the newest are ${names.join(', ')}`;
  throw new Error(`no experiment has the id or the name ${JSON.stringify(given)}; ${there}`);
};
