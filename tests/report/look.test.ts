import { textWidth } from '../../src/report/font.js';
import { DARK, LIGHT, type Colours } from '../../src/report/look.js';

const linear = (hex: string): readonly number[] =>
  [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

/** WCAG 2.2. */
const contrast = (one: string, other: string): number => {
  const luminance = (hex: string) => {
    const [r, g, b] = linear(hex);
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
};

/** Severity 1.0 of Machado, Oliveira and Fernandes (2009), on linear RGB. */
const VISION = {
  'full colour vision': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const lab = (hex: string, matrix: readonly number[]): readonly number[] => {
  const from = linear(hex);
  const [r, g, b] = [0, 3, 6].map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        from.reduce((sum, value, column) => sum + matrix[row + column]! * value, 0),
      ),
    ),
  ) as [number, number, number];
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

const SCHEMES: readonly (readonly [string, Colours])[] = [
  ['light', LIGHT],
  ['dark', DARK],
];

test.each(SCHEMES)('in the %s scheme marks have 3:1 to the paper, and text 4.5:1', (_, colours) => {
  for (const colour of colours.series) expect(contrast(colour, colours.paper)).toBeGreaterThanOrEqual(3);
  for (const text of [colours.ink, colours.quiet, colours.accent, colours.warn])
    expect(contrast(text, colours.paper)).toBeGreaterThanOrEqual(4.5);
});

test.each(SCHEMES.flatMap(([name, colours]) => Object.entries(VISION).map(([vision, matrix]) => [name, vision, colours, matrix] as const)))(
  'in the %s scheme every two categories differ under %s',
  (_name, _vision, { series }, matrix) => {
    for (const [index, one] of series.entries())
      for (const other of series.slice(index + 1)) {
        const [a, b] = [lab(one, matrix), lab(other, matrix)];
        // CIE76; about 2.3 is just noticed side by side.
        expect(Math.hypot(...a.map((value, axis) => value - b[axis]!))).toBeGreaterThan(15);
      }
  },
);

test('text is measured with the widths of the shipped font', () => {
  expect(textWidth('iiii', 12, false)).toBeLessThan(textWidth('mmmm', 12, false) / 2);
  expect(textWidth('Carbon', 12, true)).toBeGreaterThan(textWidth('Carbon', 12, false));
});
