/** The form of one run: what most runs need; a run file can say everything. */
import type { ScheduleMode, ZonesQuery } from '../../client/documents.js';
import type { InputProblem } from '../../client/graphql-client.js';
import { Field } from './field.js';
import { fieldAt, type RunDraft } from './run-draft.js';

interface Props {
  readonly draft: RunDraft;
  readonly zones: ZonesQuery['zones'];
  readonly problems: readonly InputProblem[];
  readonly onChange: (draft: RunDraft) => void;
}

const MODELS = ['simple-cnn', 'mlp', 'small-resnet', 'text-classifier'];
const DATASETS = ['mnist', 'fashion-mnist', 'synthetic', 'synthetic-text'];
const MODES: readonly { readonly mode: ScheduleMode; readonly label: string; readonly says: string }[] = [
  { mode: 'PLANNED', label: 'In the cleanest window', says: 'in the time of least expected carbon before its deadline' },
  { mode: 'THRESHOLD', label: 'Below a ceiling', says: 'as soon as the grid is at or below an intensity' },
  { mode: 'IMMEDIATE', label: 'At once', says: 'as soon as a host is free' },
];

export const RunForm = ({ draft, zones, problems, onChange }: Props) => {
  const problemOf = (field: keyof RunDraft) => problems.find(({ path }) => fieldAt(path) === field);
  const set = (change: Partial<RunDraft>): void => onChange({ ...draft, ...change });
  const text = (
    field: keyof RunDraft,
    label: string,
    more: { readonly hint?: string; readonly number?: boolean; readonly needed?: boolean } = {},
  ) => (
    <Field id={field} label={label} {...(more.hint === undefined ? {} : { hint: more.hint })} problem={problemOf(field)}>
      {(described) => (
        <input
          {...described}
          type="text"
          inputMode={more.number === false ? 'text' : 'decimal'}
          autocomplete="off"
          required={more.needed ?? true}
          value={String(draft[field])}
          onInput={(event) => set({ [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  const choice = (
    field: 'model' | 'dataset' | 'zone',
    label: string,
    options: readonly { readonly value: string; readonly text: string }[],
  ) => (
    <Field id={field} label={label} problem={problemOf(field)}>
      {(described) => (
        <select {...described} value={draft[field]} onChange={(event) => set({ [field]: event.currentTarget.value })}>
          {options.map(({ value, text: shown }) => (
            <option value={value} selected={value === draft[field]}>
              {shown}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  const named = (names: readonly string[]) => names.map((name) => ({ value: name, text: name }));
  return (
    <>
      <fieldset>
        <legend>Training</legend>
        <div class="fields">
          {text('name', 'Run', { number: false, hint: 'lower-case letters, digits and inner hyphens' })}
          {choice('model', 'Model', named(MODELS))}
          {choice('dataset', 'Dataset', named(DATASETS))}
          {text('trainImages', 'Training images', { hint: 'all when empty', needed: false })}
          {text('epochs', 'Epochs')}
          {text('batchSize', 'Batch size', { hint: 'images behind one optimiser step' })}
          {text('microBatchSize', 'Micro-batch size', { hint: 'images in memory at once; the batch when empty', needed: false })}
        </div>
      </fieldset>
      <fieldset>
        <legend>Where and when</legend>
        <div class="fields">
          {choice(
            'zone',
            'Grid zone',
            zones.map(({ key, name }) => ({ value: key, text: `${key}: ${name}` })),
          )}
        </div>
        <div class="modes" role="radiogroup" aria-label="When it trains">
          {MODES.map(({ mode, label, says }) => (
            <label>
              <input type="radio" name="mode" checked={draft.mode === mode} onChange={() => set({ mode })} />
              <span>
                <strong>{label}</strong> {says}
              </span>
            </label>
          ))}
        </div>
        <div class="fields">
          {draft.mode === 'PLANNED' ? text('hours', 'Done within', { hint: 'hours of grid time, up to 72' }) : null}
          {draft.mode === 'THRESHOLD' ? text('ceiling', 'Ceiling', { hint: 'gCO2eq/kWh' }) : null}
          {draft.mode === 'THRESHOLD' ? text('hours', 'Waits at most', { hint: 'hours of grid time, up to 72; then it is refused' }) : null}
          {text('budget', 'Carbon budget', { hint: 'gCO2eq; it is halted before it would pass it; none when empty', needed: false })}
        </div>
        {draft.mode === 'PLANNED' ? (
          <label class="check">
            <input
              type="checkbox"
              checked={draft.interruptible}
              onChange={(event) => set({ interruptible: event.currentTarget.checked })}
            />
            <span>May be cut into several windows, each from the checkpoint of the one before</span>
          </label>
        ) : null}
      </fieldset>
    </>
  );
};
