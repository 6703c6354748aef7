/** Asks for runs: by a form or a run file, with what they are expected to emit shown before they are sent. */
import { useEffect, useState } from 'preact/hooks';
import { EstimateDocument, SubmitDocument, ZonesDocument, type RunSpecInput, type ZonesQuery } from '../../client/documents.js';
import { GraphqlFailure, type InputProblem } from '../../client/graphql-client.js';
import { announce } from '../announce.js';
import { goTo, pathOfRun } from '../route.js';
import { client, noticingToken } from '../session.js';
import { EstimatePanel, type Estimated } from './estimate-panel.js';
import { Field } from './field.js';
import { FileEntry } from './file-entry.js';
import { fieldAt, FIRST_DRAFT, specOf, type RunDraft } from './run-draft.js';
import { RunForm } from './run-form.js';

type Entry = 'form' | 'file';

/** Where the page is: nothing asked yet, waiting, estimated and ready to be sent, or told what is wrong. */
type Stage =
  | { readonly kind: 'filling' }
  | { readonly kind: 'waiting'; readonly what: string }
  | { readonly kind: 'estimated'; readonly runs: readonly RunSpecInput[]; readonly estimates: readonly Estimated[] }
  | { readonly kind: 'refused'; readonly message: string; readonly problems: readonly InputProblem[] };

export const SubmitPage = () => {
  const [entry, setEntry] = useState<Entry>('form');
  const [draft, setDraft] = useState<RunDraft>(FIRST_DRAFT);
  const [file, setFile] = useState('');
  const [experiment, setExperiment] = useState('my-experiment');
  const [project, setProject] = useState('default');
  const [stage, setStage] = useState<Stage>({ kind: 'filling' });
  const zones = useZones((first) => setDraft((now) => (now.zone === '' ? { ...now, zone: first } : now)));
  const changed = (): void => setStage({ kind: 'filling' });
  const problems = stage.kind === 'refused' ? stage.problems : [];

  const estimate = async (): Promise<void> => {
    setStage({ kind: 'waiting', what: 'Estimating; a run that was never trained here is tried for a few seconds…' });
    setStage(await stageAfter(async () => estimateAll(entry === 'form' ? [specOf(draft)] : await runsOf(file), project)));
  };
  const submit = async (runs: readonly RunSpecInput[]): Promise<void> => {
    setStage({ kind: 'waiting', what: 'Submitting…' });
    setStage(await stageAfter(() => submitAll({ name: experiment.trim(), project: project.trim(), runs })));
  };
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>Submit</h1>
        <div class="entries" role="group" aria-label="How to say what to train">
          {(['form', 'file'] as const).map((each) => (
            <button
              type="button"
              aria-pressed={entry === each}
              onClick={() => {
                setEntry(each);
                changed();
              }}
            >
              {each === 'form' ? 'Fill in a form' : 'Use a run file'}
            </button>
          ))}
        </div>
      </div>
      <form
        class="submit"
        onSubmit={(event) => {
          event.preventDefault();
          void estimate();
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          // A file dropped beside the place for it is meant for it too.
          event.preventDefault();
          const dropped = event.dataTransfer?.files[0];
          if (dropped === undefined || entry === 'file') return;
          setEntry('file');
          changed();
          void dropped.text().then(setFile);
        }}
      >
        <fieldset>
          <legend>Experiment</legend>
          <div class="fields">
            <Field
              id="experiment"
              label="Name"
              hint="runs of one experiment are compared"
              problem={problems.find(({ path }) => path === 'input.name')}
            >
              {(described) => (
                <input
                  {...described}
                  type="text"
                  required
                  value={experiment}
                  onInput={(event) => setExperiment(event.currentTarget.value)}
                />
              )}
            </Field>
            <Field
              id="project"
              label="Project"
              hint="whose policy and budgets hold"
              problem={problems.find(({ path }) => path.endsWith('project'))}
            >
              {(described) => (
                <input
                  {...described}
                  type="text"
                  required
                  value={project}
                  onInput={(event) => {
                    setProject(event.currentTarget.value);
                    changed();
                  }}
                />
              )}
            </Field>
          </div>
        </fieldset>
        {entry === 'form' ? (
          <RunForm
            draft={draft}
            zones={zones}
            problems={problems}
            onChange={(next) => {
              setDraft(next);
              changed();
            }}
          />
        ) : (
          <FileEntry
            text={file}
            problems={problems}
            onText={(text) => {
              setFile(text);
              changed();
            }}
          />
        )}
        <div class="buttons">
          <button type="submit" class={stage.kind === 'estimated' ? 'quiet' : 'primary'} disabled={stage.kind === 'waiting'}>
            Estimate
          </button>
          {stage.kind === 'waiting' ? <p role="status">{stage.what}</p> : null}
        </div>
        {stage.kind === 'refused' ? <Refused {...stage} form={entry === 'form'} /> : null}
        {stage.kind === 'estimated' ? (
          <section class="estimates">
            <h2>Expected</h2>
            {stage.estimates.map((each, index) => (
              <EstimatePanel run={stage.runs[index]!.name} estimated={each} />
            ))}
            <div class="buttons">
              <button type="button" class="primary" onClick={() => void submit(stage.runs)}>
                {stage.runs.length === 1 ? 'Submit this run' : `Submit these ${stage.runs.length} runs`}
              </button>
            </div>
          </section>
        ) : null}
      </form>
    </>
  );
};

