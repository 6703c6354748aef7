/** The port over the ledgers of all runs together; the adapter is in `store`. */
import type { BookedCell } from '../emissions/booked-groups.js';
import type { Instant } from '../units/time.js';

export interface LedgerSpan {
  /** Lines that begin at or after it, grid time; all when undefined. */
  readonly from: Instant | undefined;
  /** Lines that begin before it, grid time. */
  readonly to: Instant | undefined;
  readonly project: string | undefined;
}

export interface LedgerBook {
  /** Lines as they stand, restatements included, added up by quarters of an hour; in time order. A line belongs to the quarter in which it begins. */
  cells(span: LedgerSpan): Promise<readonly BookedCell[]>;
}
