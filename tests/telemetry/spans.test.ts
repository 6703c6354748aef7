/** Spans as a collector gets them, from the SDK that is loaded only when tracing is on. */
import { inHttpCall } from '../../src/telemetry/http-call-span.js';
import { openTracing } from '../../src/telemetry/open-tracing.js';
import { beginRunTrace, runContext, runLinks } from '../../src/telemetry/run-trace.js';
import { inSpan } from '../../src/telemetry/span.js';
import { startOtlpReceiver, type OtlpReceiver } from '../journey/otlp-receiver.js';

const RUN = '1e1c5426-5c5c-413d-a67f-56e70fe6f178';
let receiver: OtlpReceiver;
const said: string[] = [];

const traced = async (work: () => Promise<unknown>): Promise<void> => {
  receiver = await startOtlpReceiver();
  const log = (line: string) => void said.push(line);
  const close = await openTracing({ endpoint: receiver.url, version: '1.2.3', host: 'h', instance: 'i', log });
  await work();
  await close();
  await receiver.close();
};
const named = (name: string) => receiver.spans.find((span) => span.name === name)!;

test('a call to another service is a client’s span without its query, which may hold a key, and says how it failed', async () => {
  await traced(async () => {
    await inSpan('around', {}, async () => {
      await inHttpCall('GET', 'https://provider.example/v3/latest?key=sesame', (answered) => {
        answered(200);
        return Promise.resolve();
      });
      await inHttpCall('POST', 'http://127.0.0.1:5000/api', () => Promise.reject(new TypeError('refused'))).catch(() => undefined);
    });
  });
  expect(named('GET')).toMatchObject({
    parentSpanId: named('around').spanId,
    kind: 3,
    attributes: {
      'http.request.method': 'GET',
      'url.full': 'https://provider.example/v3/latest',
      'server.address': 'provider.example',
      'server.port': 443,
      'http.response.status_code': 200,
    },
  });
  expect(named('POST').attributes).toMatchObject({ 'error.type': 'TypeError', 'server.port': 5000 });
  expect(JSON.stringify(receiver.spans)).not.toContain('sesame');
  expect(said).toEqual([]);
});

test('a run’s trace is its id on every host, and only its first span has the id made of it', async () => {
  await traced(async () => {
    await inSpan('request', {}, () => {
      beginRunTrace(RUN, 5000, {});
      return Promise.resolve();
    });
    await inSpan('segment', { parent: runContext(RUN) }, () => Promise.resolve());
    await inSpan('other', { links: runLinks(RUN) }, () => Promise.resolve());
  });
  const trace = RUN.replaceAll('-', '');
  expect(named('run')).toMatchObject({ traceId: trace, spanId: trace.slice(16), links: [named('request').traceId], startMs: 5000 });
  expect(named('segment')).toMatchObject({ traceId: trace, parentSpanId: named('run').spanId });
  expect(named('segment').spanId).not.toBe(named('run').spanId);
  expect(named('other')).toMatchObject({ links: [trace] });
  expect(named('other').traceId).not.toBe(trace);
  expect(runLinks('; drop table run')).toEqual([]);
});

test('without tracing, work is done as without spans', async () => {
  expect(await inSpan('nothing', {}, () => Promise.resolve(7))).toBe(7);
  await expect(inSpan('nothing', {}, () => Promise.reject(new Error('as it is')))).rejects.toThrow('as it is');
  beginRunTrace(RUN, 0, {});
});
