/** What the grid did and is expected to do around a run, with its plan's windows, where it trained, and now. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { GridForecastDocument, GridHistoryDocument, type ReadingPointFragment } from '../client/documents.js';
import { GraphqlFailure, NoAnswer } from '../client/graphql-client.js';
import { Chart } from './chart/chart.js';
import { bandOf, GRID_FORM, GridLegend, readoutOf, readRow, stepsOf, tableOf, windowsOf, type Row } from './grid-rows.js';
import { shortTime } from './format.js';
import { isLive } from './live-run.js';
import type { RunDetail } from './open-run.js';
import { client, connection, gridNow, noticingToken, service } from './session.js';

const HOUR = 3_600_000;
const MARGIN = 3 * HOUR;
const MOST_HISTORY = 14 * 24 * HOUR;
const LEAST_HOURS = 24;
const MOST_HOURS = 72;
const ASK_EVERY_MS = 5000;

interface Grid {
  readonly known: readonly ReadingPointFragment[];
  readonly forecast: readonly ReadingPointFragment[];
  readonly method: string | undefined;
  readonly problem: string | undefined;
  /** Grid time at which it was asked for, while the run is not over. */
  readonly now: number | undefined;
}

export const ForecastChart = ({ run }: { readonly run: RunDetail }) => {
  const grid = useGrid(run);
  const rows = useMemo(() => (grid === undefined ? NOTHING : rowsOf(grid, run)), [grid, run.plan, run.segments]);
  return (
    <section class="forecast">
      <h2 class="unseen">The grid around this run</h2>
      <Chart
        title={`Carbon intensity of ${run.zone}${grid?.now === undefined ? '' : ', known and expected'}`}
        description={descriptionOf(run, grid)}
        form={GRID_FORM}
        rows={rows}
        about="all"
        rest={rows.all[(grid?.known.length ?? 0) - 1]}
        readout={readoutOf}
        table={() => tableOf([...(grid?.known ?? []), ...(grid?.forecast ?? [])])}
        height={250}
        empty={grid?.problem ?? 'Asking for the grid…'}
        legend={<GridLegend expects={grid?.now !== undefined} intervals={rows.band80.length > 0} trains />}
      />
      {grid?.problem === undefined ? null : <p class="note">{grid.problem}</p>}
    </section>
  );
};

const descriptionOf = (run: RunDetail, grid: Grid | undefined): string => {
  const windows = run.plan?.segments.map(({ start, end }) => `${shortTime(start)} to ${shortTime(end)}`).join(', ') ?? 'none';
  const method = grid?.method === undefined ? '' : ` The forecast is by ${grid.method}.`;
  return `Carbon intensity of ${run.zone} over grid time. Planned windows: ${windows}.${method} The numbers are below.`;
};

/** Asked for anew while the run goes on, since the grid does too. */
const useGrid = (run: RunDetail): Grid | undefined => {
  const [grid, setGrid] = useState<Grid | undefined>(undefined);
  const live = isLive(run.state);
  const isThere = service.value !== undefined && connection.value.kind !== 'lost';
  useEffect(() => {
    if (!isThere) return undefined;
    let ended = false;
    const ask = async (): Promise<void> => {
      const found = await gridAround(run, live);
      if (!ended && found !== undefined) setGrid(found);
    };
    void ask();
    if (!live) return () => (ended = true);
    const timer = setInterval(() => {
      if (!document.hidden) void ask();
    }, ASK_EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [run.id, run.zone, live, isThere, run.deadlineGridAt, run.finishedGridAt]);
  return grid;
};

const gridAround = async (run: RunDetail, live: boolean): Promise<Grid | undefined> => {
  const now = gridNow();
  if (now === undefined) return undefined;
  const submitted = Date.parse(run.submittedGridAt);
  const to = live || run.finishedGridAt === null ? now : Math.min(now, Date.parse(run.finishedGridAt) + MARGIN);
  const from = Math.max(submitted - MARGIN, to - MOST_HISTORY);
  const ahead = run.deadlineGridAt === null ? LEAST_HOURS : Math.ceil((Date.parse(run.deadlineGridAt) - now) / HOUR) + 1;
  try {
    const span = { zone: run.zone, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const [past, next] = await Promise.all([
      client.query(GridHistoryDocument, span).catch(noticingToken),
      live
        ? client
            .query(GridForecastDocument, { zone: run.zone, hours: Math.min(MOST_HOURS, Math.max(LEAST_HOURS, ahead)) })
            .catch(noticingToken)
        : undefined,
    ]);
    const { readings, method, note } = next?.intensityForecast ?? { readings: [], method: undefined, note: null };
    return { known: past.intensityHistory, forecast: readings, method, problem: note ?? undefined, now: live ? now : undefined };
  } catch (failure) {
    if (failure instanceof NoAnswer) return undefined; // What was known stays; the page says that it is stale.
    if (failure instanceof GraphqlFailure) return { known: [], forecast: [], method: undefined, problem: failure.message, now: undefined };
    throw failure;
  }
};

type Names = 'known' | 'forecast' | 'band80' | 'band95' | 'windows' | 'trained' | 'now' | 'all';

const NOTHING: Readonly<Record<Names, readonly Row[]>> = {
  known: [],
  forecast: [],
  band80: [],
  band95: [],
  windows: [],
  trained: [],
  now: [],
  all: [],
};

const rowsOf = (grid: Grid, run: RunDetail): Readonly<Record<Names, readonly Row[]>> => {
  const { known, forecast, now } = grid;
  const ahead = now === undefined ? [] : forecast.filter(({ end }) => Date.parse(end) > now);
  const until = now ?? Date.parse(known.at(-1)?.end ?? run.submittedGridAt);
  return {
    known: stepsOf(known, ({ intensityGco2eqPerKwh }) => ({ y: intensityGco2eqPerKwh }), now),
    forecast: stepsOf(ahead, ({ intensityGco2eqPerKwh }) => ({ y: intensityGco2eqPerKwh })),
    band80: bandOf(ahead, 'interval80'),
    band95: bandOf(ahead, 'interval95'),
    windows: windowsOf(run.plan?.segments ?? []),
    trained: run.segments.map(({ startedGridAt, endedGridAt }) => ({
      x: Date.parse(startedGridAt),
      end: endedGridAt === null ? until : Date.parse(endedGridAt),
    })),
    now: now === undefined ? [] : [{ x: now, label: 'now' }],
    all: [...known.map((each) => readRow(each, 'known')), ...ahead.map((each) => readRow(each, 'expected'))],
  };
};
