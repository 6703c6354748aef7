/** Makes room for a fleet's request by laying some others anew. */
import type { Random } from '../units/random.js';
import type { Fleet, FleetPlacement } from './fleet.js';
import type { FleetMarket } from './fleet-market.js';

const TRIES = 20;
/** Others laid anew in a try. */
const OTHERS = 200;

/**
 * Takes some others out at random, places the request first and each of them again, at the market's prices. False, and
 * everything where it was, when in no try all of them find room.
 */
export const squeezeIn = (fleet: Fleet, market: FleetMarket, request: number, placed: readonly number[], random: Random): boolean => {
  const zones = fleet.requests[request]!.zones;
  const rivals = placed.filter((other) => zones.includes(market.zoneOf[other]!));
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const others = new Map<number, FleetPlacement>();
    for (let taken = 0; taken < Math.min(OTHERS, rivals.length); taken += 1) {
      const other = rivals[Math.floor(random.next() * rivals.length)]!;
      const place = market.placementOf(other);
      if (place === undefined) continue;
      others.set(other, place);
      market.take(other);
    }
    market.pricesChanged();
    if ([request, ...tightestFirst(fleet, [...others.keys()])].every((each) => settle(fleet, market, each))) return true;
    for (const each of [request, ...others.keys()]) if (market.zoneOf[each]! >= 0) market.take(each);
    for (const [other, place] of others) market.putBack(other, place);
    market.pricesChanged();
  }
  return false;
};

/** By about how many places a request could take. */
export const tightestFirst = (fleet: Fleet, requests: readonly number[]): readonly number[] =>
  [...requests].sort((a, b) => choicesOf(fleet, a) - choicesOf(fleet, b));

const choicesOf = ({ requests }: Fleet, request: number): number => {
  const { release, deadline, slots, zones } = requests[request]!;
  return (deadline - release - slots + 1) * zones.length;
};

const settle = ({ requests }: Fleet, market: FleetMarket, request: number): boolean => {
  market.find(requests[request]!, true);
  const found = market.put(request, true);
  market.roomChanged(market.zoneOf[request]!);
  return found;
};
