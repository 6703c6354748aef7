/** What exports say about a run, gathered once: every figure with how it is known, and `undefined` for what is not. */
import type { Hardware } from '../energy/hardware.js';
import type { EnergyComponent, EnergyMethod } from '../energy/sample.js';
import type { GramsCO2eq, Joules } from '../units/quantities.js';
import type { Instant } from '../units/time.js';

/** `machine`: the whole host while the run trained; `process`: the run's own share above the host at rest. */
export type ExportScope = 'machine' | 'process';

export interface ExportedComponent {
  readonly component: EnergyComponent;
  readonly method: EnergyMethod;
  readonly energy: Joules;
  readonly attributed: Joules | undefined;
}

export interface ExportedRun {
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly role: string;
  readonly state: string;
  readonly zone: string;
  readonly country: { readonly alpha3: string; readonly name: string } | undefined;
  readonly startedAt: Instant | undefined;
  readonly finishedAt: Instant | undefined;
  readonly meteredMs: number;
  /** Of every host it ran on. */
  readonly hardware: readonly Hardware[];
  readonly backends: readonly string[];
  /** Weighted by energy. */
  readonly pue: number;
  /** Before PUE. */
  readonly components: readonly ExportedComponent[];
  readonly energy: Joules;
  readonly overheadEnergy: Joules;
  /** The run's own part; undefined where it is not known of all its energy. */
  readonly share: { readonly energy: Joules; readonly emissions: GramsCO2eq } | undefined;
  /** PUE included; undefined where part of the energy has no known intensity. */
  readonly emissions: GramsCO2eq | undefined;
  readonly coveredPercent: number | undefined;
  /** Sources, kinds and provenances of the readings it is booked on, like `trace:US-CAL-CISO-2022, average lifecycle, recorded`. */
  readonly readings: readonly string[];
  readonly gaps: readonly string[];
  readonly restatements: number;
  readonly meanCpuLoad: number | undefined;
  readonly meanMemoryBytes: number | undefined;
  readonly peakMemoryBytes: number | undefined;
  readonly accuracy: number | undefined;
  readonly chanceAccuracy: number;
  readonly carbonPerAccuracyPoint: GramsCO2eq | undefined;
  readonly counterfactual: GramsCO2eq | undefined;
  readonly saved: GramsCO2eq | undefined;
  readonly delayMs: number | undefined;
  readonly model: string;
  readonly trainableParameters: number | undefined;
  readonly dataset: string;
  readonly trainItems: number;
  readonly testItems: number;
  readonly epochs: number;
  readonly steps: number | undefined;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly optimizer: string;
  /** Of Lowtide. */
  readonly version: string;
  /** When the grid was a replay: which, in a sentence. */
  readonly notice: string | undefined;
}

/** Energy of a component or of the whole in the scope asked for. */
export const componentEnergy = (run: ExportedRun, component: EnergyComponent, scope: ExportScope): Joules | undefined => {
  const of = run.components.filter((each) => each.component === component);
  if (of.length === 0) return undefined;
  let sum = 0;
  for (const { energy, attributed } of of) {
    const part = scope === 'machine' ? energy : attributed;
    if (part === undefined) return undefined;
    sum += part;
  }
  return sum as Joules;
};

export const scopedEnergy = ({ energy, share }: ExportedRun, scope: ExportScope): Joules | undefined =>
  scope === 'machine' ? energy : share?.energy;

/** Known only where all of the energy has a known intensity. */
export const scopedEmissions = ({ emissions, share }: ExportedRun, scope: ExportScope): GramsCO2eq | undefined =>
  scope === 'machine' || emissions === undefined ? emissions : share?.emissions;
