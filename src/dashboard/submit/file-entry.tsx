/** A run file, dropped, chosen or pasted. */
import { useState } from 'preact/hooks';
import type { InputProblem } from '../../client/graphql-client.js';
import { withFileNames } from '../../client/run-file.js';
import { problemText } from './field.js';

interface Props {
  readonly text: string;
  readonly problems: readonly InputProblem[];
  readonly onText: (text: string) => void;
}

const HINT = `name: candidate
zone: US-CAL-CISO
training:
  model: { name: simple-cnn }
  dataset: { name: mnist, train_images: 10000 }
  batch_size: 64
schedule: { mode: planned, finish_within: PT24H }`;

export const FileEntry = ({ text, problems, onText }: Props) => {
  const [over, setOver] = useState(false);
  const read = (file: File | null | undefined): void => {
    if (file === null || file === undefined) return;
    void file.text().then(onText);
  };
  return (
    <fieldset
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        read(event.dataTransfer?.files[0]);
      }}
    >
      <legend>Run file</legend>
      <label for="file">Drop a YAML file here, or choose one</label>
      <input id="file" type="file" accept=".yaml,.yml" onChange={(event) => read(event.currentTarget.files?.[0])} />
      <label for="yaml">or paste it; several runs are separated by a line of three hyphens</label>
      <textarea
        id="yaml"
        rows={14}
        spellcheck={false}
        placeholder={HINT}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {problems.length === 0 ? null : (
        <ul class="problems">
          {problems.map((problem) => (
            <li>
              <code>{withFileNames(problem.path.replace(/^spec\./, ''))}</code> {withFileNames(problemText(problem))}
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
};
