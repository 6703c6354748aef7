/** All runs, newest first, each live one with its figures as they come. */
import { useEffect, useMemo } from 'preact/hooks';
import type { Signal } from '@preact/signals';
import { grams, intensity, loss, percent, shortTime, UNKNOWN, watts } from './format.js';
import { accuracyOf, type LiveRun } from './live-run.js';
import { LiveRuns } from './live-runs.js';
import { ProjectBudgets } from './project-budgets.js';
import { goTo, pathOfRun, pathOfRuns, STATE_FILTERS, type StateFilter } from './route.js';
import { RunProgress } from './run-progress.js';
import { Sparkline } from './sparkline.js';
import { StateMark } from './state-mark.js';

interface Props {
  readonly states: StateFilter;
  readonly project: string | undefined;
}

export const RunList = ({ states, project }: Props) => {
  const runs = useMemo(() => {
    const wanted = STATE_FILTERS[states];
    return new LiveRuns({ ...(wanted === undefined ? {} : { states: wanted }), ...(project === undefined ? {} : { project }) });
  }, [states, project]);
  useEffect(() => () => runs.close(), [runs]);
  const listing = runs.listing.value;
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Runs</h1>
        <Filters states={states} project={project} />
      </div>
      {runs.failure.value === undefined ? null : (
        <p class="problem" role="alert">
          {runs.failure.value}
        </p>
      )}
      <ProjectBudgets project={project} />
      {listing === undefined ? <p class="empty">Asking for the runs…</p> : null}
      {listing?.runs.length === 0 ? <NoRuns filtered={states !== 'all' || project !== undefined} /> : null}
      {listing === undefined || listing.runs.length === 0 ? null : (
        <section class="runs" aria-label="Runs, newest first">
          <div class="columns" aria-hidden="true">
            <span>Run</span>
            <span>Progress</span>
            <span>Loss</span>
            <span class="number">Accuracy</span>
            <span class="number">Power</span>
            <span class="number">Grid</span>
            <span class="number">Emissions</span>
          </div>
          <ul>
            {listing.runs.map((run) => (
              <RunRow key={run.peek().card.id} run={run} />
            ))}
          </ul>
          {listing.more ? (
            <button type="button" class="quiet" onClick={() => runs.showMore()}>
              Show older runs
            </button>
          ) : null}
        </section>
      )}
    </>
  );
};

const RunRow = ({ run }: { readonly run: Signal<LiveRun> }) => {
  const { card, loss: curve } = run.value;
  const accuracy = accuracyOf(card);
  return (
    <li class="run" data-run={card.id}>
      <div class="who">
        <a href={pathOfRun(card.id)}>{card.name}</a>
        <StateMark state={card.state} pauseReason={card.pauseReason} />
        <span class="of">
          {card.experiment.name} · {card.project === 'default' ? '' : `${card.project} · `}
          {card.zone} · <time dateTime={card.submittedAt}>{shortTime(card.submittedAt)}</time>
        </span>
      </div>
      <RunProgress run={card} message={card.stateMessage} />
      <dl>
        <div class={card.trainingLoss === null ? 'loss unknown' : 'loss'}>
          <dt>Loss</dt>
          <dd>
            <Sparkline points={curve.points} label={`training loss over steps, now ${loss(card.trainingLoss)}`} />
            {loss(card.trainingLoss)}
          </dd>
        </div>
        <Figure name="Accuracy" value={percent(accuracy?.accuracy)} />
        <Figure name="Power" value={watts(card.powerWatts)} />
        <Figure name="Grid" value={intensity(card.intensityGco2eqPerKwh)} />
        <Figure name="Emissions" value={grams(card.emissionsGco2eq)} />
      </dl>
    </li>
  );
};

const Figure = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div class={value === UNKNOWN ? 'unknown' : undefined}>
    <dt>{name}</dt>
    <dd>
      <Quantity text={value} />
    </dd>
  </div>
);

/** The number stands out from its unit. */
const Quantity = ({ text }: { readonly text: string }) => {
  const [number, ...unit] = text.split(' ');
  return (
    <>
      {number} {unit.length === 0 ? null : <small>{unit.join(' ')}</small>}
    </>
  );
};

const NoRuns = ({ filtered }: { readonly filtered: boolean }) => (
  <p class="empty">
    {filtered ? (
      <>
        No run is like that. <a href="/">Show all runs</a>
      </>
    ) : (
      <>
        No runs yet. <a href="/submit">Submit the first one</a>, or run <code>npm run demo</code>.
      </>
    )}
  </p>
);

const Filters = ({ states, project }: Props) => (
  <div class="filters">
    <label>
      <span>Show</span>
      <select value={states} onChange={(event) => goTo(pathOfRuns(event.currentTarget.value as StateFilter, project))}>
        {Object.keys(STATE_FILTERS).map((name) => (
          <option value={name} selected={name === states}>
            {name}
          </option>
        ))}
      </select>
    </label>
    <label>
      <span>Project</span>
      <input
        type="search"
        value={project ?? ''}
        placeholder="every project"
        onChange={(event) => {
          const wanted = event.currentTarget.value.trim();
          goTo(pathOfRuns(states, wanted === '' ? undefined : wanted));
        }}
      />
    </label>
  </div>
);
