import { isDate, parseDurationMs, parseInstant } from '../../src/units/time.js';

test('a duration is read in days, hours, minutes and seconds', () => {
  expect(parseDurationMs('PT24H')).toBe(86_400_000);
  expect(parseDurationMs('P1DT1H30M15S')).toBe(86_400_000 + 5_400_000 + 15_000);
});

test.each(['', 'P', 'PT', '24H', 'P1Y', 'PT-1H', '1 day'])('%j is not a duration', (text) => {
  expect(() => parseDurationMs(text)).toThrow(RangeError);
});

test.each(['2022-13-45', '2022-02-30', '2022-7-1', 'x', ''])('%j is no date of the calendar, nor the day of an instant', (text) => {
  expect(isDate(text)).toBe(false);
  expect(() => parseInstant(`${text}T17:00:00Z`)).toThrow('not an ISO-8601 instant');
});

test('an instant without an offset is refused, because nobody knows which hour it means', () => {
  expect(() => parseInstant('2022-06-01T17:00:00')).toThrow(RangeError);
  expect(parseInstant('2022-06-01T17:00:00-07:00')).toBe(Date.UTC(2022, 5, 2));
});
