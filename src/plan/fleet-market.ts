/** A fleet's slots with their prices and what runs in them; finds the place of least cost for one request at a time. */
import type { Fleet, FleetPlacement, FleetRequest } from './fleet.js';
import { thresholdOf, type Items } from './threshold.js';

export class FleetMarket {
  /** Slots of a zone. */
  readonly length: number;
  /** Of running in a slot besides its emissions, gCO2eq; zone after zone. Call `pricesChanged` after a change. */
  readonly prices: Float64Array;
  /** Requests in each slot. */
  readonly used: Int32Array;
  readonly capacity: Int32Array;
  readonly intensity: Float64Array;
  /** Of each request, −1 while it has no place. */
  readonly zoneOf: Int16Array;
  /** The place last found; infinite cost when there was none. */
  foundCost = Number.POSITIVE_INFINITY;
  private foundZone = -1;
  private foundStart = 0;
  private foundThreshold = 0;
  private foundAtThreshold = 0;
  /** Where each request's slots begin. */
  private readonly offsets: Int32Array;
  private readonly slots: Int32Array;
  /** Sums before each slot, zone after zone, one more than there are slots. */
  private readonly intensityBefore: Float64Array;
  private readonly priceBefore: Float64Array;
  /** Slots before each in which nothing may run, by what is known; and in which nothing fits. */
  private readonly unknownBefore: Int32Array;
  private readonly fullBefore: Int32Array;
  private readonly items: Items;

  constructor(private readonly fleet: Fleet) {
    const { zones, requests } = fleet;
    const length = zones[0]?.intensity.length ?? 0;
    this.length = length;
    this.prices = new Float64Array(zones.length * length);
    this.used = new Int32Array(zones.length * length);
    this.capacity = Int32Array.from(zones.flatMap(({ capacity }) => [...capacity]));
    this.intensity = Float64Array.from(zones.flatMap(({ intensity }) => [...intensity]));
    this.zoneOf = new Int16Array(requests.length).fill(-1);
    this.offsets = new Int32Array(requests.length + 1);
    requests.forEach(({ slots }, request) => (this.offsets[request + 1] = this.offsets[request]! + slots));
    this.slots = new Int32Array(this.offsets[requests.length]!);
    const size = zones.length * (length + 1);
    this.intensityBefore = new Float64Array(size);
    this.priceBefore = new Float64Array(size);
    this.unknownBefore = new Int32Array(size);
    this.fullBefore = new Int32Array(size);
    this.items = { values: new Float64Array(length), lengths: new Float64Array(length) };
    zones.forEach(({ intensity }, zone) => {
      intensity.forEach((value, slot) => {
        const at = zone * (length + 1) + slot;
        this.intensityBefore[at + 1] = this.intensityBefore[at]! + (Number.isNaN(value) ? 0 : value);
        this.unknownBefore[at + 1] = this.unknownBefore[at]! + (Number.isNaN(value) ? 1 : 0);
      });
    });
    this.clear();
  }

  clear(): void {
    this.used.fill(0);
    this.zoneOf.fill(-1);
    this.pricesChanged();
  }

  pricesChanged(): void {
    for (let zone = 0; zone < this.fleet.zones.length; zone += 1) this.zoneChanged(zone);
  }

  private zoneChanged(zone: number): void {
    const { length, prices, used, capacity, priceBefore, fullBefore, unknownBefore } = this;
    let from = zone * length;
    for (let at = zone * (length + 1); from < (zone + 1) * length; at += 1, from += 1) {
      priceBefore[at + 1] = priceBefore[at]! + prices[from]!;
      const closed = unknownBefore[at + 1]! > unknownBefore[at]! || used[from]! >= capacity[from]!;
      fullBefore[at + 1] = fullBefore[at]! + (closed ? 1 : 0);
    }
  }

  /** Finds the place of least emissions and prices, in slots with room or in any. Of equal places the earliest in the first zone. */
  find(request: FleetRequest, withRoom: boolean): void {
    this.foundCost = Number.POSITIVE_INFINITY;
    this.foundZone = -1;
    for (const zone of request.zones) {
      if (request.interruptible) this.findSlots(request, zone, withRoom);
      else this.findWindow(request, zone, withRoom);
    }
  }

