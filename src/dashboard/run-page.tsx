/** One run: its figures and curves as they come, its plan on the forecast, why it was decided so, and what it saved. */
import { useEffect, useMemo } from 'preact/hooks';
import { BudgetBar } from './budget-bar.js';
import { DecisionLog } from './decision-log.js';
import { ForecastChart } from './forecast-chart.js';
import { count, duration, energy, fullTime, grams, intensity, loss, percent, watts, withUnit } from './format.js';
import { accuracyOf } from './live-run.js';
import { OpenRun, type OpenedRun, type RunDetail } from './open-run.js';
import { ProjectBudgets } from './project-budgets.js';
import { ReportLinks } from './report-links.js';
import { RunCharts } from './run-charts.js';
import { RunControls } from './run-controls.js';
import { RunProgress } from './run-progress.js';
import { SavingsTable } from './savings-table.js';
import { StateMark } from './state-mark.js';

export const RunPage = ({ id }: { readonly id: string }) => {
  const run = useMemo(() => new OpenRun(id), [id]);
  useEffect(() => () => run.close(), [run]);
  const opened = run.opened.value;
  const failure = run.failure.value;
  return (
    <>
      {failure === undefined ? null : (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      {opened === undefined && failure === undefined ? <p class="empty">Asking for the run…</p> : null}
      {opened === null ? (
        <>
          <h1 tabIndex={-1}>There is no such run</h1>
          <p>
            The server has no run {id}. <a href="/">All runs</a>
          </p>
        </>
      ) : null}
      {opened === null || opened === undefined ? null : <Opened {...opened} />}
    </>
  );
};

const Opened = ({ detail, series }: OpenedRun) => (
  <article class="opened" aria-label={detail.name} data-sequence={detail.lastSequence}>
    <Heading run={detail} />
    <ReportLinks experiment={detail.experiment} />
    <Figures run={detail} />
    {detail.warnings.length === 0 ? null : <Warnings warnings={detail.warnings} />}
    {detail.startedAt === null ? null : <RunCharts run={detail} series={series} />}
    <ForecastChart run={detail} />
    <div class="two">
      <section>
        <h2>Plan</h2>
        <Plan run={detail} />
      </section>
      <section>
        <h2>Saved, against itself started at once</h2>
        <SavingsTable savings={detail.savings} />
      </section>
    </div>
    <Budgets run={detail} />
    <section>
      <h2>Decisions</h2>
      <DecisionLog decisions={detail.decisions} />
    </section>
    <About run={detail} />
  </article>
);

const Heading = ({ run }: { readonly run: RunDetail }) => (
  <div class="title">
    <div>
      <p class="of">
        {run.experiment.name} · {run.project} · {run.zone}
      </p>
      <h1 tabIndex={-1}>
        {run.name} <StateMark state={run.state} pauseReason={run.pauseReason} />
      </h1>
      <p class="message">{run.failure ?? run.stateMessage}</p>
      <RunProgress run={run} />
    </div>
    <RunControls id={run.id} name={run.name} state={run.state} />
  </div>
);

const Figures = ({ run }: { readonly run: RunDetail }) => {
  const accuracy = accuracyOf(run);
  return (
    <dl class="figures">
      <Figure name="Training loss" value={loss(run.trainingLoss)} note="mean per image, lately" />
      <Figure
        name="Accuracy"
        value={percent(accuracy?.accuracy)}
        note={accuracy === undefined ? 'not evaluated yet' : `on ${count(accuracy.images)} test images${accuracy.final ? ', final' : ''}`}
      />
      <Figure name="Power" value={watts(run.powerWatts)} note={run.powerWatts === null ? 'not running' : 'of the host, last sample'} />
      <Figure name="Grid intensity" value={intensity(run.intensityGco2eqPerKwh)} note="of its last energy" />
      <Figure name="Emissions" value={grams(run.emissionsGco2eq)} note={coverageNote(run)} />
      <Figure name="Energy" value={energy(run.energyKwh)} note={speedNote(run)} />
    </dl>
  );
};

const coverageNote = ({ coverage: { energyWithKnownIntensityPercent: share } }: RunDetail): string =>
  share === null || share === 100 ? 'booked, overhead included' : `of ${share.toFixed(0)} % of its energy; the rest is unknown`;

const speedNote = ({ imagesPerSecond, state }: RunDetail): string =>
  imagesPerSecond === null || state !== 'RUNNING' ? 'of the host, before PUE' : `at ${count(imagesPerSecond)} images/s`;

const Figure = ({ name, value, note }: { readonly name: string; readonly value: string; readonly note: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <strong>{value}</strong>
      <span>{note}</span>
    </dd>
  </div>
);

const Warnings = ({ warnings }: { readonly warnings: readonly string[] }) => (
  <section class="warnings">
    <h2>Warnings</h2>
    <ul>
      {warnings.map((warning) => (
        <li>{warning}</li>
      ))}
    </ul>
  </section>
);

const Plan = ({ run: { plan, deadlineGridAt } }: { readonly run: RunDetail }) => {
  if (plan === null) return <p>No plan.</p>;
  const range = plan.expectedEmissions80;
  return (
    <>
      <p>{plan.reason}</p>
      <dl class="pairs">
        {plan.segments.map(({ start, end, zone }, index) => (
          <Pair name={plan.segments.length === 1 ? 'Window, grid time' : `Window ${index + 1}, grid time`}>
            {fullTime(start)} to {fullTime(end)} in {zone}
          </Pair>
        ))}
        <Pair name="Expected">
          {grams(plan.expectedEmissionsGco2eq)}
          {range === null ? '' : `, 80 % between ${grams(range.lowGco2eq)} and ${grams(range.highGco2eq)}`}
        </Pair>
        <Pair name="Started at once instead">{grams(plan.immediateEmissionsGco2eq)}</Pair>
        {plan.forecastMethod === null ? null : <Pair name="Forecast">{plan.forecastMethod}</Pair>}
        {deadlineGridAt === null ? null : <Pair name="To be done by">{fullTime(deadlineGridAt)}</Pair>}
      </dl>
    </>
  );
};

const Pair = ({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Budgets = ({ run }: { readonly run: RunDetail }) => (
  <ProjectBudgets project={run.project}>
    {run.budgetGco2eq === null ? null : <BudgetBar name="This run" spent={run.emissionsGco2eq} budget={run.budgetGco2eq} />}
  </ProjectBudgets>
);

const About = ({ run }: { readonly run: RunDetail }) => (
  <section>
    <h2>About this run</h2>
    <dl class="pairs">
      <Pair name="Submitted">
        {fullTime(run.submittedAt)}; grid time {fullTime(run.submittedGridAt)}
      </Pair>
      <Pair name="Waited">{run.delaySeconds === null ? 'has not started' : `${duration(run.delaySeconds)} of grid time`}</Pair>
      <Pair name="Metered">{run.trainingSeconds === null ? 'nothing yet' : duration(run.trainingSeconds)}</Pair>
      <Pair name="Energy by">
        {run.coverage.components
          .map(({ component, method, energyKwh }) => `${component.toUpperCase()} ${energy(energyKwh)} (${method})`)
          .join(', ') || 'nothing yet'}
      </Pair>
      <Pair name="Not covered">
        {run.coverage.notCovered.map(({ component, reason }) => `${component.toUpperCase()}: ${reason}`).join('; ') || 'nothing known'}
      </Pair>
      <Pair name="Its own share">{grams(run.attributedEmissionsGco2eq)} above the host at rest</Pair>
      <Pair name="Per accuracy point">{grams(run.carbonPerAccuracyPointGco2eq)}</Pair>
      <Pair name="Peak tensor memory">{withUnit(run.peakMemoryBytes === null ? null : run.peakMemoryBytes / 2 ** 20, 'MiB')}</Pair>
      {run.segments.map(({ number, host, zone, backend, startedAt }) => (
        <Pair name={`Segment ${number}`}>
          {host}, {zone}, {backend}, from {fullTime(startedAt)}
        </Pair>
      ))}
    </dl>
    <details>
      <summary>What was asked for, as a run file</summary>
      <pre tabIndex={0}>{run.specYaml}</pre>
    </details>
  </section>
);
