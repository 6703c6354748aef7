/** What a running segment writes to its run's log: facts are gathered, and written a few at a time, in order. */
import type { RunFact } from '../record/run-event.js';
import type { BudgetAnswer, Fence, NewFact } from '../record/run-log.js';
import type { GramsCO2eq } from '../units/quantities.js';
import type { Instant } from '../units/time.js';
import type { Ports } from './ports.js';

export interface SegmentLogListener {
  /** What the run's budgets say to what was written and is to be held back. */
  heed(answer: BudgetAnswer): void;
  fail(failure: unknown): void;
}

export class SegmentLog {
  private facts: NewFact[] = [];
  private writing: Promise<void> = Promise.resolve();
  private readonly warned = new Set<string>();

  constructor(
    private readonly ports: Pick<Ports, 'clock' | 'gridClock' | 'writer'>,
    private readonly fence: Fence,
    private readonly listener: SegmentLogListener,
  ) {}

  add(fact: RunFact, at?: Instant): void {
    this.facts.push(this.stamped(fact, at));
  }

  /** What goes on is told once; the coverage says how long it took. */
  warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.add({ kind: 'warning', message });
  }

  stamped(fact: RunFact, at: Instant = this.ports.clock.now()): NewFact {
    return { at, gridAt: this.ports.gridClock.toGrid(at), fact };
  }

  /** @param reserve what the run wants to hold back on its budgets; undefined when it ends */
  flush(reserve?: GramsCO2eq): void {
    if (this.facts.length === 0) return;
    const facts = this.facts;
    this.facts = [];
    this.writing = this.writing.then(async () => {
      const answer = await this.ports.writer.append(this.fence, facts, reserve);
      if (answer !== undefined) this.listener.heed(answer);
    });
    this.writing.catch((failure: unknown) => {
      this.listener.fail(failure);
    });
  }

  async flushAll(): Promise<void> {
    this.flush();
    await this.writing;
  }
}
