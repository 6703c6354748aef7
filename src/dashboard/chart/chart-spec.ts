/** The one form of every chart on the page, as a Vega specification: layers over a shared x and y with units. */
import type { Spec } from 'vega';

type Layer = { readonly data: string; readonly colour: Colour } & (
  | { readonly mark: 'line' | 'points' }
  /** A value that holds from each x to the next. */
  | { readonly mark: 'steps'; readonly dashed?: boolean }
  /** Between `low` and `high`, each holding until the next x. */
  | { readonly mark: 'band'; readonly opacity: number }
  /** The whole height from `x` to `end`. */
  | { readonly mark: 'windows' }
  /** A thin bar at the foot from `x` to `end`. */
  | { readonly mark: 'strip' }
  /** An upright line with the row's `label`. */
  | { readonly mark: 'rule' }
);

/** Custom properties of the style sheet, so that a colour is chosen in one place. */
export type Colour = 'ink' | 'quiet' | 'loss' | 'accuracy' | 'power' | 'intensity' | 'emissions' | 'window' | 'forecast';

export interface ChartForm {
  readonly x: { readonly kind: 'time' | 'number'; readonly title: string };
  readonly y: { readonly title: string; readonly zero: boolean; readonly format?: string };
  readonly layers: readonly Layer[];
}

/** The look of the page the chart is drawn on. */
export interface Look {
  readonly font: string;
  readonly colours: Readonly<Record<Colour | 'line', string>>;
}

export const specOf = (form: ChartForm, look: Look): Spec => ({
  autosize: { type: 'fit', contains: 'padding' },
  padding: { left: 4, right: 26, top: 16, bottom: 5 },
  data: [...new Set(form.layers.map(({ data }) => data))].map((name) => ({ name, values: [] })),
  scales: [
    {
      name: 'x',
      type: form.x.kind === 'time' ? 'time' : 'linear',
      domain: { fields: form.layers.flatMap(xFields) },
      range: 'width',
      zero: false,
    } as never,
    {
      name: 'y',
      type: 'linear',
      domain: { fields: form.layers.flatMap(yFields) },
      range: 'height',
      nice: true,
      zero: form.y.zero,
    },
  ],
  axes: axesOf(form, look) as never,
  marks: form.layers.map((layer) => markOf(layer, look)) as never,
});

const xFields = ({ data, mark }: Layer) =>
  mark === 'windows' || mark === 'strip'
    ? [
        { data, field: 'x' },
        { data, field: 'end' },
      ]
    : [{ data, field: 'x' }];

const yFields = ({ data, mark }: Layer) => {
  if (mark === 'windows' || mark === 'strip' || mark === 'rule') return [];
  return mark === 'band'
    ? [
        { data, field: 'low' },
        { data, field: 'high' },
      ]
    : [{ data, field: 'y' }];
};

const axesOf = ({ x, y }: ChartForm, { font, colours }: Look) => {
  const text = { labelFont: font, titleFont: font, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 400 };
  const ink = { labelColor: colours.quiet, titleColor: colours.quiet, tickColor: colours.line, domainColor: colours.line };
  return [
    {
      ...text,
      ...ink,
      orient: 'left',
      scale: 'y',
      grid: true,
      gridColor: colours.line,
      domain: false,
      ticks: false,
      tickCount: 4,
      labelPadding: 6,
      ...(y.format === undefined ? {} : { format: y.format }),
      title: y.title,
      titleAngle: 0,
      titleAlign: 'left',
      titleAnchor: 'end',
      titleBaseline: 'bottom',
      titleX: 0,
      titleY: -8,
      minExtent: 34,
    },
    {
      ...text,
      ...ink,
      orient: 'bottom',
      scale: 'x',
      tickCount: { signal: 'max(2, floor(width / 95))' },
      ...(x.kind === 'time' ? { format: TIMES } : {}),
      tickSize: 4,
      labelPadding: 4,
      labelOverlap: true,
      labelFlush: true,
      title: x.title,
      titlePadding: 6,
    },
  ];
};

/** By the coarsest unit a tick falls on. */
const TIMES = {
  milliseconds: '%H:%M:%S.%L',
  seconds: '%H:%M:%S',
  minutes: '%H:%M',
  hours: '%H:%M',
  date: '%e %b',
  week: '%e %b',
  month: '%b %Y',
  year: '%Y',
};

const X = { scale: 'x', field: 'x' };
const Y = { scale: 'y', field: 'y' };
const FOOT = 5;

const markOf = (layer: Layer, { font, colours }: Look) => {
  const stroke = { value: colours[layer.colour] };
  const from = { data: layer.data };
  switch (layer.mark) {
    case 'line':
      return {
        type: 'line',
        from,
        encode: { update: { x: X, y: Y, stroke, strokeWidth: { value: 1.75 }, strokeJoin: { value: 'round' } } },
      };
    case 'points':
      return { type: 'symbol', from, encode: { update: { x: X, y: Y, fill: stroke, size: { value: 26 } } } };
    case 'steps': {
      const dash = layer.dashed === true ? { strokeDash: { value: [5, 3] } } : {};
      const steps = { interpolate: { value: 'step-after' }, strokeWidth: { value: 1.75 }, ...dash };
      return { type: 'line', from, encode: { update: { x: X, y: Y, stroke, ...steps } } };
    }
    case 'band': {
      const heights = { y: { scale: 'y', field: 'low' }, y2: { scale: 'y', field: 'high' }, interpolate: { value: 'step-after' } };
      return { type: 'area', from, encode: { update: { x: X, ...heights, fill: stroke, fillOpacity: { value: layer.opacity } } } };
    }
    case 'windows': {
      const place = { x: X, x2: { scale: 'x', field: 'end' }, y: { value: 0 }, y2: { signal: 'height' } };
      return { type: 'rect', from, encode: { update: { ...place, fill: stroke, fillOpacity: { value: 0.16 } } } };
    }
    case 'strip': {
      const place = { x: X, x2: { scale: 'x', field: 'end' }, y: { signal: `height - ${FOOT}` }, y2: { signal: 'height' } };
      return { type: 'rect', from, encode: { update: { ...place, fill: stroke } } };
    }
    case 'rule':
      return ruleOf(from, stroke, font);
  }
};

const NEAR_END = "scale('x', datum.x) > width - 40";

/** The label is kept inside the chart, on the side that has room. */
const ruleOf = (from: { readonly data: string }, stroke: { readonly value: string }, font: string) => ({
  type: 'group',
  marks: [
    { type: 'rule', from, encode: { update: { x: X, y: { value: 0 }, y2: { signal: 'height' }, stroke, strokeWidth: { value: 1 } } } },
    {
      type: 'text',
      from,
      encode: {
        update: {
          x: X,
          y: { value: 11 },
          dx: { signal: `${NEAR_END} ? -5 : 5` },
          text: { field: 'label' },
          fill: stroke,
          font: { value: font },
          fontSize: { value: 11 },
          align: { signal: `${NEAR_END} ? 'right' : 'left'` },
        },
      },
    },
  ],
});
