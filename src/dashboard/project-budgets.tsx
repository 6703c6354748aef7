/** How the budgets of projects stand in the periods that run now, on the grid's clock. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BudgetsDocument, type BudgetsQuery } from '../client/documents.js';
import { GraphqlFailure, NoAnswer } from '../client/graphql-client.js';
import { BudgetBar } from './budget-bar.js';
import { fullTime, words } from './format.js';
import { client, connection, noticingToken } from './session.js';

const ASK_EVERY_MS = 5000;

interface Props {
  /** Every project that has submitted something when absent. */
  readonly project?: string | undefined;
  /** Budgets shown before them. */
  readonly children?: ComponentChildren;
}

export const ProjectBudgets = ({ project, children = null }: Props) => {
  const [budgets, setBudgets] = useState<BudgetsQuery['budgets']>([]);
  const isThere = connection.value.kind !== 'lost';
  useEffect(() => {
    if (!isThere) return undefined;
    let ended = false;
    const ask = async (): Promise<void> => {
      const found = await askBudgets(project);
      if (!ended && found !== undefined) setBudgets(found);
    };
    void ask();
    const timer = setInterval(() => {
      if (!document.hidden) void ask();
    }, ASK_EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [project, isThere]);
  if (budgets.length === 0 && children === null) return null;
  return (
    <section class="budgets">
      <h2>Carbon budgets</h2>
      {children}
      {budgets.map(({ project: owner, period, start, end, mostGco2eq, spentGco2eq, reservedGco2eq, rule }) => (
        <BudgetBar
          key={`${owner} ${period} ${mostGco2eq}`}
          name={`Project ${owner}, this ${words(period)}`}
          spent={spentGco2eq}
          reserved={reservedGco2eq}
          budget={mostGco2eq}
          note={`${fullTime(start)} to ${fullTime(end)}, grid time${rule.dryRun ? '; dry run, not enforced' : ''}`}
        />
      ))}
    </section>
  );
};

/** Undefined while the server is away: what was known stays, and the page says that it is stale. */
const askBudgets = async (project: string | undefined): Promise<BudgetsQuery['budgets'] | undefined> => {
  try {
    return (await client.query(BudgetsDocument, project === undefined ? {} : { project }).catch(noticingToken)).budgets;
  } catch (failure) {
    if (failure instanceof NoAnswer || failure instanceof GraphqlFailure) return undefined;
    throw failure;
  }
};
