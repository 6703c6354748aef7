/** What every source of carbon intensity does, whatever its provider; run against a local server that replays fixtures. */
import { inspect } from 'node:util';
import { SourceFault, type IntensitySource } from '../../../src/grid/intensity-source.js';
import type { Reading } from '../../../src/grid/reading.js';
import type { SourceOptions } from '../../../src/grid/sources/source-options.js';
import { HOUR_MS, iso, parseInstant, type Interval } from '../../../src/units/time.js';
import { startProvider, type Asked, type Provider, type Reply } from './provider-server.js';

export type ContractOptions = Pick<SourceOptions, 'clock' | 'calls'>;

/** Start, value in gCO2eq/kWh and provenance of a reading. */
export type Step = readonly [start: string, value: number, provenance: Reading['provenance']];

export interface ContractCase {
  readonly title: string;
  readonly zone: string;
  /** What the provider calls the zone. */
  readonly location: string;
  /** Our clock, and the provider's. */
  readonly now: string;
  /** What it is given and must not tell, and what it is given by the provider. */
  readonly secrets: readonly string[];
  readonly tokens?: readonly string[];
  open(url: string, options: ContractOptions): IntensitySource;
  /** The provider's reply to a request as documented, after an edit of its body. */
  reply(asked: Asked, edit?: (body: any) => void): Reply;
  /** Whether a request is one for values, not for a token. */
  isForValues(asked: Asked): boolean;
  /** Where a request names the location. */
  locationIn(asked: Asked): string | null | undefined;
  /** Sets one value of a body. */
  setValue(body: any, value: unknown): void;
  /** Whether a negative number has a meaning of its own, tested elsewhere; otherwise it is malformed. */
  readonly negativeIsNone?: true;
  /** Makes a body one about another place; `malformed` where a body names none, so that only its shape tells. */
  moveElsewhere(body: any): void;
  readonly elsewhere?: 'malformed';
  readonly readings: { readonly span: readonly [string, string]; readonly steps: readonly Step[]; readonly stepMs: number };
  /** Undefined for a source without forecasts. */
  readonly forecast?: {
    readonly span: readonly [string, string];
    readonly steps: readonly Step[];
    readonly issuedAt: string;
  };
}

const spanOf = ([start, end]: readonly [string, string]): Interval => ({ start: parseInstant(start), end: parseInstant(end) });
const stepsOf = (readings: readonly Reading[]): readonly Step[] =>
  readings.map(({ interval, intensity, provenance }) => [iso(interval.start), Number(intensity.toFixed(6)), provenance]);
const normal = (steps: readonly Step[]): readonly Step[] => steps.map(([start, value, how]) => [iso(parseInstant(start)), value, how]);

/** The fault of a call, which must be one. */
export const faultOf = async (call: Promise<unknown>): Promise<SourceFault> => {
  const outcome = await call.then(
    () => new Error('it succeeded'),
    (failure: unknown) => failure,
  );
  if (!(outcome instanceof SourceFault)) throw outcome;
  return outcome;
};

/** Everything an error shows to whoever prints, logs or serialises it. */
const everythingIn = (fault: Error): string =>
  [inspect(fault, { depth: Infinity, showHidden: true, getters: true }), JSON.stringify(fault), fault.stack, String(fault)].join('\n');

export const expectNoSecret = (fault: Error, secrets: readonly string[]): void => {
  const shown = everythingIn(fault);
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) expect(shown).not.toContain(form);
};

