/** What a running segment draws: metered, booked sample by sample on the readings of its zone, each for its purpose. */
import { bookSample } from '../emissions/book-sample.js';
import type { EnergyPurpose } from '../emissions/ledger-entry.js';
import type { EnergySample, MeterSession } from '../energy/sample.js';
import type { TrainerPhase } from '../training/protocol.js';
import type { Ports } from './ports.js';
import type { SegmentLog } from './segment-log.js';
import { silenceWatch } from './silent-sources.js';

/** Real ms below which a sample says too little about power. */
const LEAST_POWER_MS = 250;

export class SegmentMeter {
  private purpose: EnergyPurpose = 'overhead';
  private booking: Promise<void> = Promise.resolve();
  private session: MeterSession | undefined;
  private readonly silence: ReturnType<typeof silenceWatch>;

  /** @param peak the most power the run is known to draw so far, W */
  constructor(
    private readonly ports: Pick<Ports, 'meter' | 'grid' | 'gridClock' | 'pue'>,
    private readonly zone: string,
    private readonly log: SegmentLog,
    private peak: number,
    private readonly fail: (failure: unknown) => void,
  ) {
    this.silence = silenceWatch(ports.grid, zone);
  }

  get peakPower(): number {
    return this.peak;
  }

  /** @param threads name of the threads whose energy it is */
  async start(threads: string): Promise<void> {
    this.session = await this.ports.meter.start(threads, (sample) => {
      this.bookLater(sample, this.purpose);
    });
  }

  /** Ends the sample of the phase before, so that overhead and active energy are booked apart. */
  async turnTo(phase: TrainerPhase): Promise<void> {
    const next: EnergyPurpose = phase === 'preparing' || phase === 'training' || phase === 'evaluating' ? 'active' : 'overhead';
    if (next === this.purpose) return;
    await this.session?.cut();
    this.purpose = next;
  }

  /** Books everything up to now, so that what follows stands at the right emissions. */
  async settle(): Promise<void> {
    await this.session?.cut();
    await this.booking;
  }

  async stop(): Promise<void> {
    await this.session?.stop();
  }

  /** Resolves when all that was metered is booked. */
  async booked(): Promise<void> {
    await this.booking;
  }

  private bookLater(sample: EnergySample, purpose: EnergyPurpose): void {
    this.booking = this.booking
      .then(() => this.book(sample, purpose))
      .catch((failure: unknown) => {
        this.fail(failure);
      });
  }

  private async book(sample: EnergySample, purpose: EnergyPurpose): Promise<void> {
    const { ports, zone, log } = this;
    const { gridClock, grid, pue } = ports;
    const span = { start: gridClock.toGrid(sample.interval.start), end: gridClock.toGrid(sample.interval.end) };
    const series = await grid.readings(zone, span, span.end);
    const warning = await this.silence(series, span.end);
    if (warning !== undefined) log.add({ kind: 'warning', message: warning }, sample.interval.end);
    const entries = bookSample(sample, purpose, { zone, pue, clock: gridClock }, series);
    const { interval, ...rest } = sample;
    log.add({ kind: 'energy', ...rest, entries }, interval.end);
    const realMs = interval.end - interval.start;
    const microjoules = entries.reduce((sum, { energy }) => sum + energy, 0);
    if (realMs >= LEAST_POWER_MS) this.peak = Math.max(this.peak, microjoules / 1000 / realMs);
    for (const { component, reason } of sample.unknown)
      log.warnOnce(`the energy of ${component} is unknown for a while, and not counted: ${reason}`);
  }
}
