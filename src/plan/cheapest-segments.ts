/** The cleanest segments for work whose starts cost time and energy, in one zone or several: a dynamic programme. */
import { HOUR_MS, type Interval } from '../units/time.js';
import { EQUAL, type StartCost } from './contiguous-window.js';
import type { IntensitySteps } from './intensity-steps.js';
import { gridCosts, segmentGrid, type GridCosts, type SegmentGrid } from './segment-grid.js';

export interface SegmentRules {
  /** Grid time a segment lasts at least, its start included. */
  readonly minSegmentMs: number;
  /** Of every start and restart, the first included. */
  readonly start: StartCost;
  /** On top of it where the segment before, or the data, was in another zone; charged in the new zone. */
  readonly migration: StartCost;
}

export interface SegmentWork {
  readonly room: Interval;
  /** Starts excluded. */
  readonly workMs: number;
  readonly rules: SegmentRules;
  /** Index of the zone the data lies in. */
  readonly home: number;
  /** It runs in the home zone now and has to go on for so long; going on costs no start. */
  readonly running?: { readonly leastMs: number };
}

export interface ZoneSegment {
  /** Index of its zone. */
  readonly zone: number;
  readonly start: number;
  readonly end: number;
}

export interface Segments {
  readonly segments: readonly ZoneSegment[];
  /** Under the forecast, starts as their energy weighs, in gCO2eq/kWh × h. */
  readonly intensityHours: number;
  /** Whether it is an optimum of continuous time, not only of the grid's times. */
  readonly exact: boolean;
}

/** Cells of one table, 8 MiB of them: a day in minutes for up to 12 h of work, a week in 5 minutes for up to 40 h. */
const MOST_CELLS = 2 ** 20;

/**
 * The least integral of exactly `workMs` in segments that keep the rules. State: time × work left × zone × (idle | free to
 * stop); from idle a segment jumps to the end of its minimum, from there it goes on slot by slot, so every plan on the
 * grid's times is a path. For fixed numbers and zones of segments the cost is piecewise linear in their starts and ends,
 * and its vertices are sums of the lengths from which the grid's pitch is the common divisor: where that divisor can be
 * afforded (`exact`), a best path is also a best plan of continuous time; where not, of the times of the coarser grid,
 * but for less than one pitch of work and of each start. Of equal plans the one that works earliest.
 * Undefined when nothing fits.
 */
export const cheapestSegments = (zones: readonly IntensitySteps[], work: SegmentWork): Segments | undefined => {
  const { rules, room, workMs, running } = work;
  const lengths = [workMs, rules.minSegmentMs, rules.start.ms, rules.migration.ms, running?.leastMs ?? 0];
  const grid = segmentGrid(zones, room, workMs, lengths, MOST_CELLS / zones.length);
  const units = Math.ceil(workMs / grid.pitchMs);
  const surplusMs = units * grid.pitchMs - workMs;
  const programme = new Programme(grid, zones, work, units, surplusMs > 0 ? 1 : 0);
  const path = programme.solve();
  return path && { segments: withoutSurplus(path.segments, surplusMs), intensityHours: path.cost, exact: grid.exact };
};

/** Takes what a coarse grid rounded up off the end of the last segment; each is at least a slot longer than its minimum. */
const withoutSurplus = (segments: readonly ZoneSegment[], surplusMs: number): readonly ZoneSegment[] =>
  surplusMs === 0
    ? segments
    : segments.map((each, index) => (index === segments.length - 1 ? { ...each, end: each.end - surplusMs } : each));

/** Scratch tables: idle and running, kept between plans because they are large. */
let idleTable = new Float64Array(0);
let runTable = new Float64Array(0);

interface Start {
  /** Slots from idle to where the work begins. */
  readonly slots: number;
  /** Slots of work until it may stop. */
  readonly leastUnits: number;
  readonly ms: number;
  readonly energyHours: number;
}

class Programme {
  private readonly costs: readonly GridCosts[];
  private readonly here: Start;
  private readonly moving: Start;
  private readonly width: number;
  /** For each zone and time: the next slot; and from idle, a start and its minimum. */
  private readonly slot: readonly Float64Array[];
  private readonly starting: readonly Float64Array[];
  private readonly arriving: readonly Float64Array[];

