/** What every meter keeps, whatever it reads: run on each adapter with hardware that a test constructed. */
import type { Meter, Taken } from '../../src/energy/meter.js';

/** A meter on constructed hardware, and how that hardware is made to do something for a while. */
export interface ConstructedMeter {
  readonly meter: Meter;
  /** Lets the constructed hardware draw this power from the last reading to the next, as far as it can be told. */
  draw(watts: number, lengthMs: number): void;
  /** Makes it unreadable; undefined for a model that reads nothing. */
  readonly fail: (() => void) | undefined;
  /** Watts it can be made to draw; for a model without inputs, what it gives. */
  readonly watts: readonly number[];
  /** Whether it still counts when nobody looked for long. */
  readonly counts: boolean;
  readonly release?: () => void;
}

const LENGTH_MS = 2000;
const energyOf = (taken: Taken): number => {
  if (taken.kind === 'unknown') throw new Error(`unknown: ${taken.reason}`);
  return taken.energy;
};

export const describeMeter = (name: string, construct: () => ConstructedMeter | Promise<ConstructedMeter>): void => {
  describe(`${name}, like every meter,`, () => {
    let made: ConstructedMeter;
    beforeEach(async () => {
      made = await construct();
    });
    afterEach(() => made.release?.());
    const span = { lengthMs: LENGTH_MS, observed: true };

    test('says what it reads or assumes', () => {
      expect(made.meter.detail.length).toBeGreaterThan(10);
    });

    test('gives the energy of the span, within a per cent', () => {
      const take = made.meter.begin();
      for (const watts of made.watts) {
        made.draw(watts, LENGTH_MS);
        take(span); // A polled meter needs the power at both ends.
        made.draw(watts, LENGTH_MS);
        const energy = energyOf(take(span));
        expect(Math.abs(energy - (watts * LENGTH_MS) / 1000)).toBeLessThanOrEqual(0.01 * ((watts * LENGTH_MS) / 1000) + 1e-6);
      }
    });

    test('never gives negative energy, nor an idle part above the whole', () => {
      const take = made.meter.begin();
      for (const watts of [...made.watts, ...made.watts].reverse()) {
        made.draw(watts, LENGTH_MS);
        const taken = take(span);
        if (taken.kind === 'unknown') continue;
        expect(taken.energy).toBeGreaterThanOrEqual(0);
        if (taken.idle !== undefined) expect(taken.idle).toBeLessThanOrEqual(taken.energy + 1e-9);
      }
    });

    test('serves two sessions that do not disturb each other', () => {
      const [first, second] = [made.meter.begin(), made.meter.begin()];
      const watts = made.watts.at(-1)!;
      for (const take of [first, second]) take(span);
      made.draw(watts, LENGTH_MS);
      const one = energyOf(first(span));
      const other = energyOf(second(span));
      expect(other).toBeCloseTo(one, 6);
    });

    test('does not make up a gap: it has counted, or it is unknown', () => {
      const take = made.meter.begin();
      made.draw(made.watts[0]!, LENGTH_MS);
      const taken = take({ lengthMs: LENGTH_MS, observed: false });
      expect(taken.kind).toBe(made.counts ? 'known' : 'unknown');
    });

    test('is unknown with a reason when it cannot be read, and never zero', () => {
      if (made.fail === undefined) return;
      const take = made.meter.begin();
      made.fail();
      const taken = take(span);
      expect(taken).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/.{10}/) });
    });
  });
};
