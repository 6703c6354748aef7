/** Every start, wait, pause and change of plan, newest first, with the numbers that decided; kept plans are folded together. */
import type { DecisionLineFragment } from '../client/documents.js';
import { fullTime, intensity, words } from './format.js';

export const DecisionLog = ({ decisions }: { readonly decisions: readonly DecisionLineFragment[] }) => {
  if (decisions.length === 0) return <p>Nothing has been decided yet.</p>;
  return (
    <ol class="decisions">
      {inGroups(decisions.toReversed()).map((group) =>
        group.length === 1 ? (
          <Line decision={group[0]!} />
        ) : (
          <li>
            <span class="what">keep</span>
            <details>
              <summary>kept its plan on {group.length} new forecasts</summary>
              <ol class="decisions">
                {group.map((decision) => (
                  <Line decision={decision} />
                ))}
              </ol>
            </details>
          </li>
        ),
      )}
    </ol>
  );
};

const Line = ({ decision }: { readonly decision: DecisionLineFragment }) => (
  <li>
    <span class="what">{words(decision.decision)}</span>
    <div>
      <p>{decision.reason}</p>
      <p class="of">
        grid time {fullTime(decision.gridAt)} · {decision.zone}
        {decision.intensityGco2eqPerKwh === null ? '' : ` · ${intensity(decision.intensityGco2eqPerKwh)}`}
        {decision.ceilingGco2eqPerKwh === null ? '' : ` against ${intensity(decision.ceilingGco2eqPerKwh)}`}
      </p>
      {[...decision.rules, ...decision.wouldHaveRefused.map((rule) => `dry run, would have decided otherwise: ${rule}`)].map((rule) => (
        <p class="of">{rule}</p>
      ))}
    </div>
  </li>
);

/** Plans kept one after the other, without a rule that had a say, together; every other decision by itself. */
const inGroups = (decisions: readonly DecisionLineFragment[]): readonly (readonly DecisionLineFragment[])[] => {
  const groups: DecisionLineFragment[][] = [];
  for (const decision of decisions) {
    const last = groups.at(-1);
    if (last?.every(isKept) === true && isKept(decision)) last.push(decision);
    else groups.push([decision]);
  }
  return groups;
};

const isKept = ({ decision, rules, wouldHaveRefused }: DecisionLineFragment): boolean =>
  decision === 'KEEP' && rules.length === 0 && wouldHaveRefused.length === 0;