  /** @param spare slots a segment lasts longer than its minimum at least */
  constructor(
    private readonly grid: SegmentGrid,
    zones: readonly IntensitySteps[],
    private readonly work: SegmentWork,
    private readonly units: number,
    spare: number,
  ) {
    const { start, migration, minSegmentMs } = work.rules;
    this.costs = zones.map((steps) => gridCosts(steps, grid));
    this.width = units + 1;
    this.here = this.startOf(start.ms, start.energyMs, minSegmentMs, spare);
    this.moving = this.startOf(start.ms + migration.ms, start.energyMs + migration.energyMs, minSegmentMs, spare);
    this.slot = this.costs.map((costs) => this.slotCosts(costs));
    this.starting = this.costs.map((costs) => this.startCosts(costs, this.here));
    this.arriving = zones.length === 1 ? [] : this.costs.map((costs) => this.startCosts(costs, this.moving));
  }

  solve(): { readonly segments: readonly ZoneSegment[]; readonly cost: number } | undefined {
    const { slots } = this.grid;
    const { home, running } = this.work;
    const leastUnits = Math.min(this.units, Math.ceil((running?.leastMs ?? 0) / this.grid.pitchMs));
    if (this.units > slots) return undefined;
    this.fill();
    if (running === undefined) return this.follow(0, home, false, 0, idleTable[this.at(0, home) + this.units]!);
    const forced = leastUnits === 0 ? 0 : this.between(this.costs[home]!, 0, leastUnits);
    return this.follow(leastUnits, home, true, forced, runTable[this.at(leastUnits, home) + this.units - leastUnits]!);
  }

  private startOf(ms: number, energyMs: number, minSegmentMs: number, spare: number): Start {
    const { pitchMs } = this.grid;
    const leastUnits = Math.max(1, Math.ceil((minSegmentMs - ms) / pitchMs) + spare);
    return { slots: Math.ceil(ms / pitchMs), leastUnits, ms, energyHours: energyMs / HOUR_MS };
  }

  private between({ area, closed }: GridCosts, from: number, to: number): number {
    return closed[to]! > closed[from]! ? Number.POSITIVE_INFINITY : area[to]! - area[from]!;
  }

  private slotCosts(costs: GridCosts): Float64Array {
    const slot = new Float64Array(this.grid.slots);
    for (let time = 0; time < slot.length; time += 1) slot[time] = this.between(costs, time, time + 1);
    return slot;
  }

  /** A start that takes no time is charged at the intensity of the slot its work begins in. */
  private startCosts(costs: GridCosts, { slots, leastUnits, energyHours }: Start): Float64Array {
    const { area, closed } = costs;
    const starting = new Float64Array(this.grid.slots + 1).fill(Number.POSITIVE_INFINITY);
    const charged = Math.max(slots, 1);
    const chargedHours = (charged * this.grid.pitchMs) / HOUR_MS;
    for (let time = 0; time + slots + leastUnits <= this.grid.slots; time += 1) {
      const begin = time + slots;
      const end = begin + leastUnits;
      if (closed[end]! > closed[time]!) continue;
      const meanOfStart = (area[time + charged]! - area[time]!) / chargedHours;
      starting[time] = energyHours * meanOfStart + area[end]! - area[begin]!;
    }
    return starting;
  }

  /** Where the cells of a time and zone begin; a cell is the units of work left. */
  private at(time: number, zone: number): number {
    return (time * this.costs.length + zone) * this.width;
  }

  /** Backwards in time; only cells that can be reached from the whole work at the start, and can still be done. */
  private fill(): void {
    const { slots } = this.grid;
    const zones = this.costs.length;
    const size = (slots + 1) * zones * this.width;
    if (idleTable.length < size) [idleTable, runTable] = [new Float64Array(size), new Float64Array(size)];
    const arrivals = new Float64Array(this.width);
    // Cells past what can still be done that a wait of one slot or a start may lead to.
    const beyond = 1 + Math.max(this.here.slots, this.moving.slots);
    for (let time = slots; time >= 0; time -= 1) {
      const most = Math.min(this.units, slots - time);
      const least = Math.max(1, this.units - time);
      for (let zone = 0; zone < zones; zone += 1) {
        const row = this.at(time, zone);
        for (let left = row + most + 1; left < Math.min(row + this.width, row + most + 1 + beyond); left += 1) {
          idleTable[left] = Number.POSITIVE_INFINITY;
          runTable[left] = Number.POSITIVE_INFINITY;
        }
        idleTable[row] = 0;
        runTable[row] = 0;
        if (most < least) continue;
        if (zones > 1) this.fillArrivals(arrivals, zone, time, least, most);
        this.fillRow(time, zone, least, most, zones > 1 ? arrivals : undefined);
      }
    }
  }

