/** Forecasts shared by journeys, on the shipped trace. */
import path from 'node:path';
import { replayedGrid, shippedTraces } from '../../src/grid/replayed-grid.js';
import { HOUR_MS, instant, later, MINUTE_MS } from '../../src/units/time.js';
import { latestForecast } from '../../src/workflows/expected-grid.js';

const ZONE = 'US-CAL-CISO';
const NOON = instant(Date.UTC(2022, 5, 1, 12));

test('a forecast is issued once a grid hour, and a replay set back is told none that was issued later', async () => {
  const ports = { grid: replayedGrid(shippedTraces(path.resolve('configs/traces'))) };
  const issuedAt = async (minutes: number) => (await latestForecast(ports, ZONE, later(NOON, minutes * MINUTE_MS))).issuedAt;
  expect(await issuedAt(15)).toBe(later(NOON, 15 * MINUTE_MS));
  expect(await issuedAt(40)).toBe(later(NOON, 15 * MINUTE_MS));
  expect(await issuedAt(0)).toBe(NOON);
  expect(await issuedAt(40)).toBe(NOON);
  expect(await issuedAt(60)).toBe(later(NOON, HOUR_MS));
});
