/** What can go wrong with a call to an MLflow server, and, in one table, what is done about it. */
import { TrackerFault, type Remedy } from '../tracker.js';

const REMEDIES = {
  'no-connection': 'again',
  'no-such-host': 'again',
  'no-answer-in-time': 'again',
  /** A proxy or another program answered, or the address is not the server's root. */
  'not-mlflow': 'again',
  /** Somebody may set it right while the service runs. */
  'not-let-in': 'again',
  'too-many-requests': 'again',
  'server-error': 'again',
  /** The run is not there any more, though it was: its database is another one now, and the run is made anew. */
  'not-there': 'again',
  /** Its user deleted it, and does not want it back. */
  deleted: 'give-up',
  /** Another attempt would be refused alike. */
  refused: 'give-up',
} as const satisfies Record<string, Remedy>;

export type MlflowTrouble = keyof typeof REMEDIES;

export class MlflowFault extends TrackerFault {
  constructor(
    readonly trouble: MlflowTrouble,
    message: string,
    retryAfterMs?: number,
  ) {
    super(message, REMEDIES[trouble], retryAfterMs);
    this.name = 'MlflowFault';
  }
}

/** By status and by MLflow's own `error_code`. */
export const troubleOfAnswer = (status: number, code: string | undefined): MlflowTrouble => {
  if (status === 401 || status === 403) return 'not-let-in';
  if (status === 429) return 'too-many-requests';
  if (code === 'RESOURCE_DOES_NOT_EXIST') return 'not-there';
  if (status >= 500) return 'server-error';
  return code === undefined ? 'not-mlflow' : 'refused';
};
