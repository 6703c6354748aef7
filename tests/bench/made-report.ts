/** A report made over and over again, with what each part of it takes. */
import type { GraphqlClient } from '../../src/client/graphql-client.js';
import { makeReport } from '../../src/report/make-report.js';
import { pageOf } from '../../src/report/page.js';
import type { Shelf } from '../../src/report/shelf.js';
import { medianRound } from './median-round.js';

export interface Made {
  readonly name: string;
  /** Median over the rounds, and the first of them, with nothing warm but the connection. */
  readonly ms: number;
  readonly firstMs: number;
  /** Of the median round: waiting for the server's answers. */
  readonly queriesMs: number;
  readonly bytes: number;
  readonly errors: number;
}

export const madeReport = async (
  client: GraphqlClient,
  shelf: Shelf,
  name: string,
  parameters: Readonly<Record<string, string>>,
  rounds: number,
): Promise<Made> => {
  const made = await medianRound(rounds, async () => {
    let queriesMs = 0;
    const report = await makeReport(shelf, {
      name,
      parameters,
      async query(document, variables) {
        const asked = performance.now();
        const answer = await client.query(document, variables);
        queriesMs += performance.now() - asked;
        return answer;
      },
      generatedAt: '2026-01-01T00:00:00Z',
    });
    return { bytes: Buffer.byteLength(pageOf(report)), errors: report.data.errors.length, queriesMs };
  });
  return { name, ...made };
};
