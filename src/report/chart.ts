/** A Vega-Lite chart as static SVG, in the report's one look. */
import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import * as vegaLite from 'vega-lite';
import { FONT_FAMILY, textWidth } from './font.js';
import { BY_VARIABLE, chartConfig } from './look.js';
import { spreadLabels } from './spread-labels.js';
import { staticSvg, type SvgNaming } from './static-svg.js';

interface Text {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  readonly limit?: number;
}

// Without a canvas Vega guesses 0.8 em a character; its types do not know this door for measuring better.
const { textMetrics } = vega as unknown as { textMetrics: { width: (item: Text, text: string | number | null) => number } };
textMetrics.width = ({ fontSize = 11, fontWeight, limit = 0 }, text) => {
  const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
  const width = textWidth(String(text ?? '').trim(), fontSize, bold);
  return limit > 0 ? Math.min(width, limit) : width;
};

const CONFIG = chartConfig(BY_VARIABLE, FONT_FAMILY) as unknown as vegaLite.Config;

/** `<svg>` whose colours are those of the page; throws what Vega throws on a spec it cannot draw. */
export const svgOf = async (spec: Readonly<Record<string, unknown>>, naming: SvgNaming): Promise<string> => {
  const { spec: compiled } = vegaLite.compile(copyOf(spec) as unknown as vegaLite.TopLevelSpec, {
    config: CONFIG,
    logger: SILENT,
  });
  // The interpreter walks expressions instead of making functions of them: nothing of a notebook is run as script.
  const runtime = vega.parse(compiled, undefined, { ast: true });
  const view = new vega.View(runtime, { renderer: 'none', expr: expressionInterpreter, logLevel: vega.Error, loader: NO_LOADER });
  try {
    await view.runAsync();
    spreadLabels((view.scenegraph() as unknown as { readonly root: vega.Scene }).root);
    return staticSvg(await view.toSVG(), naming);
  } finally {
    view.finalize();
  }
};

interface Data {
  readonly data?: { readonly values: readonly object[] };
  readonly datasets?: Readonly<Record<string, readonly object[]>>;
}

/** Vega marks the rows it is given. They are flat, so that copying each is enough, and much faster than a clone of all. */
const copyOf = ({ data, datasets, ...rest }: Data): object => ({
  ...structuredClone(rest),
  ...(data === undefined ? {} : { data: { values: copies(data.values) } }),
  ...(datasets === undefined ? {} : { datasets: Object.fromEntries(Object.entries(datasets).map(([name, rows]) => [name, copies(rows)])) }),
});

const copies = (rows: readonly object[]): readonly object[] => rows.map((row) => ({ ...row }));

const refuse = (): Promise<never> => Promise.reject(new Error('a report loads nothing'));
const NO_LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {} } as unknown as vega.Loader;

/** Vega-Lite's hints about specs; its errors are thrown. */
const SILENT: vega.LoggerInterface = {
  level: () => SILENT,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT,
} as unknown as vega.LoggerInterface;