  private findWindow({ release, deadline, slots, slotKwh }: FleetRequest, zone: number, withRoom: boolean): void {
    const { intensityBefore, priceBefore } = this;
    const closed = withRoom ? this.fullBefore : this.unknownBefore;
    const base = zone * (this.length + 1);
    for (let begin = base + release, end = begin + slots; end <= base + deadline; begin += 1, end += 1) {
      if (closed[end]! > closed[begin]!) continue;
      const cost = slotKwh * (intensityBefore[end]! - intensityBefore[begin]!) + priceBefore[end]! - priceBefore[begin]!;
      if (cost >= this.foundCost) continue;
      this.foundCost = cost;
      this.foundZone = zone;
      this.foundStart = begin - base;
    }
  }

  private findSlots({ release, deadline, slots, slotKwh }: FleetRequest, zone: number, withRoom: boolean): void {
    const { intensity, prices, used, capacity, items } = this;
    const { values, lengths } = items;
    const base = zone * this.length;
    let count = 0;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = base + release; at < base + deadline; at += 1) {
      const cost = slotKwh * intensity[at]! + prices[at]!;
      if (cost !== cost || (withRoom && used[at]! >= capacity[at]!)) continue; // NaN is unknown.
      values[count] = cost;
      lengths[count] = 1;
      count += 1;
      if (cost < least) least = cost;
      if (cost > most) most = cost;
    }
    if (count < slots || least * slots >= this.foundCost) return;
    const { value: threshold, length: atThreshold } = thresholdOf(items, count, least, most, slots);
    let sum = atThreshold * threshold;
    for (let at = base + release; at < base + deadline; at += 1) {
      const cost = slotKwh * intensity[at]! + prices[at]!;
      if (cost < threshold && !(withRoom && used[at]! >= capacity[at]!)) sum += cost;
    }
    if (sum >= this.foundCost) return;
    this.foundCost = sum;
    this.foundZone = zone;
    this.foundThreshold = threshold;
    this.foundAtThreshold = atThreshold;
  }

  /** Puts a request where it was found to fit best, if anywhere; prices and room are as they were in that search. */
  put(request: number, withRoom: boolean): boolean {
    const zone = this.foundZone;
    this.zoneOf[request] = zone;
    if (zone < 0) return false;
    const { interruptible, release, deadline, slotKwh } = this.fleet.requests[request]!;
    const { intensity, prices, used, capacity, slots } = this;
    const base = zone * this.length;
    let to = this.offsets[request]!;
    const past = this.offsets[request + 1]!;
    if (!interruptible) {
      for (let slot = this.foundStart; to < past; slot += 1) {
        slots[to++] = slot;
        used[base + slot]! += 1;
      }
      return true;
    }
    let left = this.foundAtThreshold;
    for (let slot = release; slot < deadline && to < past; slot += 1) {
      const cost = slotKwh * intensity[base + slot]! + prices[base + slot]!;
      if (!(cost <= this.foundThreshold) || (withRoom && used[base + slot]! >= capacity[base + slot]!)) continue;
      if (cost === this.foundThreshold && left-- <= 0) continue;
      slots[to++] = slot;
      used[base + slot]! += 1;
    }
    return true;
  }

  take(request: number): void {
    const zone = this.zoneOf[request]!;
    for (let at = this.offsets[request]!; at < this.offsets[request + 1]!; at += 1) this.used[zone * this.length + this.slots[at]!]! -= 1;
    this.zoneOf[request] = -1;
  }

  /** To be called after puts and takes in a zone, before the next search with room. */
  roomChanged(zone: number): void {
    if (zone >= 0) this.zoneChanged(zone);
  }

  /** Emissions of a placed request, gCO2eq. */
  emissionsOf(request: number): number {
    const base = this.zoneOf[request]! * this.length;
    let sum = 0;
    for (let at = this.offsets[request]!; at < this.offsets[request + 1]!; at += 1) sum += this.intensity[base + this.slots[at]!]!;
    return sum * this.fleet.requests[request]!.slotKwh;
  }

  /** Puts a request without a place back where it was. */
  putBack(request: number, { zone, slots }: FleetPlacement): void {
    this.zoneOf[request] = zone;
    this.slots.set(slots, this.offsets[request]!);
    for (const slot of slots) this.used[zone * this.length + slot]! += 1;
  }

  placementOf(request: number): FleetPlacement | undefined {
    const zone = this.zoneOf[request]!;
    return zone < 0 ? undefined : { zone, slots: this.slots.slice(this.offsets[request]!, this.offsets[request + 1]!) };
  }
}