export const describeSource = (each: ContractCase): void =>
  describe(each.title, () => {
    let provider: Provider;
    beforeEach(async () => {
      provider = await startProvider();
      provider.answer((asked) => each.reply(asked));
    });
    afterEach(() => provider.close());

    const clock = { now: () => parseInstant(each.now) };
    const open = (calls: ContractOptions['calls'] = {}): IntensitySource =>
      each.open(provider.url, {
        clock,
        calls: { timeoutMs: 5000, retries: 2, retryDelayMs: 1, failuresToOpen: 100, callsPerSecond: 1000, ...calls },
      });
    const query = (span: readonly [string, string], signal = new AbortController().signal) => ({
      zone: each.zone,
      span: spanOf(span),
      signal,
    });
    const read = (source: IntensitySource) => source.readings(query(each.readings.span));
    /** Replies to requests for values, while a token is given as always. */
    const answerValues = (reply: (nth: number, asked: Asked) => Reply): void => {
      let nth = 0;
      provider.answer((asked) => (each.isForValues(asked) ? reply(nth++, asked) : each.reply(asked)));
    };
    const callsForValues = (): number => provider.asked.filter((asked) => each.isForValues(asked)).length;

    test('its readings are the steps that touch the span and have begun, each saying how it is known', async () => {
      const source = open();
      const series = await read(source);
      expect(stepsOf(series.readings)).toEqual(normal(each.readings.steps));
      expect(series).toMatchObject({ zone: each.zone, kind: source.kind, factorType: source.factorType });
      for (const reading of series.readings) {
        expect(reading).toMatchObject({ zone: each.zone, kind: source.kind, factorType: source.factorType, source: source.name });
        expect(reading.interval.end - reading.interval.start).toBe(each.readings.stepMs);
        expect(reading.interval.start).toBeLessThanOrEqual(clock.now());
        expect(reading.issuedAt).toBeLessThanOrEqual(clock.now());
      }
    });

    test('no step that has not begun is among its readings, even when the span goes on', async () => {
      const [start] = each.readings.span;
      const until = iso(parseInstant('2099-01-01T00:00:00Z'));
      const { readings } = await open().readings(query([start, until]));
      expect(readings.every(({ interval }) => interval.start <= clock.now())).toBe(true);
      expect(readings.length).toBeGreaterThanOrEqual(each.readings.steps.length);
    });

    const { forecast } = each;
    if (forecast === undefined)
      test('it says that it makes no forecast, and what is used instead', async () => {
        const source = open();
        const fault = await faultOf(source.forecast(query(each.readings.span)));
        expect(fault.kind).toBe('not-offered');
        expect(fault.message).toContain('built-in forecaster');
        expect(source.forecastHours).toBe(0);
      });
    else
      test('its forecast says when it was made, and every step of it is a forecast', async () => {
        const source = open();
        const made = await source.forecast(query(forecast.span));
        expect(stepsOf(made.readings)).toEqual(normal(forecast.steps));
        expect(iso(made.issuedAt)).toBe(iso(parseInstant(forecast.issuedAt)));
        expect(made.readings.every((reading) => reading.provenance === 'forecast' && reading.issuedAt === made.issuedAt)).toBe(true);
        expect(made).toMatchObject({ zone: each.zone, kind: source.kind, factorType: source.factorType, method: source.name });
      });

    test('every request for values names the location', async () => {
      const source = open();
      await read(source);
      if (forecast !== undefined) await source.forecast(query(forecast.span));
      for (const asked of provider.asked.filter((one) => each.isForValues(one))) expect(each.locationIn(asked)).toBe(each.location);
      expect(source.locationOf(each.zone)).toBe(each.location);
    });

    test('a zone it does not serve is refused without a call', async () => {
      const fault = await faultOf(open().readings({ ...query(each.readings.span), zone: 'nowhere' }));
      expect(fault).toMatchObject({ kind: 'not-offered' });
      expect(fault.message).toContain('"nowhere"');
      expect(provider.asked).toHaveLength(0);
    });

    test.each([
      [403, 'forbidden'],
      [400, 'refused'],
      [302, 'refused'],
    ])('HTTP %i is %s, with the words of the provider, and is not retried', async (status, kind) => {
      answerValues(() => ({ status, body: { error: 'this account may not' }, headers: { location: 'http://127.0.0.1:1/' } }));
      const fault = await faultOf(read(open()));
      expect(fault.kind).toBe(kind);
      expect(fault.message).toContain(`answered ${status}: this account may not`);
      expect(callsForValues()).toBe(1);
    });

    test('HTTP 401 is unauthorized, and is retried only where a token may have run out', async () => {
      answerValues(() => ({ status: 401, body: { message: 'who are you?' } }));
      const fault = await faultOf(read(open()));
      expect(fault.kind).toBe('unauthorized');
      expect(fault.message).toContain('who are you?');
      expect(callsForValues()).toBe(each.tokens === undefined ? 1 : 2);
    });

    test.each([
      ['in seconds', { 'retry-after': '0' }],
      ['as a date', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }],
    ])('HTTP 429 is tried again when Retry-After %s says', async (_form, headers) => {
      answerValues((nth, asked) => (nth === 0 ? { status: 429, headers } : each.reply(asked)));
      // A back-off of its own would outlast the test.
      const series = await read(open({ retryDelayMs: 1_000_000 }));
      expect(stepsOf(series.readings)).toEqual(normal(each.readings.steps));
      expect(callsForValues()).toBe(2);
    });

    test('a Retry-After longer than is waited for is told to the caller', async () => {
      answerValues(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
      const fault = await faultOf(read(open()));
      expect(fault).toMatchObject({ kind: 'rate-limited', retryAfterMs: HOUR_MS });
      expect(callsForValues()).toBe(1);
    });

    test.each<[string, Reply]>([
      ['HTTP 500', { status: 500 }],
      ['HTTP 503', { status: 503, body: '<html>busy</html>' }],
      ['a torn connection', { fault: 'resets', body: { some: 'body' } }],
      ['JSON cut short', { body: { some: 'body' }, cutAfter: 9 }],
      ['an answer that takes too long', { delayMs: 400, body: {} }],
    ])('after %s the call is made again', async (_trouble, reply) => {
      answerValues((nth, asked) => (nth === 0 ? reply : each.reply(asked)));
      const series = await read(open({ timeoutMs: 200 }));
      expect(stepsOf(series.readings)).toEqual(normal(each.readings.steps));
      expect(callsForValues()).toBe(2);
    });

    test.each<[string, Reply, string]>([
      ['HTTP 502', { status: 502, body: { error: { code: '502', message: 'bad gateway' } } }, 'unavailable'],
      ['a torn connection', { fault: 'resets', body: { some: 'body' } }, 'unavailable'],
      ['JSON cut short', { body: { some: 'body' }, cutAfter: 9 }, 'malformed'],
      ['no answer', { fault: 'hangs' }, 'timed-out'],
    ])('%s again and again is a fault: unavailable, malformed or timed-out', async (_trouble, reply, kind) => {
      answerValues(() => reply);
      const fault = await faultOf(read(open({ timeoutMs: 100 })));
      expect(fault.kind).toBe(kind);
      expect(callsForValues()).toBe(3);
    });

    test('an answer that is slow but in time is taken', async () => {
      answerValues((_nth, asked) => ({ ...each.reply(asked), delayMs: 100 }));
      expect(stepsOf((await read(open())).readings)).toEqual(normal(each.readings.steps));
      expect(callsForValues()).toBe(1);
    });

    test('no connection is unavailable', async () => {
      const source = open();
      await provider.close();
      const fault = await faultOf(read(source));
      expect(fault.kind).toBe('unavailable');
      expect(fault.message).toContain('ECONNREFUSED');
    });

    test('a source that fails for ever is left alone, then tried once, then used again', async () => {
      answerValues(() => ({ status: 500, body: { message: 'out of order' } }));
      const source = open({ failuresToOpen: 3, leftAloneMs: 300 });
      expect(source.health?.circuit).toBe('closed');
      expect((await faultOf(read(source))).kind).toBe('unavailable');
      expect(source.health?.circuit).toBe('open');
      const calls = provider.asked.length;
      const fault = await faultOf(read(source));
      expect(fault).toMatchObject({ kind: 'unavailable' });
      expect(fault.message).toMatch(/left alone .* the last: .*answered 500: out of order/);
      expect(provider.asked).toHaveLength(calls);
      while (source.health?.circuit === 'open') await new Promise((resolve) => setTimeout(resolve, 20));
      expect(source.health?.circuit).toBe('half-open');
      provider.answer((asked) => each.reply(asked));
      expect(stepsOf((await read(source)).readings)).toEqual(normal(each.readings.steps));
      expect(source.health?.circuit).toBe('closed');
    });

    test('a caller that leaves gets its own reason, and the socket of the hung call is closed', async () => {
      answerValues(() => ({ fault: 'hangs' }));
      const caller = new AbortController();
      const call = open({ timeoutMs: 60_000 }).readings(query(each.readings.span, caller.signal));
      const outcome = call.catch((failure: unknown) => failure);
      while (callsForValues() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const reason = new Error('the run was cancelled');
      caller.abort(reason);
      expect(await outcome).toBe(reason);
      await provider.hungUp;
    });

    test('a caller that leaves during the wait for another attempt is not held', async () => {
      answerValues(() => ({ status: 429, headers: { 'retry-after': '29' } }));
      const caller = new AbortController();
      const outcome = open()
        .readings(query(each.readings.span, caller.signal))
        .catch((failure: unknown) => failure);
      while (callsForValues() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const reason = new Error('no longer needed');
      caller.abort(reason);
      expect(await outcome).toBe(reason);
    });

    test('a caller that has left already makes no call', async () => {
      const reason = new Error('too late');
      const outcome = await open()
        .readings(query(each.readings.span, AbortSignal.abort(reason)))
        .catch((failure: unknown) => failure);
      expect(outcome).toBe(reason);
      expect(provider.asked).toHaveLength(0);
    });

    test('the difference of the clocks is known from the Date header', async () => {
      const source = open();
      expect(source.health?.clockSkewMs).toBeUndefined();
      const date = new Date(parseInstant(each.now) + 3 * HOUR_MS).toUTCString();
      provider.answer((asked) => ({ ...each.reply(asked), headers: { date } }));
      await read(source);
      expect(source.health?.clockSkewMs).toBe(Date.parse(date) - parseInstant(each.now));
    });

    test('nothing counts as said later than it was heard, even when our clock is slow', async () => {
      const slow = { now: () => parseInstant(each.readings.span[0]) };
      const source = each.open(provider.url, { clock: slow, calls: { retries: 0 } });
      const { readings } = await read(source);
      expect(readings.every(({ issuedAt, interval }) => issuedAt <= slow.now() && interval.start <= slow.now())).toBe(true);
    });

    test('an answer about another place is mismatched', async () => {
      answerValues((_nth, asked) => each.reply(asked, (body) => each.moveElsewhere(body)));
      const kind = each.elsewhere ?? 'mismatched';
      expect((await faultOf(read(open()))).kind).toBe(kind);
      if (forecast !== undefined) expect((await faultOf(open().forecast(query(forecast.span)))).kind).toBe(kind);
    });

    test('a value the provider does not have is a gap, not a zero', async () => {
      answerValues((_nth, asked) => each.reply(asked, (body) => each.setValue(body, null)));
      const { readings } = await read(open());
      expect(readings.length).toBe(each.readings.steps.length - 1);
      expect(readings.some(({ intensity }) => intensity === 0)).toBe(false);
    });

    const notValues = ['NaN', 'many', {}, true, ...(each.negativeIsNone === true ? [] : [-3])];
    test.each(notValues.map((value) => [value]))('a value %j is malformed, and the fault says where', async (value) => {
      answerValues((_nth, asked) => each.reply(asked, (body) => each.setValue(body, value)));
      const fault = await faultOf(read(open()));
      expect(fault.kind).toBe('malformed');
      expect(fault.message).toMatch(/another shape than documented: \S*\d+\.\S+: /);
      expect(callsForValues()).toBe(1);
    });

    test('no fault shows a secret, even when the provider repeats it', async () => {
      const secrets = [...each.secrets, ...(each.tokens ?? [])];
      const told = secrets.join(' ');
      const encoded = secrets.map((secret) => `${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64')}`).join(' ');
      const replies: readonly Reply[] = [
        { status: 401, body: { error: { message: `no such key ${told} ${encoded}` } } },
        { status: 403, body: { message: `the key ${told} may not` } },
        { status: 400, body: { title: 'bad', detail: `?api_key=${encoded}` } },
        { status: 429, body: { error: `slow down, ${told}` }, headers: { 'retry-after': '3600' } },
        { status: 500, body: { error: told } },
        { body: `{"unfinished": "${told}` },
        { body: { [told]: encoded } },
        { fault: 'resets', body: { told } },
        { fault: 'hangs' },
      ];
      for (const reply of replies) {
        answerValues(() => reply);
        expectNoSecret(await faultOf(read(open({ timeoutMs: 50 }))), secrets);
      }
      const source = open({ failuresToOpen: 1 });
      answerValues(() => ({ status: 500, body: { error: told } }));
      await faultOf(read(source));
      expectNoSecret(await faultOf(read(source)), secrets);
      provider.answer(() => ({ status: 401, body: { error: each.secrets.join(' ') } }));
      expectNoSecret(await faultOf(read(open())), each.secrets);
    });
  });
