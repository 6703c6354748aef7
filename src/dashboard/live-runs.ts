/** The runs in the list: asked for page by page, each live one followed over the shared connection from its cursor. */
import { effect, signal, type Signal } from '@preact/signals';
import { RunLossDocument, RunsDocument, type RunCardFragment, type RunFilter } from '../client/documents.js';
import { followRun, type RunEvent } from '../client/follow-run.js';
import { NoAnswer } from '../client/graphql-client.js';
import { announceStates } from './announce.js';
import { curveOf, emptyCurve, extended } from './curve.js';
import { inNextFrame } from './frame.js';
import { isLive, withEvents, type LiveRun } from './live-run.js';
import { oneAtATime } from './one-at-a-time.js';
import { client, connection, noticingToken, problemOf } from './session.js';

const POLL_MS = 5000;
const PAGE = 20;
const MOST = 100;
/** Points of a small loss curve. */
const LOSS_POINTS = 60;
/** Events that may wait for the next picture. */
const MOST_WAITING = 1000;

interface Followed {
  readonly run: Signal<LiveRun>;
  waiting: RunEvent[];
  /** Set while its log is followed. */
  ending: AbortController | undefined;
}

export interface RunListing {
  readonly runs: readonly Signal<LiveRun>[];
  readonly more: boolean;
}

export class LiveRuns {
  /** Undefined until the server has answered. */
  readonly listing = signal<RunListing | undefined>(undefined);
  readonly failure = signal<string | undefined>(undefined);
  private readonly followed = new Map<string, Followed>();
  private first = PAGE;
  private readonly stop: () => void;

  constructor(private filter: RunFilter) {
    const timer = setInterval(() => {
      if (!document.hidden) this.ask();
    }, POLL_MS);
    const unwatch = effect(() => {
      if (connection.value.kind !== 'lost') this.ask();
    });
    this.stop = () => {
      clearInterval(timer);
      unwatch();
    };
  }

  /** Asks for the list anew. */
  private readonly ask = oneAtATime(
    () => this.refresh(),
    (failure) => (this.failure.value = problemOf(failure)),
  );

  showMore(): void {
    this.first = Math.min(MOST, this.first + PAGE);
    this.ask();
  }

  close(): void {
    this.stop();
    for (const { ending } of this.followed.values()) ending?.abort();
    this.followed.clear();
  }

  private async refresh(): Promise<void> {
    const { runs } = await client.query(RunsDocument, { first: this.first, filter: this.filter }).catch(noticingToken);
    const cards = runs.edges.map(({ node }) => node);
    const wanted = new Set(cards.map(({ id }) => id));
    for (const [id, { ending }] of this.followed) {
      if (wanted.has(id)) continue;
      ending?.abort();
      this.followed.delete(id);
    }
    const listed = cards.map((card) => this.take(card).run);
    this.failure.value = undefined;
    const before = this.listing.peek();
    const more = runs.pageInfo.hasNextPage && this.first < MOST;
    if (before?.more === more && before.runs.length === listed.length && before.runs.every((run, index) => run === listed[index])) return;
    this.listing.value = { runs: listed, more };
  }

  private take(card: RunCardFragment): Followed {
    const known = this.followed.get(card.id) ?? this.add(card);
    // A run that is followed is known from its log, up to its newest event.
    if (known.ending !== undefined) return known;
    if (card.lastSequence > known.run.peek().card.lastSequence) known.run.value = { ...known.run.peek(), card };
    if (isLive(card.state)) void this.follow(known);
    return known;
  }

  private add(card: RunCardFragment): Followed {
    const added: Followed = { run: signal<LiveRun>({ card, loss: emptyCurve(LOSS_POINTS) }), waiting: [], ending: undefined };
    this.followed.set(card.id, added);
    if (card.step !== null) {
      this.showLoss(added).catch((failure: unknown) => {
        if (!(failure instanceof NoAnswer)) this.failure.value = problemOf(failure);
      });
    }
    return added;
  }

  /** The loss so far, with what has come by its log meanwhile. */
  private async showLoss({ run }: Followed): Promise<void> {
    const { run: found } = await client.query(RunLossDocument, { run: run.peek().card.id, points: LOSS_POINTS });
    if (found === null) return;
    const sofar = curveOf(
      found.trainingCurve.map(({ step, trainingLoss }) => ({ x: step, y: trainingLoss })),
      LOSS_POINTS,
    );
    run.value = { ...run.peek(), loss: extended(sofar, run.peek().loss.points) };
  }

  private async follow(followed: Followed): Promise<void> {
    const ending = new AbortController();
    followed.ending = ending;
    const { id, lastSequence } = followed.run.peek().card;
    const fold = (): void => {
      const events = followed.waiting;
      followed.waiting = [];
      if (events.length === 0) return;
      followed.run.value = withEvents(followed.run.peek(), events);
      announceStates(followed.run.peek().card.name, events);
    };
    try {
      for await (const event of followRun(client, id, { after: lastSequence, signal: ending.signal })) {
        followed.waiting.push(event);
        if (followed.waiting.length >= MOST_WAITING) fold();
        else inNextFrame(fold);
      }
    } catch (failure) {
      this.failure.value = problemOf(failure);
    } finally {
      fold();
      followed.ending = undefined;
    }
  }
}
