/** Every start, wait, pause and change of plan, newest first, with the numbers that decided. */
import type { DecisionLineFragment } from '../client/documents.js';
import { fullTime, intensity, words } from './format.js';

export const DecisionLog = ({ decisions }: { readonly decisions: readonly DecisionLineFragment[] }) => {
  if (decisions.length === 0) return <p>Nothing has been decided yet.</p>;
  return (
    <ol class="decisions" reversed>
      {decisions.toReversed().map((decision) => (
        <li>
          <span class="what">{words(decision.decision)}</span>
          <div>
            <p>{decision.reason}</p>
            <p class="of">
              grid time {fullTime(decision.gridAt)} · {decision.zone}
              {decision.intensityGco2eqPerKwh === null ? '' : ` · ${intensity(decision.intensityGco2eqPerKwh)}`}
              {decision.ceilingGco2eqPerKwh === null ? '' : ` against ${intensity(decision.ceilingGco2eqPerKwh)}`}
            </p>
            {[...decision.rules, ...decision.wouldHaveRefused.map((rule) => `dry run, would have decided otherwise: ${rule}`)].map(
              (rule) => (
                <p class="of">{rule}</p>
              ),
            )}
          </div>
        </li>
      ))}
    </ol>
  );
};