/** Each problem is shown at its field; here is what has no field of its own. */
const Refused = ({ message, problems, form }: Extract<Stage, { kind: 'refused' }> & { readonly form: boolean }) => {
  const elsewhere = problems.filter(({ path }) => fieldAt(path) === undefined);
  const placed = form && problems.length > 0;
  return (
    <div class="problem" role="alert">
      {problems.length > 0 ? (
        <p>{problems.length === 1 ? 'One entry is' : `${problems.length} entries are`} not allowed.</p>
      ) : (
        <p>{message}</p>
      )}
      {placed && elsewhere.length > 0 ? (
        <ul>
          {elsewhere.map(({ path, given, allowed }) => (
            <li>
              <code>{path}</code>: got {given}; allowed is {allowed}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
};

const useZones = (onFirst: (key: string) => void): ZonesQuery['zones'] => {
  const [zones, setZones] = useState<ZonesQuery['zones']>([]);
  useEffect(() => {
    client
      .query(ZonesDocument, {})
      .catch(noticingToken)
      .then(({ zones: served }) => {
        setZones(served);
        if (served[0] !== undefined) onFirst(served[0].key);
      })
      .catch((failure: unknown) => announce(`The zones are not known: ${String(failure)}`));
  }, []);
  return zones;
};

const runsOf = async (text: string): Promise<readonly RunSpecInput[]> => (await import('./run-file.js')).runsOf(text);

const estimateAll = async (runs: readonly RunSpecInput[], project: string): Promise<Stage> => {
  const estimates: Estimated[] = [];
  for (const spec of runs) {
    const { estimate } = await client.query(EstimateDocument, { spec, project: project.trim() }).catch(noticingToken);
    if (estimate.__typename !== 'Estimate') return { kind: 'refused', message: `${spec.name}: ${estimate.message}`, problems: [] };
    estimates.push(estimate);
  }
  announce('The estimate is there.');
  return { kind: 'estimated', runs, estimates };
};

const submitAll = async (input: {
  readonly name: string;
  readonly project: string;
  readonly runs: readonly RunSpecInput[];
}): Promise<Stage> => {
  const { submitExperiment: answer } = await client.query(SubmitDocument, { input }).catch(noticingToken);
  if (answer.__typename !== 'ExperimentSubmitted') return { kind: 'refused', message: `${answer.run}: ${answer.message}`, problems: [] };
  const { runs } = answer.experiment;
  announce(`${input.name} is submitted.`);
  goTo(runs.length === 1 ? pathOfRun(runs[0]!.id) : '/');
  return { kind: 'filling' };
};

const stageAfter = async (work: () => Promise<Stage>): Promise<Stage> => {
  try {
    return await work();
  } catch (failure) {
    const problems = failure instanceof GraphqlFailure ? failure.problems : [];
    return { kind: 'refused', message: failure instanceof Error ? failure.message : String(failure), problems };
  }
};
