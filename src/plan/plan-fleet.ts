/**
 * Plans a fleet by prices on crowded slots (Lagrangian relaxation of the capacities): what each request would do at given
 * prices is easy, and gives a bound no plan can beat; requests placed at about those prices fit with little left to lose.
 * Fisher, "The Lagrangian relaxation method for solving integer programming problems", Management Science 27 (1981); steps
 * from blocks of requests as in Nedić and Bertsekas, "Incremental subgradient methods", SIAM J. Optim. 12 (2001).
 */
import { seededRandom, type Random } from '../units/random.js';
import type { Fleet, FleetPlan } from './fleet.js';
import { FleetMarket } from './fleet-market.js';
import { squeezeIn, tightestFirst } from './squeeze-in.js';

/** Searches for places while prices are sought, all passes over the requests together; at least so many passes, at most. */
const SEARCHES = 50_000;
const LEAST_PASSES = 8;
const MOST_PASSES = 200;
/** Price steps in a pass. */
const STEPS = 50;
/** The first step at 100 % too many requests, in units of what a slot's emissions differ by; it falls with the root of the steps. */
const STEP = 0.2;
const STEPS_TO_FALL = 20;
/** How much of the demand estimated so far a block of requests replaces. */
const RENEWAL = 0.1;
/** How much dearer a slot gets at 100 % too many requests, in the same units: little at first, so that few move for it, then more. */
const PRESSURES = [1, 2, 4, 8];
/** Small fleets are placed in several orders, of which the best counts: about so many placings in all. */
const PLACINGS = 10_000;
const MOST_TRIALS = 20;
/** Parts of the prices at which placed requests look for a better place, one after the other. */
const SHARES = [1, 0.6, 0.25, 0];

/** Deterministic for a seed. Where not all fit, it leaves out as few as it manages, whichever they are. */
export const planFleet = (fleet: Fleet, seed: number): FleetPlan => {
  const market = new FleetMarket(fleet);
  const random = seededRandom(seed);
  const { possible, impossible } = byPossibility(fleet, market);
  const unit = spreadOf(fleet);
  const prices = pricesOf(fleet, market, shuffled(possible, random), unit);
  let best: Laid | undefined;
  for (let trial = Math.min(MOST_TRIALS, Math.ceil(PLACINGS / Math.max(1, possible.length))); trial > 0; trial -= 1) {
    const laid = lay(fleet, market, shuffled(possible, random), prices, unit, random);
    if (best === undefined || isBetter(laid, best)) best = laid;
  }
  const { placements, emissions } = best ?? { placements: [], emissions: 0 };
  const isPlaced = (request: number) => placements[request] !== undefined;
  const bound = boundAt(fleet, market, possible.filter(isPlaced), prices);
  return { placements, impossible, crowdedOut: possible.filter((request) => !isPlaced(request)), emissions, bound };
};

interface Laid {
  readonly placements: FleetPlan['placements'];
  readonly placed: number;
  readonly emissions: number;
}

const isBetter = (a: Laid, b: Laid): boolean => a.placed > b.placed || (a.placed === b.placed && a.emissions < b.emissions);

const lay = (fleet: Fleet, market: FleetMarket, order: readonly number[], prices: Float64Array, unit: number, random: Random): Laid => {
  crowd(fleet, market, order, prices, unit);
  const without = settle(fleet, market, order, prices);
  const isPlaced = (request: number) => market.zoneOf[request]! >= 0;
  for (const request of without) squeezeIn(fleet, market, request, order.filter(isPlaced), random);
  const placed = order.filter(isPlaced);
  improve(fleet, market, placed, prices);
  const emissions = placed.reduce((sum, request) => sum + market.emissionsOf(request), 0);
  return { placements: fleet.requests.map((_, request) => market.placementOf(request)), placed: placed.length, emissions };
};

const byPossibility = (fleet: Fleet, market: FleetMarket) => {
  const possible: number[] = [];
  const impossible: number[] = [];
  fleet.requests.forEach((request, index) => {
    market.find(request, false);
    (market.foundCost < Number.POSITIVE_INFINITY ? possible : impossible).push(index);
  });
  return { possible, impossible };
};

/** What emissions of a slot differ by: mean energy × standard deviation of the known intensities; the scale of prices. */
const spreadOf = ({ zones, requests }: Fleet): number => {
  const known = zones.flatMap(({ intensity }) => [...intensity].filter((value) => !Number.isNaN(value)));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  const energy = requests.reduce((sum, { slotKwh }) => sum + slotKwh, 0) / requests.length;
  return Math.sqrt(variance) * energy;
};

/** Fisher and Yates. */
const shuffled = (items: readonly number[], random: Random): readonly number[] => {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
};

