/** A signed saving and what it is made of: a loss is shown as plainly as a gain. */
import { grams } from './format.js';
import type { RunDetail } from './open-run.js';

export const SavingsTable = ({ savings }: { readonly savings: RunDetail['savings'] }) => {
  if (savings.savedGco2eq === null) return <p>Not known: {savings.unknownBecause ?? 'there is no figure yet'}.</p>;
  const { savedGco2eq, savedPercent } = savings;
  const share = savedPercent === null ? '' : `, ${savedPercent > 0 ? '+' : ''}${savedPercent.toFixed(1).replace('-', '−')} %`;
  return (
    <>
      <p class={savedGco2eq < 0 ? 'saved loss-made' : 'saved'}>
        <strong>{grams(savedGco2eq, true)}</strong>
        {share} {savedGco2eq < 0 ? '(emitted more)' : ''}
      </p>
      <dl class="pairs">
        <Part name="By moving it in time" value={savings.timingGco2eq} />
        <Part name="By moving it in place" value={savings.placeGco2eq} />
        <Part name="By both together" value={savings.interactionGco2eq} />
        <Part name="Start-up, checkpoints, resumes" value={savings.overheadGco2eq === null ? null : -savings.overheadGco2eq} />
        <Part name="Started at once it would have been" value={savings.counterfactualEmissionsGco2eq} unsigned />
      </dl>
      <details>
        <summary>How this is known</summary>
        <p>{savings.method}</p>
        <p>{savings.provenance}</p>
      </details>
    </>
  );
};

const Part = ({ name, value, unsigned = false }: { readonly name: string; readonly value: number | null; readonly unsigned?: boolean }) => (
  <div>
    <dt>{name}</dt>
    <dd>{grams(value, !unsigned)}</dd>
  </div>
);
