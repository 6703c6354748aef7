/** A Vega-Lite chart as static SVG, in the report's one look. */
import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import * as vegaLite from 'vega-lite';

/** Okabe and Ito's colours (2008), told apart by colour-blind readers: baseline first, then candidates. */
const COLOURS = ['#6b7280', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];
const INK = '#1f2933';
const QUIET = '#5b6672';

const CONFIG = {
  background: 'transparent',
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  view: { stroke: null },
  title: { anchor: 'start', fontSize: 14, fontWeight: 600, color: INK, offset: 14, subtitleColor: QUIET, subtitleFontSize: 12 },
  axis: {
    labelColor: QUIET,
    titleColor: INK,
    titleFontWeight: 500,
    titleFontSize: 12,
    labelFontSize: 11,
    gridColor: '#e3e7eb',
    domainColor: '#b5bec7',
    tickColor: '#b5bec7',
    titlePadding: 8,
  },
  legend: { labelColor: INK, titleColor: INK, titleFontWeight: 500, orient: 'top', symbolSize: 90, labelFontSize: 12 },
  range: { category: COLOURS },
  line: { strokeWidth: 2.2 },
  bar: { discreteBandSize: 28 },
} as const;

/** Standalone `<svg>` text; throws what Vega throws on a spec it cannot draw. */
export const svgOf = async (spec: Readonly<Record<string, unknown>>): Promise<string> => {
  const { spec: compiled } = vegaLite.compile(structuredClone(spec) as unknown as vegaLite.TopLevelSpec, {
    config: CONFIG as unknown as vegaLite.Config,
    logger: SILENT,
  });
  // Cloned above, since Vega marks the rows it is given. The interpreter walks expressions instead of making functions of them: nothing of a notebook is run as script.
  const runtime = vega.parse(compiled, undefined, { ast: true });
  const view = new vega.View(runtime, { renderer: 'none', expr: expressionInterpreter, logLevel: vega.Error, loader: NO_LOADER });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
};

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
