/** What `lowtide doctor` finds, and prints as it is with --json. */

export interface Examination {
  readonly version: string;
  readonly node: { readonly version: string; readonly required: string; readonly suitable: boolean };
  readonly training: {
    /** As LOWTIDE_BACKEND asks. */
    readonly asked: string;
    /** Undefined: what was asked for cannot be used. */
    readonly chosen: { readonly backend: string; readonly kernels: string; readonly numericClass: string } | undefined;
    readonly backends: readonly ExaminedBackend[];
  };
  readonly energy: {
    readonly covered: readonly { readonly component: string; readonly method: string; readonly detail: string; readonly fix?: string }[];
    readonly notCovered: readonly { readonly component: string; readonly reason: string; readonly fix: string }[];
  };
  readonly grid: ExaminedGrid;
  readonly datasets: readonly {
    readonly name: string;
    readonly found: boolean;
    readonly directory: string;
    readonly missing: readonly string[];
    /** Where it is not found. */
    readonly fix?: string;
  }[];
  /** Where a service here would report to. */
  readonly reporting: readonly ExaminedReporting[];
  /** Why training would not work here; none: it would. */
  readonly obstacles: readonly string[];
}

export interface ExaminedReporting {
  readonly name: string;
  readonly on: boolean;
  /** Of what is on and elsewhere: whether it answered just now. */
  readonly reached?: boolean;
  readonly detail: string;
  /** Where it did not. */
  readonly fix?: string;
}

export interface ExaminedBackend {
  readonly name: string;
  readonly usable: boolean;
  readonly kernels?: string;
  readonly numericClass?: string;
  /** Why it is not usable, and what to do about that. */
  readonly reason?: string;
  readonly fix?: string;
  /** Hardware that Lowtide's own tests have not met yet. */
  readonly notExercisedOn?: string;
}

export type ExaminedGrid =
  | { readonly mode: 'replay'; readonly zone: string; readonly day: string; readonly rule: string }
  | {
      readonly mode: 'live';
      readonly zones: readonly { readonly zone: string; readonly sources: readonly string[]; readonly problems: readonly string[] }[];
      /** Of no zone's sources in particular. */
      readonly problems: readonly string[];
    }
  | { readonly mode: 'replay'; readonly zone: string; readonly problem: string };
