/** The one look of charts: colours for light and dark, and the Vega-Lite configuration made of them. Imports nothing, so that a browser can use it too. */

export interface Colours {
  readonly paper: string;
  /** Text. */
  readonly ink: string;
  /** Lesser text and unfilled marks. */
  readonly quiet: string;
  /** Gridlines and borders, which carry nothing. */
  readonly line: string;
  /** Errors, and what passed its bound. */
  readonly warn: string;
  /** Of what belongs to a link or a control. */
  readonly accent: string;
  /** Categories in their order: the baseline first, then candidates. */
  readonly series: readonly [string, string, string, string, string, string];
}

/**
 * Categories are Okabe and Ito's (Color Universal Design, 2008); slate stands for their black, and what has less than 3:1 to
 * the paper is darkened (brown for orange) or taken from their lighter half (sky blue for blue, in the dark). All pairs stay apart under protanopia,
 * deuteranopia and tritanopia, by the matrices of Machado et al. (2009).
 */
export const LIGHT: Colours = {
  paper: '#ffffff',
  ink: '#1f2933',
  quiet: '#5b6672',
  line: '#dfe3e8',
  warn: '#b42318',
  accent: '#00619a',
  series: ['#59636f', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#5b3a00'],
};

export const DARK: Colours = {
  paper: '#14181c',
  ink: '#e6eaee',
  quiet: '#a3adb8',
  line: '#323a42',
  warn: '#ff8a7a',
  accent: '#74c0ee',
  series: ['#dfe4e9', '#56b4e9', '#d55e00', '#009e73', '#cc79a7', '#e69f00'],
};

const NAMES = ['paper', 'ink', 'quiet', 'line', 'warn', 'accent'] as const;

/** The colours as references to the variables of `variablesOf`: a static chart follows the scheme of its page. Notebooks may use them by name. */
export const BY_VARIABLE: Colours = {
  ...(Object.fromEntries(NAMES.map((name) => [name, `var(--${name})`])) as Record<(typeof NAMES)[number], string>),
  series: ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c4)', 'var(--c5)', 'var(--c6)'],
};

/** CSS declarations: `--paper`, `--ink`, `--quiet`, `--line`, `--warn`, `--accent`, `--c1` to `--c6`. */
export const variablesOf = (colours: Colours): string =>
  [...NAMES.map((name) => `--${name}:${colours[name]}`), ...colours.series.map((colour, index) => `--c${index + 1}:${colour}`)].join(';');

/** Vega-Lite configuration. Continuous colour is cividis (Nuñez, Anderton and Renslow 2018), the same in light and dark. */
export const chartConfig = (colours: Colours, font: string) =>
  ({
    aria: false,
    background: 'transparent',
    font,
    padding: 2,
    view: { stroke: null, continuousWidth: 640, continuousHeight: 260, discreteWidth: { step: 40 }, discreteHeight: { step: 34 } },
    title: {
      anchor: 'start',
      fontSize: 13,
      fontWeight: 600,
      color: colours.ink,
      offset: 10,
      subtitleColor: colours.quiet,
      subtitleFontSize: 12,
    },
    axis: {
      labelColor: colours.quiet,
      titleColor: colours.ink,
      titleFontWeight: 400,
      titleFontSize: 12,
      labelFontSize: 12,
      labelPadding: 5,
      labelOverlap: 'greedy',
      labelSeparation: 6,
      gridColor: colours.line,
      domainColor: colours.quiet,
      tickColor: colours.quiet,
      tickSize: 4,
      titlePadding: 10,
    },
    axisY: { domain: false, ticks: false },
    axisYQuantitative: { tickCount: 5 },
    axisXQuantitative: { tickCount: 6, grid: true, labelFlush: false },
    axisTemporal: { tickCount: 7, grid: false },
    axisBand: { grid: false, ticks: false, domain: false, labelColor: colours.ink },
    axisPoint: { grid: false, ticks: false, labelColor: colours.ink },
    legend: {
      labelColor: colours.ink,
      titleColor: colours.ink,
      titleFontWeight: 400,
      titleFontSize: 12,
      labelFontSize: 12,
      labelLimit: 240,
      symbolSize: 90,
      symbolStrokeWidth: 2,
      orient: 'top',
      offset: 10,
      columnPadding: 18,
      gradientLength: 160,
      gradientThickness: 10,
    },
    header: { labelColor: colours.ink, titleColor: colours.ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400 },
    mark: { color: colours.series[1] },
    text: { color: colours.ink, fontSize: 12 },
    rule: { color: colours.ink },
    line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
    point: { size: 60, strokeWidth: 2 },
    bar: { discreteBandSize: 24 },
    range: {
      category: [...colours.series],
      heatmap: { scheme: 'cividis' },
      ramp: { scheme: 'cividis' },
      ordinal: { scheme: 'cividis' },
      diverging: { scheme: 'blueorange' },
    },
  }) as const;