/** Mean of the prices along a search in which each slot's rise with too much demand for it and fall with too little. */
const pricesOf = ({ requests }: Fleet, market: FleetMarket, order: readonly number[], unit: number): Float64Array => {
  const { prices, used, capacity } = market;
  const passes = Math.min(MOST_PASSES, Math.max(LEAST_PASSES, Math.ceil(SEARCHES / Math.max(1, order.length))));
  const block = Math.max(1, Math.ceil(order.length / STEPS));
  const demand = new Float64Array(prices.length);
  const sums = new Float64Array(prices.length);
  let steps = 0;
  let summed = 0;
  for (let pass = 0; pass < passes; pass += 1)
    for (let from = 0; from < order.length; from += block) {
      const some = order.slice(from, from + block);
      used.fill(0);
      for (const request of some) {
        market.find(requests[request]!, false);
        market.put(request, false);
      }
      steps += 1;
      const renewal = Math.max(RENEWAL, 1 / steps);
      const step = (STEP * unit) / Math.sqrt(1 + steps / STEPS_TO_FALL);
      for (let slot = 0; slot < prices.length; slot += 1) {
        demand[slot]! += renewal * ((used[slot]! * order.length) / some.length - demand[slot]!);
        const most = capacity[slot]!;
        prices[slot] = Math.max(0, prices[slot]! + (step * (demand[slot]! - most)) / Math.max(1, most));
        if (pass > 0) sums[slot]! += prices[slot]!;
      }
      if (pass > 0) summed += 1;
      market.pricesChanged();
    }
  return sums.map((sum) => sum / Math.max(1, summed));
};

/**
 * Weak duality: whatever the prices (none below 0), no plan of these requests emits less than what each would cost at its
 * cheapest, prices included, less the prices of all room there is.
 */
const boundAt = ({ requests }: Fleet, market: FleetMarket, placed: readonly number[], prices: Float64Array): number => {
  market.prices.set(prices);
  market.pricesChanged();
  let bound = 0;
  for (const request of placed) {
    market.find(requests[request]!, false);
    bound += market.foundCost;
  }
  return prices.reduce((sum, price, slot) => sum - price * market.capacity[slot]!, bound);
};

/**
 * Places all, room or not, then each again and again while slots with too many get dearer: nearly all capacities hold in
 * the end, and few have moved away from what they would do at the prices. After McMurchie and Ebeling, "PathFinder: a
 * negotiation-based performance-driven router for FPGAs", FPGA 1995.
 */
const crowd = ({ requests, zones }: Fleet, market: FleetMarket, order: readonly number[], prices: Float64Array, unit: number): void => {
  const { used, capacity, length } = market;
  const reprice = (zone: number, pressure: number, share: number) => {
    for (let slot = zone * length; slot < (zone + 1) * length; slot += 1) {
      const most = capacity[slot]!;
      market.prices[slot] = Math.max(0, prices[slot]! + (pressure * unit * (used[slot]! + 1 - share * most)) / Math.max(1, most));
    }
    market.roomChanged(zone);
  };
  market.prices.set(prices);
  market.clear();
  PRESSURES.forEach((pressure, pass) => {
    zones.forEach((_, zone) => {
      reprice(zone, pressure, pass === 0 ? 0 : 1);
    });
    order.forEach((request, index) => {
      // In the first pass a slot shall not fill faster than requests are placed.
      const share = pass === 0 ? (index + 1) / order.length : 1;
      const from = market.zoneOf[request]!;
      if (from >= 0) {
        market.take(request);
        reprice(from, pressure, share);
      }
      market.find(requests[request]!, false);
      market.put(request, false);
      reprice(market.zoneOf[request]!, pressure, share);
    });
  });
};

/** Leaves everything where there is room for it, and places the rest where there still is. Returns those that find none. */
const settle = (fleet: Fleet, market: FleetMarket, order: readonly number[], prices: Float64Array): readonly number[] => {
  const places = order.map((request) => market.placementOf(request)!);
  market.prices.set(prices);
  market.clear();
  const { used, capacity, length } = market;
  const without = order.filter((request, index) => {
    const { zone, slots } = places[index]!;
    const fits = slots.every((slot) => used[zone * length + slot]! < capacity[zone * length + slot]!);
    if (fits) market.putBack(request, places[index]!);
    return !fits;
  });
  market.pricesChanged();
  return tightestFirst(fleet, without).filter((request) => {
    market.find(fleet.requests[request]!, true);
    const found = market.put(request, true);
    market.roomChanged(market.zoneOf[request]!);
    return !found;
  });
};

/** Each in turn moves to a better place where there is room: at the prices first, which frees what is sought after, then at none. */
const improve = ({ requests }: Fleet, market: FleetMarket, placed: readonly number[], prices: Float64Array): void => {
  for (const share of SHARES) {
    prices.forEach((price, slot) => (market.prices[slot] = share * price));
    market.pricesChanged();
    for (const request of placed) {
      const from = market.zoneOf[request]!;
      market.take(request);
      market.roomChanged(from);
      market.find(requests[request]!, true);
      market.put(request, true);
      market.roomChanged(market.zoneOf[request]!);
    }
  }
};
