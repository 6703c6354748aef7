/** A chart with its caption, a readout of the point under the pointer, and the numbers behind it as a table. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartForm } from './chart-spec.js';
import { inTurn } from './in-turn.js';
import type { DrawnChart, Rows } from './vega-chart.js';

export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Props {
  readonly title: string;
  /** What a reader who does not see it should know. */
  readonly description: string;
  readonly form: ChartForm;
  readonly rows: Rows;
  /** Name of the data the readout is about. */
  readonly about: string;
  /** What the readout is about while the pointer is elsewhere; the last row when absent. */
  readonly rest?: Readonly<Record<string, unknown>> | undefined;
  readonly readout: (row: Readonly<Record<string, unknown>>) => string;
  readonly table: () => ChartTable;
  readonly height?: number;
  readonly legend?: ComponentChildren;
  /** Shown in the chart's place while there is nothing to draw. */
  readonly empty: string;
}

const HEIGHT = 210;

export const Chart = ({ title, description, form, rows, about, rest, readout, table, height = HEIGHT, legend, empty }: Props) => {
  const [pointer, setPointer] = useState<number | undefined>(undefined);
  const isEmpty = Object.values(rows).every((each) => each.length === 0);
  const points = rows[about] ?? [];
  const under = pointer === undefined ? (rest ?? points.at(-1)) : nearest(points, pointer);
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <span class="readout">{under === undefined ? '' : readout(under)}</span>
      </figcaption>
      {isEmpty ? (
        <p class="empty" style={{ minHeight: `${height}px` }}>
          {empty}
        </p>
      ) : (
        <Canvas description={description} form={form} rows={rows} height={height} onPointer={setPointer} />
      )}
      {legend}
      <Numbers table={table} title={title} />
    </figure>
  );
};

const nearest = (points: Rows[string], x: number) => {
  let best = points[0];
  for (const point of points) if (Math.abs(Number(point['x']) - x) < Math.abs(Number(best!['x']) - x)) best = point;
  return best;
};

interface CanvasProps {
  readonly description: string;
  readonly form: ChartForm;
  readonly rows: Rows;
  readonly height: number;
  readonly onPointer: (x: number | undefined) => void;
}

const darkness = matchMedia('(prefers-color-scheme: dark)');

const Canvas = ({ description, form, rows, height, onPointer }: CanvasProps) => {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<DrawnChart | undefined>(undefined);
  const newest = useRef(rows);
  newest.current = rows;
  useEffect(() => {
    const element = box.current!;
    let ended = false;
    const draw = async (): Promise<void> => {
      const { drawChart } = await import('./vega-chart.js');
      if (ended) return;
      chart.current?.end();
      chart.current = drawChart(element, form, height);
      chart.current.onPointer(onPointer);
      chart.current.show(newest.current);
    };
    const redraw = (): void => void draw();
    redraw();
    const watch = new ResizeObserver(() => chart.current?.resize(element.clientWidth));
    watch.observe(element);
    darkness.addEventListener('change', redraw);
    return () => {
      ended = true;
      watch.disconnect();
      darkness.removeEventListener('change', redraw);
      chart.current?.end();
      chart.current = undefined;
    };
  }, [form, height]);
  useEffect(() => inTurn(box, () => chart.current?.show(newest.current)), [rows]);
  return <div class="canvas" ref={box} role="img" aria-label={description} style={{ height: `${height}px` }} />;
};

/** Made only when somebody opens it. */
const Numbers = ({ table, title }: { readonly table: () => ChartTable; readonly title: string }) => {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Numbers<span class="unseen"> of: {title}</span>
      </summary>
      {open ? <Table caption={title} {...table()} /> : null}
    </details>
  );
};

export const Table = ({ caption, columns, rows }: ChartTable & { readonly caption: string }) => (
  <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((cell) => (
              <td>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
