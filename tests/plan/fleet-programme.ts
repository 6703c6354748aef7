/** A fleet as a linear programme in CPLEX's LP format, for a real solver: the bound and the optimum to compare with. */
import highsModule from 'highs';
import type { Fleet } from '../../src/plan/fleet.js';

/** Its types are those of the CommonJS build, where the loader is a property; of the ES module it is the default export. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

export interface Solved {
  /** Of the relaxation: no plan emits less. */
  readonly relaxed: number;
  /** Of whole requests; undefined when it was not asked for. */
  readonly optimum: number | undefined;
}

/** @throws Error when the solver finds no optimum, so when not every request can be placed */
export const solveFleet = async (fleet: Fleet, whole: boolean): Promise<Solved> => {
  const highs = await loadHighs();
  const { lines, binaries } = programmeOf(fleet);
  const solve = (text: string): number => {
    const { Status, ObjectiveValue } = highs.solve(text, { output_flag: false, mip_rel_gap: 1e-6 });
    if (Status !== 'Optimal') throw new Error(`HiGHS: ${Status}`);
    return ObjectiveValue;
  };
  const relaxed = solve([...lines, 'End'].join('\n'));
  return { relaxed, optimum: whole ? solve([...lines, 'Binaries', ...binaries, 'End'].join('\n')) : undefined };
};

/** w: a window of a request; y: its zone; u: a slot it takes in its zone. */
const programmeOf = ({ zones, requests }: Fleet) => {
  const objective: string[] = [];
  const rows: string[] = [];
  const binaries: string[] = [];
  const takers = new Map<string, string[]>();
  const take = (zone: number, slot: number, variable: string) => {
    const key = `${zone}_${slot}`;
    takers.set(key, [...(takers.get(key) ?? []), variable]);
  };
  requests.forEach(({ release, deadline, slots, slotKwh, zones: allowed, interruptible }, request) => {
    const choices: string[] = [];
    for (const zone of allowed) {
      const { intensity } = zones[zone]!;
      if (interruptible) {
        const choice = `y_${request}_${zone}`;
        const used: string[] = [];
        for (let slot = release; slot < deadline; slot += 1) {
          if (Number.isNaN(intensity[slot]!)) continue;
          const variable = `u_${request}_${zone}_${slot}`;
          used.push(variable);
          objective.push(`${slotKwh * intensity[slot]!} ${variable}`);
          rows.push(`${variable} - ${choice} <= 0`);
          take(zone, slot, variable);
        }
        rows.push(`${[...used, `- ${slots} ${choice}`].join(' + ').replace('+ -', '-')} = 0`);
        choices.push(choice);
        binaries.push(choice, ...used);
        continue;
      }
      for (let start = release; start + slots <= deadline; start += 1) {
        const kwhIntensities = intensity.subarray(start, start + slots);
        if (kwhIntensities.some((value) => Number.isNaN(value))) continue;
        const variable = `w_${request}_${zone}_${start}`;
        objective.push(`${slotKwh * kwhIntensities.reduce((sum, value) => sum + value, 0)} ${variable}`);
        for (let slot = start; slot < start + slots; slot += 1) take(zone, slot, variable);
        choices.push(variable);
        binaries.push(variable);
      }
    }
    rows.push(`${choices.join(' + ')} = 1`);
  });
  for (const [key, variables] of takers) {
    const [zone, slot] = key.split('_').map(Number) as [number, number];
    rows.push(`${variables.join(' + ')} <= ${zones[zone]!.capacity[slot]!}`);
  }
  return { lines: ['Minimize', objective.join('\n + '), 'Subject To', ...rows], binaries };
};
