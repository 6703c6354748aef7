/** Draws and redraws a chart with Vega on a canvas; loaded when the first chart is shown. */
import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { specOf, type ChartForm, type Colour, type Look } from './chart-spec.js';

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export interface DrawnChart {
  /** Only data that are not those of the last time are drawn anew; what no layer shows is left out. */
  show(rows: Rows): void;
  resize(width: number): void;
  /** The x under the pointer, undefined when it has left. */
  onPointer(tell: (x: number | undefined) => void): void;
  end(): void;
}

const COLOURS: readonly (Colour | 'line')[] = [
  'ink',
  'quiet',
  'line',
  'loss',
  'accuracy',
  'power',
  'intensity',
  'emissions',
  'window',
  'forecast',
];

/** As the style sheet has it at the moment, light or dark. */
const lookOf = (element: HTMLElement): Look => {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Look['colours'];
  return { font: style.fontFamily, colours };
};

export const drawChart = (element: HTMLElement, form: ChartForm, height: number): DrawnChart => {
  // The interpreter walks expressions instead of making functions of them, which the page's security policy forbids.
  const runtime = vega.parse(specOf(form, lookOf(element)), undefined, { ast: true });
  const view = new vega.View(runtime, {
    renderer: 'canvas',
    container: element,
    expr: expressionInterpreter,
    hover: false,
    logLevel: vega.Error,
  });
  view.width(Math.max(1, element.clientWidth)).height(height);
  const drawn = new Set(form.layers.map(({ data }) => data));
  let shown: Rows = {};
  return {
    show(rows) {
      for (const [name, values] of Object.entries(rows)) if (drawn.has(name) && shown[name] !== values) view.data(name, [...values]);
      shown = rows;
      view.run();
    },
    resize(width) {
      view.width(Math.max(1, width)).run();
    },
    onPointer(tell) {
      view.addEventListener('pointermove', (event) => {
        const scale = view.scale('x') as { invert(pixel: number): number | Date };
        const box = element.getBoundingClientRect();
        const [left] = view.origin();
        tell(Number(scale.invert((event as PointerEvent).clientX - box.left - left!)));
      });
      view.addEventListener('pointerout', () => tell(undefined));
    },
    end() {
      view.finalize();
    },
  };
};
