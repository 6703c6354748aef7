/** What of a budget is spent, what is held back for what runs now, and what is left. */
import { grams, percent } from './format.js';

interface Props {
  readonly name: string;
  /** gCO2eq; null when none of it is known. */
  readonly spent: number | null;
  /** gCO2eq held back for what is running. */
  readonly reserved?: number;
  /** gCO2eq allowed. */
  readonly budget: number;
  readonly note?: string;
}

export const BudgetBar = ({ name, spent, reserved = 0, budget, note }: Props) => {
  const share = spent === null ? null : spent / budget;
  const level = share === null ? 'unknown' : share > 1 ? 'over' : share > 0.8 ? 'near' : 'within';
  return (
    <div class={`budget ${level}`}>
      <p>
        <strong>{name}</strong>
        <span>
          {grams(spent)} of {grams(budget)}, {percent(share)}
          {reserved > 0 ? `; ${grams(reserved)} held back` : ''}
          {share !== null && share > 1 ? '; over the budget' : ''}
        </span>
      </p>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`${name}: ${percent(share)} spent`}>
        <rect class="all" width="100" height="6" />
        <rect class="held" width={Math.min(100, 100 * ((share ?? 0) + reserved / budget))} height="6" />
        <rect class="spent" width={Math.min(100, 100 * (share ?? 0))} height="6" />
      </svg>
      {note === undefined ? null : <p class="note">{note}</p>}
    </div>
  );
};