  private fillRow(time: number, zone: number, least: number, most: number, arrivals: Float64Array | undefined): void {
    const idle = idleTable;
    const run = runTable;
    const row = this.at(time, zone);
    const next = this.at(time + 1, zone);
    const { slots, leastUnits } = this.here;
    const starting = this.starting[zone]![time]!;
    const after = this.at(time + slots + leastUnits, zone) - leastUnits;
    const slot = this.slot[zone]![time]!;
    const firstStart = starting === Number.POSITIVE_INFINITY ? most + 1 : leastUnits;
    for (let left = least; left <= most; left += 1) {
      let cost = idle[next + left]!;
      if (left >= firstStart) {
        const started = starting + run[after + left]!;
        if (started < cost) cost = started;
      }
      if (arrivals !== undefined && arrivals[left]! < cost) cost = arrivals[left]!;
      idle[row + left] = cost;
      const goingOn = slot + run[next + left - 1]!;
      run[row + left] = goingOn < cost ? goingOn : cost;
    }
  }

  /** The least cost of moving into another zone and starting there. */
  private fillArrivals(arrivals: Float64Array, from: number, time: number, least: number, most: number): void {
    arrivals.fill(Number.POSITIVE_INFINITY);
    const { slots, leastUnits } = this.moving;
    this.arriving.forEach((costs, zone) => {
      const cost = costs[time]!;
      if (zone === from || cost === Number.POSITIVE_INFINITY) return;
      const after = this.at(time + slots + leastUnits, zone) - leastUnits;
      for (let left = Math.max(least, leastUnits); left <= most; left += 1)
        arrivals[left] = Math.min(arrivals[left]!, cost + runTable[after + left]!);
    });
  }

  /** The best path from a state. @param ran whether a segment is under way since the grid's start */
  private follow(from: number, home: number, ran: boolean, forced: number, value: number) {
    const cost = forced + value;
    if (!Number.isFinite(cost)) return undefined;
    const close = EQUAL * Math.max(1, Math.abs(cost));
    const { start, pitchMs } = this.grid;
    const segments: ZoneSegment[] = [];
    let [time, left, zone] = [from, this.units - from, home];
    let began = ran ? start : Number.NaN;
    const end = () => segments.push({ zone, start: began, end: start + time * pitchMs });
    while (left > 0 || !Number.isNaN(began)) {
      const row = this.at(time, zone) + left;
      if (!Number.isNaN(began)) {
        if (left > 0 && this.slot[zone]![time]! + runTable[this.at(time + 1, zone) + left - 1]! <= runTable[row]! + close) {
          time += 1;
          left -= 1;
        } else {
          if (time > 0) end();
          began = Number.NaN;
        }
        continue;
      }
      const into = this.nextStart(time, left, zone, idleTable[row]! + close);
      if (into === undefined) {
        time += 1;
        if (time > this.grid.slots) throw new Error('a path of the segment programme does not cost what its table says');
        continue;
      }
      zone = into.zone;
      began = start + (time + into.start.slots) * pitchMs - into.start.ms;
      time += into.start.slots + into.start.leastUnits;
      left -= into.start.leastUnits;
    }
    return { segments, cost };
  }

  private nextStart(time: number, left: number, zone: number, atMost: number): { zone: number; start: Start } | undefined {
    const worth = (into: number, start: Start, cost: number) =>
      left >= start.leastUnits &&
      cost < Number.POSITIVE_INFINITY &&
      cost + runTable[this.at(time + start.slots + start.leastUnits, into) + left - start.leastUnits]! <= atMost;
    if (worth(zone, this.here, this.starting[zone]![time]!)) return { zone, start: this.here };
    const into = this.arriving.findIndex((costs, other) => other !== zone && worth(other, this.moving, costs[time]!));
    return into < 0 ? undefined : { zone: into, start: this.moving };
  }
}
